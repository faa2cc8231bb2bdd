import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** Copies `length` bytes between two buffers, at any offsets. A work item owns one word of the target. */
export const copyBytes: Kernel = defineKernel({
  name: "copy bytes",
  parameters: { sourceOffset: "u32", targetOffset: "u32", length: "u32" },
  reads: ["source: array<u32>"],
  writes: ["result: array<u32>"],
  body: /* wgsl */ `
  let word = p.targetOffset / 4u + index;
  if (word * 4u >= p.targetOffset + p.length) { return; }
  var value = result[word];
  for (var k = 0u; k < 4u; k++) {
    let at = word * 4u + k;
    if (at < p.targetOffset || at >= p.targetOffset + p.length) { continue; }
    let origin = at - p.targetOffset + p.sourceOffset;
    let byte = extractBits(source[origin / 4u], (origin % 4u) * 8u, 8u);
    value = insertBits(value, byte, k * 8u, 8u);
  }
  result[word] = value;`,
});
