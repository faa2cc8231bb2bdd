import { stridesOf } from "@rowan/api";
import type { Shape } from "@rowan/api";
import type { ParameterType } from "../gpu/kernel.ts";

/** How the elements of a result are found in operands of other shapes. */
export interface Broadcast {
  /** Extents of the result, with axes joined that all operands walk in one stride. */
  readonly extents: readonly number[];
  /** For each operand one stride an axis; 0 where it repeats itself. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * Finds out how operands are walked. Neighbouring axes that every operand walks alike become one, so that few kernels are needed.
 *
 * @param shapes - The operands.
 * @param out - What they broadcast to.
 * @returns Extents and strides; operands of the result's own shape have one axis of stride 1.
 */
export function broadcastOf(shapes: readonly Shape[], out: Shape): Broadcast {
  const all = shapes.map((shape) => {
    const own = stridesOf(shape);
    const lead = out.length - shape.length;
    return out.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (own[axis - lead] as number)));
  });
  const extents: number[] = [];
  const strides: number[][] = all.map(() => []);
  for (const [axis, extent] of out.entries()) {
    if (extent === 1) continue;
    const last = extents.length - 1;
    const joins = last >= 0 && all.every((walk, i) => strides[i]?.[last] === (walk[axis] as number) * extent);
    if (joins) {
      extents[last] = (extents[last] as number) * extent;
      all.forEach((walk, i) => ((strides[i] as number[])[last] = walk[axis] as number));
    } else {
      extents.push(extent);
      all.forEach((walk, i) => (strides[i] as number[]).push(walk[axis] as number));
    }
  }
  return { extents, strides };
}

/**
 * The parameters of a broadcast of a rank, by name.
 *
 * @param rank - Axes, after joining.
 * @param operands - How many operands.
 * @returns Their types, in the order of `broadcastNumbers`.
 */
export function broadcastParameters(rank: number, operands: number): Record<string, ParameterType> {
  const names = Array.from({ length: rank }, (_, axis) => [
    `extent${axis}`,
    ...Array.from({ length: operands }, (__, i) => `stride${i}${axis}`),
  ]);
  return Object.fromEntries(names.flat().map((name) => [name, "u32"]));
}

/**
 * The numbers for these parameters.
 *
 * @param broadcast - Extents and strides.
 * @returns One a parameter.
 */
export function broadcastNumbers({ extents, strides }: Broadcast): number[] {
  return extents.flatMap((extent, axis) => [extent, ...strides.map((walk) => walk[axis] as number)]);
}

/**
 * WGSL that finds the place of the result's element `index` in each operand, as `at0`, `at1`, …
 *
 * @param rank - Axes, after joining.
 * @param operands - How many operands.
 * @param element - The element of the result, where it is another one.
 * @returns Statements.
 */
export function broadcastPlaces(rank: number, operands: number, element = "index"): string {
  const each = Array.from({ length: operands }, (_, i) => i);
  const axes = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const step = (axis: number): string => {
    const last = axis === 0;
    const place = last ? "rest" : `rest % p.extent${axis}`;
    return `{ let i = ${place}; ${each.map((i) => `at${i} += i * p.stride${i}${axis};`).join(" ")} ${last ? "" : `rest /= p.extent${axis};`} }`;
  };
  return `var rest = ${element}; ${each.map((i) => `var at${i} = 0u;`).join(" ")}\n${axes.map(step).join("\n")}`;
}
