import { defineKernel } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** The numbers from `start` on. */
export const countUpKernel: Kernel = defineKernel({
  name: "count up",
  parameters: { start: "u32", length: "u32" },
  writes: ["result: array<u32>"],
  body: /* wgsl */ `
  if (index < p.length) { result[index] = p.start + index; }`,
});
