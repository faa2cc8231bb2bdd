import { fileURLToPath } from "node:url";
import type { Backend } from "@rowan/api";
import { BackendUnavailableError } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import { createNaiveBackend } from "@rowan/conformance";
import { describe, expect, it } from "vitest";
import { tradeBetween } from "../testing/trade-between.ts";

process.env["ROWAN_TFJS_NODE"] ??= fileURLToPath(new URL("../../../../engines/tfjs-node", import.meta.url));

/** Native TensorFlow is not installed everywhere. */
async function whyNotNative(): Promise<string | undefined> {
  try {
    (await createTfjsBackend({ engine: "node" })).dispose();
    return undefined;
  } catch (error) {
    if (error instanceof BackendUnavailableError && !process.env["CI"]) return error.message;
    throw error;
  }
}

const missing = await whyNotNative();
const others: [string, () => Promise<Backend>][] = [
  ["plain kernels", () => createCpuBackend({ kernels: "plain" })],
  ["the naive backend", () => createNaiveBackend()],
  ["tfjs, cpu", () => createTfjsBackend({ engine: "cpu" })],
  ["tfjs, wasm", () => createTfjsBackend({ engine: "wasm" })],
];
const native: [string, () => Promise<Backend>] = ["tfjs, node", () => createTfjsBackend({ engine: "node" })];

async function trade(create: () => Promise<Backend>): Promise<void> {
  const [cpu, other] = [await createCpuBackend(), await create()];
  for (const [here, there] of [
    [cpu, other],
    [other, cpu],
  ] as const) {
    const { pairs, predictions } = await tradeBetween(here, there);
    expect(pairs.length).toBeGreaterThanOrEqual(3);
    for (const { what, saved, again } of pairs) expect(Buffer.compare(again, saved), what).toBe(0);
    for (const found of predictions)
      for (const [i, value] of Array.from(found.here).entries()) expect(found.there[i]).toBeCloseTo(value, 5);
  }
  expect([cpu.memory().buffers, other.memory().buffers]).toEqual([0, 0]);
  cpu.dispose();
  other.dispose();
}

describe("what one backend saved, another loads with the same bits, goes on with, and gives back:", () => {
  it.each(others)("%s", async (_name, create) => trade(create));
  it.skipIf(missing !== undefined)(`${native[0]}${missing === undefined ? "" : ` (${missing})`}`, async () => trade(native[1]));
});
