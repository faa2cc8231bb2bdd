import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { main } from "./main.ts";
import { bringWebGpu } from "./testing/bring-webgpu.ts";

test("every backend that is there prints the same numbers, and the others say why they are not", { timeout: 120_000 }, async () => {
  process.env["ROWAN_TFJS_NODE"] = fileURLToPath(new URL("../../engines/tfjs-node", import.meta.url));
  await bringWebGpu();
  const log = vi.spyOn(console, "log").mockReturnValue();
  const outcomes = await main();
  expect(log).toHaveBeenCalledTimes(5);
  const { cpu } = outcomes;
  if (!cpu || "missing" in cpu) return expect.fail("The CPU backend must be there.");
  const there = Object.entries(outcomes).flatMap(([name, outcome]) => ("praise" in outcome ? [{ name, ...outcome }] : []));
  // In CI nothing may be missing.
  expect(there.length).toBeGreaterThanOrEqual(process.env["CI"] ? 5 : 3);
  const printed = log.mock.calls.map(([line]) => String(line));
  const numbers = cpu.praise.map((value) => value.toFixed(4)).join("  ");
  for (const { name, praise, device } of there) {
    praise.forEach((value, i) => expect(value).toBeCloseTo(cpu.praise[i] as number, 5));
    expect(printed).toContain(`${name.padEnd(16)}  ${numbers}  ${device}`);
  }
  for (const outcome of Object.values(outcomes)) {
    if ("missing" in outcome) expect(outcome.missing).toMatch(/\w.*\./);
  }
});
