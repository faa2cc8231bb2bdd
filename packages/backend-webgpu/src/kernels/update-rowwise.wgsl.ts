import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

const size = 64;

/**
 * Row-wise Adagrad: a workgroup owns one row, whose squared gradients it averages before it moves the row. Where a table has several
 * blocks it runs once for each, and the accumulator moves with the last one.
 */
export const updateRowwise: (sparse: boolean) => Kernel = perOptions((sparse) =>
  defineKernel({
    name: `row-wise adagrad${sparse ? " of rows" : ""}`,
    parameters: { rows: "u32", row: "u32", windowStart: "u32", windowEnd: "u32", last: "u32", decay: "f32", rate: "f32", epsilon: "f32" },
    reads: ["gradient: array<f32>", ...(sparse ? ["ids: array<i32>"] : [])],
    writes: ["parameter: array<f32>", "accumulator: array<f32>"],
    workgroupSize: size,
    declarations: `var<workgroup> squares: array<f32, ${size}>;\nvar<workgroup> mean: f32;`,
    body: /* wgsl */ `
  if (group >= p.rows) { return; }
  let owner = ${sparse ? "u32(ids[group])" : "group"};
  var sum = 0.0;
  for (var k = lane; k < p.row; k += ${size}u) { let g = gradient[group * p.row + k]; sum += g * g; }
  squares[lane] = sum;
  workgroupBarrier();
  for (var half = ${size / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { squares[lane] += squares[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) {
    mean = accumulator[owner] + squares[0] / f32(p.row);
  }
  workgroupBarrier();
  let rate = p.rate / sqrt(mean + p.epsilon);
  for (var k = lane; k < p.row; k += ${size}u) {
    let at = owner * p.row + k;
    if (at < p.windowStart || at >= p.windowEnd) { continue; }
    let w = parameter[at - p.windowStart];
    parameter[at - p.windowStart] = w - w * p.decay - rate * gradient[group * p.row + k];
  }
  if (lane == 0u && p.last == 1u) { accumulator[owner] = mean; }`,
  }),
);
