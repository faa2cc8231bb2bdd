import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** Every one of `length` words becomes `bits`; a work item writes four. */
export const fillWords: Kernel = defineKernel({
  name: "fill words",
  parameters: { vectors: "u32", bits: "u32" },
  writes: ["result: array<vec4<u32>>"],
  body: /* wgsl */ `
  if (index < p.vectors) { result[index] = vec4<u32>(p.bits); }`,
});
