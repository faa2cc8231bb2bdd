import { explainSelection, selectBackend, setBackend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { expect, test, vi } from "vitest";
import { knownBackends, registerOnce } from "./known-backends.ts";

test("the engines that are heavy to load say what they cost at least", () => {
  const outlooks = Object.fromEntries(knownBackends.map(({ name, factory }) => [name, factory.outlook]));
  expect(outlooks["tfjs"]?.least?.train.callMs).toBeGreaterThan(0);
  expect(outlooks["webgpu"]?.least?.lookup.callMs).toBeGreaterThan(0);
  expect(outlooks["webgpu"]).toMatchObject({ examine: expect.any(Function) as unknown });
});

test("cpu is what the package makes by itself, with every kernel that runs here", async () => {
  const [chosen, own] = await Promise.all([knownBackends.find(({ name }) => name === "cpu")?.factory(), createCpuBackend()]);
  expect(chosen?.device).toBe(own.device);
});

test("a step that our kernels do in a hundredth of a millisecond loads no TensorFlow.js", async () => {
  // A clock that goes on whenever it is looked at: how fast this machine is does not count.
  let ms = 0;
  vi.stubGlobal("performance", { now: () => (ms += 0.01) });
  registerOnce(knownBackends.filter(({ name }) => ["cpu", "tfjs"].includes(name)));
  await selectBackend({ inputDim: 10, outputDim: 2, batch: 1, work: "train", cache: false });
  expect(explainSelection()).toMatch(/tfjs +not loaded: it takes at least 0\.0800 ms a call, and cpu takes less/);
  vi.unstubAllGlobals();
  setBackend(undefined);
});
