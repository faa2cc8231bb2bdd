import { sizeOf } from "@rowan/api";
import type { Backend, CatchUpArgs, RowwiseAdagradRule, TensorRef, UpdateArgs } from "@rowan/api";
import { catchUpKernel, movingSlots } from "../kernels/catch-up.wgsl.ts";
import { updateRowwise } from "../kernels/update-rowwise.wgsl.ts";
import { formOf } from "../kernels/update-rules.ts";
import type { RuleForm } from "../kernels/update-rules.ts";
import { updateKernel } from "../kernels/update.wgsl.ts";
import type { Block } from "../storage/gpu-tensor.ts";
import { HostedTensor } from "../storage/hosted-tensor.ts";
import { countUp } from "./device-rows.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";
import { gatherRowsOf, scatterRowsOf } from "./rows.ts";
import { copy } from "./storage.ts";
import { uploadValues } from "./transfer.ts";

/** Sweeps over tables on the host take about so many elements at once. */
const pieceElements = 1 << 20;

/**
 * `update` and `catchUp`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function updateMembers(context: MemberContext): Pick<Backend, "update"> & Required<Pick<Backend, "catchUp">> {
  return {
    update(args): void {
      if (isOnHost(context, args)) updateOnHost(context, args);
      else if (args.rule.kind === "rowwiseAdagrad") rowwise(context, args.rule, args);
      else if (args.ids) sparse(context, args, args.ids);
      else dense(context, args);
    },
    catchUp(args): void {
      if (!isOnHost(context, args) || sizeOf(args.ids.shape) === 0) {
        catchUp(context, args);
        return;
      }
      inCompactRows(context, args, (compact) => {
        context.withTemporaries((keep) => {
          const count = sizeOf(args.ids.shape);
          const ids: TensorRef = { handle: keep(countUp(context, count)), shape: [count], dtype: "int32" };
          catchUp(context, { ...args, ...compact, ids });
        });
      });
    },
  };
}

/** A parameter, its state, and the rows of both that are at work. */
type RowsAtWork = Pick<UpdateArgs, "target" | "slots" | "ids">;

function isOnHost(context: MemberContext, { target, slots }: RowsAtWork): boolean {
  return [target, ...slots].some((ref) => context.tensor(ref) instanceof HostedTensor);
}

function updateOnHost(context: MemberContext, { rule, target, slots, gradient, ids }: UpdateArgs): void {
  const update = (rows: RowsAtWork, gradients: TensorRef): void => {
    inCompactRows(context, rows, (compact) => {
      if (rule.kind === "rowwiseAdagrad") rowwise(context, rule, { rule, gradient: gradients, ...compact });
      else dense(context, { rule, gradient: gradients, ...compact });
    });
  };
  if (ids) {
    if (sizeOf(ids.shape) > 0) update({ target, slots, ids }, gradient);
    return;
  }
  // A step that moves every row goes through the table piece by piece.
  const [rows = 0] = target.shape;
  const row = rowLengthOf(target.shape);
  const step = Math.max(1, Math.floor(pieceElements / row));
  for (let from = 0; from < rows; from += step) {
    const list = Int32Array.from({ length: Math.min(step, rows - from) }, (_, i) => from + i);
    context.withTemporaries((keep) => {
      const part = keep(context.result("float32", list.length * row));
      copy(context, context.tensor(gradient), part, { sourceOffset: from * row, targetOffset: 0, length: part.length });
      const named = keep(uploadValues(context, "int32", list));
      named.hostIds = list;
      update(
        { target, slots, ids: { handle: named, shape: [list.length], dtype: "int32" } },
        { handle: part, shape: [list.length, ...target.shape.slice(1)], dtype: "float32" },
      );
    });
  }
}

/**
 * Caches of several tensors keep a row in different slots: the rows at work are put together in the order of the ids, changed there as if
 * they were all there is, and put back.
 */
function inCompactRows(
  context: MemberContext,
  { target, slots, ids }: RowsAtWork,
  work: (compact: { readonly target: TensorRef; readonly slots: readonly TensorRef[] }) => void,
): void {
  const list = ids as TensorRef;
  const count = sizeOf(list.shape);
  context.withTemporaries((keep) => {
    const [first, ...others] = [target, ...slots].map((ref): TensorRef => ({
      handle: keep(gatherRowsOf(context, ref, list)),
      shape: [count, ...ref.shape.slice(1)],
      dtype: ref.dtype,
    }));
    work({ target: first as TensorRef, slots: others });
    [target, ...slots].forEach((ref, i) => scatterRowsOf(context, ref, list, [first, ...others][i] as TensorRef));
  });
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
