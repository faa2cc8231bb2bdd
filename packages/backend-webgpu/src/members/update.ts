import { sizeOf } from "@rowan/api";
import type { Backend, CatchUpArgs, RowwiseAdagradRule, TensorRef, UpdateArgs } from "@rowan/api";
import { catchUpKernel, movingSlots } from "../kernels/catch-up.wgsl.ts";
import { updateRowwise } from "../kernels/update-rowwise.wgsl.ts";
import { formOf } from "../kernels/update-rules.ts";
import type { RuleForm } from "../kernels/update-rules.ts";
import { updateKernel } from "../kernels/update.wgsl.ts";
import type { Steps } from "../order/steps.ts";
import type { Block, GpuTensor } from "../storage/gpu-tensor.ts";
import { countUp } from "./device-rows.ts";
import { idsOnHost } from "./host-values.ts";
import { rowLengthOf } from "./member-context.ts";
import type { Keep, MemberContext } from "./member-context.ts";
import { gatherRowsOf, scatterRowsOf } from "./rows.ts";
import { uploadValues } from "./transfer.ts";
import { putPiece, takePiece } from "./pieces.ts";

/**
 * `update` and `catchUp`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function updateMembers(context: MemberContext): Pick<Backend, "update"> & Required<Pick<Backend, "catchUp">> {
  return {
    update({ rule, target, slots, gradient, ids }): void {
      const held: UpdateArgs = {
        rule,
        target: context.hold(target),
        slots: slots.map((slot) => context.hold(slot)),
        gradient: context.hold(gradient),
        ...(ids && { ids: context.hold(ids) }),
      };
      context.act(() => (held.ids ? updateRows(context, held, held.ids) : updateAll(context, held)));
    },
    catchUp({ rule, target, slots, ids, factors, groups }): void {
      const held: CatchUpArgs = {
        rule,
        target: context.hold(target),
        slots: slots.map((slot) => context.hold(slot)),
        ids: context.hold(ids),
        factors: context.hold(factors),
        groups: context.hold(groups),
      };
      context.act(() => catchUpRows(context, held));
    },
  };
}

/** A parameter and its state. */
type Trained = Pick<UpdateArgs, "target" | "slots">;

function isOnHost(context: MemberContext, { target, slots }: Trained): boolean {
  return [target, ...slots].some((ref) => context.tensor(ref).host);
}

function* updateRows(context: MemberContext, args: UpdateArgs, ids: TensorRef): Steps<void> {
  const { rule, gradient, target } = args;
  const row = rowLengthOf(target.shape);
  if (sizeOf(ids.shape) * row === 0) return;
  if (isOnHost(context, args)) {
    yield* inCompactRows(context, args, ids, function* (compact, { from, count }, keep) {
      const part = yield* takePiece(context, gradient, from * row, count * row, keep);
      yield* updateAll(context, { rule, gradient: { handle: part, shape: compact.target.shape, dtype: "float32" }, ...compact });
    });
    return;
  }
  // One binding may be too small for the gradients of all rows at once.
  const count = sizeOf(ids.shape);
  const step = context.isInOneBlock(gradient) ? count : Math.max(1, Math.floor(context.storage.room.blockElements / row));
  for (let from = 0; from < count; from += step) {
    yield* context.using(function* (keep) {
      const length = Math.min(step, count - from);
      const values = yield* takePiece(context, gradient, from * row, length * row, keep);
      const named: TensorRef = { handle: yield* takePiece(context, ids, from, length, keep), shape: [length], dtype: "int32" };
      const part = { ...args, gradient: { handle: values, shape: [length, row], dtype: "float32" }, ids: named } as const;
      if (rule.kind === "rowwiseAdagrad") rowwise(context, rule, part);
      else sparse(context, part, named);
    });
  }
}

function* updateAll(context: MemberContext, args: UpdateArgs): Steps<void> {
  const { rule, target, slots, gradient } = args;
  if (sizeOf(target.shape) === 0) return;
  const tensors = [target, gradient, ...slots].map((ref) => context.tensor(ref));
  const isOnDevice = tensors.every(({ host }) => !host);
  if (isOnDevice && rule.kind !== "rowwiseAdagrad") dense(context, args);
  else if (isOnDevice && context.isInOneBlock(gradient) && context.isInOneBlock(slots[0] as TensorRef))
    rowwise(context, rule as RowwiseAdagradRule, args);
  else yield* sweep(context, args);
}

/** A step that moves every row goes through a table piece by piece. */
function* sweep(context: MemberContext, { rule, target, slots, gradient }: UpdateArgs): Steps<void> {
  const [rows = 1] = target.shape;
  const step = Math.max(1, Math.floor(context.storage.room.pieceElements / rowLengthOf(target.shape)));
  for (let from = 0; from < rows; from += step) {
    const count = Math.min(step, rows - from);
    yield* context.using(function* (keep) {
      const pieces: TensorRef[] = [];
      for (const ref of [gradient, target, ...slots]) {
        const row = sizeOf(ref.shape) / rows;
        const piece = yield* takePiece(context, ref, from * row, count * row, keep);
        pieces.push({ handle: piece, shape: [count, ...ref.shape.slice(1)], dtype: ref.dtype });
      }
      const [ofGradient, ofTarget, ...ofSlots] = pieces as [TensorRef, TensorRef, ...TensorRef[]];
      const part = { rule, target: ofTarget, slots: ofSlots, gradient: ofGradient };
      if (rule.kind === "rowwiseAdagrad") rowwise(context, rule, part);
      else dense(context, part);
      for (const [i, ref] of [target, ...slots].entries()) {
        const { handle } = [ofTarget, ...ofSlots][i] as TensorRef;
        yield* putPiece(context, handle as GpuTensor, context.tensor(ref), (from * sizeOf(ref.shape)) / rows);
      }
    });
  }
}

