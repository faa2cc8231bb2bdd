import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { hasNativeEngine } from "./testing/native-engine.ts";

const engines = ["cpu", "wasm", ...(hasNativeEngine() ? ["node"] : [])];

/** Workers are started by Node, which reads no TypeScript: the hooks of the examples do. */
const program = `
  const { register } = require("node:module");
  const { parentPort, workerData } = require("node:worker_threads");
  register(workerData.hooks);
  import(workerData.entry).then(async ({ createTfjsBackend }) => {
    const backend = await createTfjsBackend({ engine: workerData.engine });
    const table = { handle: backend.allocate("float32", 6), shape: [3, 2], dtype: "float32" };
    backend.write(table, Float32Array.of(1, 2, 3, 4, 5, 6), 0);
    const ids = { handle: backend.allocate("int32", 2), shape: [2], dtype: "int32" };
    backend.write(ids, Int32Array.of(2, 0), 0);
    const rows = { handle: backend.gather(table, ids), shape: [2, 2], dtype: "float32" };
    backend.scatter(table, ids, { handle: backend.unary("neg", rows), shape: [2, 2], dtype: "float32" });
    parentPort.postMessage(await backend.read(table, 0, 6));
    backend.dispose();
  });
`;

function inWorker(engine: string): Promise<unknown> {
  const workerData = {
    engine,
    hooks: new URL("../../../tools/ts-hooks.mjs", import.meta.url).href,
    entry: new URL("./index.ts", import.meta.url).href,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData, execArgv: ["--conditions=@rowan/source"] });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The worker ended without an answer.")));
  });
}

test.each(engines)("%s: three workers at once have backends of their own", { timeout: 60_000 }, async (engine) => {
  const results = await Promise.all([inWorker(engine), inWorker(engine), inWorker(engine)]);
  for (const rows of results) expect(rows).toEqual(Float32Array.of(-1, -2, 3, 4, -5, -6));
});
