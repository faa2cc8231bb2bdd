import { sizeOf } from "@rowan/api";
import type { Backend, CatchUpArgs, RowwiseAdagradRule, TensorRef, UpdateArgs } from "@rowan/api";
import { catchUpKernel, movingSlots } from "../kernels/catch-up.wgsl.ts";
import { updateRowwise } from "../kernels/update-rowwise.wgsl.ts";
import { formOf } from "../kernels/update-rules.ts";
import type { RuleForm } from "../kernels/update-rules.ts";
import { updateKernel } from "../kernels/update.wgsl.ts";
import type { Block } from "../storage/gpu-tensor.ts";
import { rowLengthOf } from "./member-context.ts";
import type { MemberContext } from "./member-context.ts";

/**
 * `update` and `catchUp`.
 *
 * @param context - The device and its memory.
 * @returns These members of the contract.
 */
export function updateMembers(context: MemberContext): Pick<Backend, "update"> & Required<Pick<Backend, "catchUp">> {
  return {
    update(args): void {
      if (args.rule.kind === "rowwiseAdagrad") rowwise(context, args.rule, args);
      else if (args.ids) sparse(context, args, args.ids);
      else dense(context, args);
    },
    catchUp(args): void {
      catchUp(context, args);
    },
  };
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