function* catchUpRows(context: MemberContext, args: CatchUpArgs): Steps<void> {
  const count = sizeOf(args.ids.shape);
  if (count === 0) return;
  if (!isOnHost(context, args)) {
    catchUp(context, args);
    return;
  }
  yield* inCompactRows(context, args, args.ids, function* (compact, { from, count: rows }, keep) {
    const ids: TensorRef = { handle: keep(countUp(context, rows)), shape: [rows], dtype: "int32" };
    const groups: TensorRef = { handle: yield* takePiece(context, args.groups, from, rows, keep), shape: [rows], dtype: "int32" };
    catchUp(context, { ...args, ...compact, ids, groups });
  });
}

/** Some of the rows at work. */
interface RowPart {
  readonly from: number;
  readonly count: number;
}

/**
 * Caches of several tensors keep a row in different slots: the rows at work are put together in the order of the ids, changed there as if
 * they were all there is, and put back; piece by piece, where they are many.
 */
function* inCompactRows(
  context: MemberContext,
  { target, slots }: Trained,
  ids: TensorRef,
  work: (compact: Trained, part: RowPart, keep: Keep) => Steps<void>,
): Steps<void> {
  const list = yield* idsOnHost(context, ids);
  const step = Math.max(1, Math.floor(context.storage.room.pieceElements / rowLengthOf(target.shape)));
  for (let from = 0; from < list.length; from += step) {
    yield* context.using(function* (keep) {
      const part = list.subarray(from, from + step);
      const count = part.length;
      const named = count === list.length ? context.tensor(ids) : keep(uploadValues(context, "int32", part));
      named.hostIds = part;
      const chosen: TensorRef = { handle: named, shape: [count], dtype: "int32" };
      const compact: TensorRef[] = [];
      for (const ref of [target, ...slots]) {
        const rows = keep(yield* gatherRowsOf(context, ref, chosen));
        compact.push({ handle: rows, shape: [count, ...ref.shape.slice(1)], dtype: ref.dtype });
      }
      const [first, ...others] = compact as [TensorRef, ...TensorRef[]];
      yield* work({ target: first, slots: others }, { from, count }, keep);
      for (const [i, ref] of [target, ...slots].entries()) yield* scatterRowsOf(context, ref, chosen, compact[i] as TensorRef);
    });
  }
}

/** A tensor and its slots, block by block: all of them are cut at the same places. */
function blocksOf(context: MemberContext, target: TensorRef, slots: readonly TensorRef[]): (readonly [Block, ...Block[]])[] {
  const tensors = [target, ...slots].map((ref) => context.tensor(ref));
  return (tensors[0]?.blocks ?? []).map((block, i) => [block, ...tensors.slice(1).map(({ blocks }) => blocks[i] as Block)]);
}

function dense(context: MemberContext, { rule, target, slots, gradient }: UpdateArgs): void {
  const { form, numbers } = formOf(rule as Parameters<typeof formOf>[0]);
  const gradients = context.tensor(gradient).blocks;
  blocksOf(context, target, slots).forEach((memory, i) => {
    const { length } = memory[0];
    context.run(updateKernel(form, false), [length, 1, 0, length, ...numbers], [gradients[i] as Block, ...memory], length);
  });
}

function sparse(context: MemberContext, { rule, target, slots, gradient }: UpdateArgs, ids: TensorRef): void {
  const { form, numbers } = formOf(rule as Parameters<typeof formOf>[0]);
  const row = rowLengthOf(target.shape);
  const items = sizeOf(ids.shape) * row;
  if (items === 0) return;
  const inputs = [context.block(gradient), context.block(ids)];
  for (const memory of blocksOf(context, target, slots)) {
    const [{ start, length }] = memory;
    context.run(updateKernel(form, true), [items, row, start, start + length, ...numbers], [...inputs, ...memory], items);
  }
}

function rowwise(context: MemberContext, rule: RowwiseAdagradRule, { target, slots, gradient, ids }: UpdateArgs): void {
  const row = rowLengthOf(target.shape);
  const rows = ids ? sizeOf(ids.shape) : sizeOf(target.shape) / Math.max(row, 1);
  if (rows * row === 0) return;
  const kernel = updateRowwise(ids !== undefined);
  const inputs = [context.block(gradient), ...(ids ? [context.block(ids)] : [])];
  const accumulator = context.block(slots[0] as TensorRef);
  const { blocks } = context.tensor(target);
  blocks.forEach((block, i) => {
    const numbers = [rows, row, block.start, block.start + block.length, Number(i === blocks.length - 1)];
    const rates = [rule.decay, rule.learningRate, rule.epsilon];
    context.run(kernel, [...numbers, ...rates], [...inputs, block, accumulator], rows * kernel.workgroupSize);
  });
}

function catchUp(context: MemberContext, { rule, target, slots, ids, factors, groups }: CatchUpArgs): void {
  const row = rowLengthOf(target.shape);
  const items = sizeOf(ids.shape) * row;
  if (items === 0) return;
  const form: RuleForm = rule.kind === "rowwiseAdagrad" ? "adagrad" : formOf(rule).form;
  const nodes = ((factors.shape[1] as number) - 3) / 2;
  const epsilon = "epsilon" in rule ? rule.epsilon : 0;
  const inputs = [context.block(ids), context.block(factors), context.block(groups)];
  for (const memory of blocksOf(context, target, slots.slice(0, movingSlots(form)))) {
    const [{ start, length }] = memory;
    context.run(catchUpKernel(form), [items, row, start, start + length, nodes, epsilon], [...inputs, ...memory], items);
  }
}
