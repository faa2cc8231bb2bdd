import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** How many words one work item loads together: as many as divide a row. */
export type LoadWidth = 1 | 2 | 4;

const loads: Readonly<Record<LoadWidth, { readonly type: string; readonly lanes: readonly string[] }>> = {
  1: { type: "u32", lanes: ["x", "y", "z", "w"] },
  2: { type: "vec2<u32>", lanes: ["xy", "zw"] },
  4: { type: "vec4<u32>", lanes: ["xyzw"] },
};

/**
 * `result[i] = source[ids[i]]` for rows of words of any kind. A work item writes four words of the result, whatever the width of a
 * row, and reads them as widely as a row's length allows.
 *
 * With `windowed` the source is one of several blocks of a table: words that lie elsewhere stay as they are in the result.
 */
export const gatherRows: (width: LoadWidth, windowed: boolean) => Kernel = perOptions((width, windowed) => {
  const { type, lanes } = loads[width];
  // Inside of a row nothing changes but the column; a wide row is left only at its end.
  const load = (lane: string, k: number): string => /* wgsl */ `
  {
    let at = first + ${k}u;
    if (at < p.words) {
      let origin = u32(ids[at / p.row]) * p.row + at % p.row;
      ${windowed ? "if (origin >= p.windowStart && origin < p.windowEnd) {" : "{"} value.${lane} = source[origin${windowed ? " - p.windowStart" : ""}]; }
    }
  }`;
  return defineKernel({
    name: `gather rows, ${width} words${windowed ? ", window" : ""}`,
    // Everything is counted in loads.
    parameters: { words: "u32", row: "u32", resultStart: "u32", windowStart: "u32", windowEnd: "u32", vectors: "u32" },
    reads: [`source: array<${type}>`, "ids: array<i32>"],
    writes: ["result: array<vec4<u32>>"],
    body: /* wgsl */ `
  if (index >= p.vectors) { return; }
  let first = p.resultStart + index * ${lanes.length}u;
  var value = ${windowed ? "result[index]" : "vec4<u32>()"};
${lanes.map(load).join("")}
  result[index] = value;`,
  });
});

/** `result[i] = source[ids[i]]` for rows of bytes that end inside of words. A work item owns one word of the result. */
export const gatherBytes: (windowed: boolean) => Kernel = perOptions((windowed) =>
  defineKernel({
    name: `gather bytes${windowed ? ", window" : ""}`,
    parameters: { bytes: "u32", row: "u32", resultStart: "u32", windowStart: "u32", windowEnd: "u32", words: "u32" },
    reads: ["source: array<u32>", "ids: array<i32>"],
    writes: ["result: array<u32>"],
    body: /* wgsl */ `
  if (index >= p.words) { return; }
  var value = ${windowed ? "result[index]" : "0u"};
  for (var k = 0u; k < 4u; k++) {
    let at = p.resultStart + index * 4u + k;
    if (at >= p.bytes) { break; }
    let origin = u32(ids[at / p.row]) * p.row + at % p.row;
    ${windowed ? "if (origin < p.windowStart || origin >= p.windowEnd) { continue; }" : ""}
    let local = origin - p.windowStart;
    value = insertBits(value, extractBits(source[local / 4u], (local % 4u) * 8u, 8u), k * 8u, 8u);
  }
  result[index] = value;`,
  }),
);
