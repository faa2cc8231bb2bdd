import type { DType } from "@rowan/api";
import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** How an element is read, as a float or as an integer. */
const reads: Readonly<Record<DType, string>> = {
  float32: "bitcast<f32>(source[at])",
  int32: "bitcast<i32>(source[at])",
  bool: "i32(source[at])",
  int8: "extractBits(bitcast<i32>(source[at / 4u]), (at % 4u) * 8u, 8u)",
  uint8: "i32(extractBits(source[at / 4u], (at % 4u) * 8u, 8u))",
};

const ranges = { int32: null, int8: [-128, 127], uint8: [0, 255] } as const;

/** The bits of the result's element. */
function convert(from: DType, to: DType): string {
  const isFloat = from === "float32";
  switch (to) {
    case "float32":
      return isFloat ? "bitcast<u32>(value)" : "bitcast<u32>(f32(value))";
    case "bool":
      return isFloat ? "u32(isNan(value) || value != 0.0)" : "u32(value != 0)";
    default: {
      const whole = isFloat ? "toInteger(value)" : "value";
      const range = ranges[to];
      // Integers wrap around as typed arrays do; floats saturate.
      if (range === null || !isFloat) return `bitcast<u32>(${whole})`;
      return `bitcast<u32>(clamp(${whole}, ${range[0]}, ${range[1]}))`;
    }
  }
}

/** Toward zero, as far as integers reach; NaN is 0. The limits are spelled out, since conversions beyond them are left open. */
const toInteger = /* wgsl */ `
fn toInteger(x: f32) -> i32 {
  if (isNan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x < -2147483648.0) { return -2147483647 - 1; }
  return i32(x);
}
`;

/** `cast` between two dtypes. Where the result is packed, a work item makes four of its elements, else one. */
export const castKernel: (from: DType, to: DType) => Kernel = perOptions((from, to) => {
  const isPacked = to === "int8" || to === "uint8";
  const element = `{ let value = ${reads[from]}; ${isPacked ? `word = insertBits(word, ${convert(from, to)}, k * 8u, 8u);` : `result[at] = ${convert(from, to)};`} }`;
  return defineKernel({
    name: `cast ${from} to ${to}`,
    parameters: { length: "u32" },
    reads: ["source: array<u32>"],
    writes: ["result: array<u32>"],
    declarations: toInteger,
    body: isPacked
      ? /* wgsl */ `
  if (index * 4u >= p.length) { return; }
  var word = 0u;
  for (var k = 0u; k < 4u; k++) {
    let at = index * 4u + k;
    if (at < p.length) ${element}
  }
  result[index] = word;`
      : /* wgsl */ `
  let at = index;
  if (at < p.length) ${element}`,
  });
});
