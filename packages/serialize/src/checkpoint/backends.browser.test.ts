import { createCpuBackend } from "@rowan/backend-cpu";
import { createTfjsBackend } from "@rowan/backend-tfjs";
import { createWebGpuBackend } from "@rowan/backend-webgpu";
import { expect, it } from "vitest";
import { checkpointBytes, loadCheckpoint, saveCheckpoint } from "../index.ts";
import { tradeBetween } from "../testing/trade-between.ts";

it.each(["cpu to webgpu", "webgpu to cpu", "tfjs to webgpu"])("in a browser, %s: the same bits, and it goes on", async (way) => {
  const [cpu, gpu] = [
    way === "tfjs to webgpu" ? await createTfjsBackend({ engine: "cpu" }) : await createCpuBackend(),
    await createWebGpuBackend(),
  ];
  const { pairs, predictions } = way === "webgpu to cpu" ? await tradeBetween(gpu, cpu) : await tradeBetween(cpu, gpu);
  for (const { what, saved, again } of pairs)
    expect(again.length === saved.length && again.every((byte, i) => byte === saved[i]), what).toBe(true);
  for (const { here, there } of predictions) for (const [i, value] of Array.from(here).entries()) expect(there[i]).toBeCloseTo(value, 4);
  cpu.dispose();
  gpu.dispose();
});

it("in a browser, a checkpoint goes through streams, files and URLs", async () => {
  const { NDArray } = await import("@rowan/api");
  const values = new NDArray(
    Float32Array.from({ length: 300_000 }, (_, i) => i),
    [3000, 100],
  );
  const parts: Uint8Array<ArrayBuffer>[] = [];
  await saveCheckpoint(
    { values },
    new WritableStream<Uint8Array>({
      write: (part) => {
        parts.push(part.slice());
      },
    }),
    { compression: "deflate" },
  );
  const plain = await checkpointBytes({ values });
  for (const bytes of [new Blob(parts), new Blob([plain])]) {
    const url = URL.createObjectURL(bytes);
    for (const source of [bytes, new File([bytes], "values.rowan"), bytes.stream(), url]) {
      const loaded = await loadCheckpoint(source, { as: "tensors" });
      expect(loaded.get("values")).toEqual(values);
    }
    URL.revokeObjectURL(url);
  }
});
