import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { hasNativeEngine } from "../testing/native-engine.ts";
import { provideNodeUtil } from "./provide-node-util.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const hooks = new URL("../../../../tools/ts-hooks.mjs", import.meta.url).href;
const entry = new URL("../index.ts", import.meta.url).href;
const engine = at("../../../../engines/tfjs-node");
const node24 = at(`../../../../engines/runtimes/node_modules/node-${process.platform}-${process.arch}/bin/node`);
const isInstalled = hasNativeEngine() && existsSync(node24);
const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
const { isNullOrUndefined } = util;

afterEach(() => {
  if (isNullOrUndefined !== undefined) util["isNullOrUndefined"] = isNullOrUndefined;
});

test("puts back what a newer Node took away, once, and leaves what is there", () => {
  const isArray = util["isArray"];
  delete util["isNullOrUndefined"];
  expect(provideNodeUtil()).toContain("isNullOrUndefined");
  const restored = util["isNullOrUndefined"] as (value: unknown) => boolean;
  expect([null, undefined, 0, "", Number.NaN].map(restored)).toEqual([true, true, false, false, false]);
  expect(util["isArray"]).toBe(isArray);
  expect(provideNodeUtil()).toEqual([]);
});

/** Runs a program in Node 24, and gives what it wrote as JSON. */
function inNode24(program: string): unknown {
  const preamble = `import { register, createRequire } from "node:module"; register(${JSON.stringify(hooks)});
    const { createTfjsBackend, provideNodeUtil } = await import(${JSON.stringify(entry)});
    const tell = (value) => process.stdout.write(JSON.stringify(value));`;
  const { stdout, stderr, status } = spawnSync(
    node24,
    ["--conditions=@rowan/source", "--no-deprecation", "--input-type=module", "--eval", `${preamble}\n${program}`],
    { cwd: at("../.."), encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "", ROWAN_TFJS_NODE: engine, TF_CPP_MIN_LOG_LEVEL: "3" } },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

test.runIf(isInstalled)("in Node 24 the engine loads TensorFlow, and rows are written in place", { timeout: 60_000 }, () => {
  const found = inNode24(`
    const backend = await createTfjsBackend({ engine: "node" });
    const table = { handle: backend.allocate("float32", 6), shape: [3, 2], dtype: "float32" };
    backend.write(table, Float32Array.of(1, 2, 3, 4, 5, 6), 0);
    const ids = { handle: backend.allocate("int32", 2), shape: [2], dtype: "int32" };
    backend.write(ids, Int32Array.of(2, 0), 0);
    const rows = { handle: backend.gather(table, ids), shape: [2, 2], dtype: "float32" };
    backend.scatter(table, ids, { handle: backend.unary("neg", rows), shape: [2, 2], dtype: "float32" });
    tell([process.versions.node.split(".")[0], backend.device.split(" ")[0], ...(await backend.read(table, 0, 6))]);`);
  expect(found).toEqual(["24", "native", -1, -2, 3, 4, -5, -6]);
});

test.runIf(isInstalled)("in Node 24 a program's own tfjs-node works after provideNodeUtil, and not before", { timeout: 60_000 }, () => {
  const found = inNode24(`
    const tf = createRequire(${JSON.stringify(`${engine}/package.json`)})("@tensorflow/tfjs-node");
    tf.enableProdMode();
    let before = "";
    try {
      tf.reshape(tf.ones([4]), [2, 2]);
    } catch (error) {
      before = error.message;
    }
    const provided = provideNodeUtil();
    const model = tf.sequential({ layers: [tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3 }), tf.layers.flatten(), tf.layers.dense({ units: 1 })] });
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const loss = await model.trainOnBatch(tf.tensor2d([[1, 2, 3]], [1, 3], "int32"), tf.ones([1, 1]));
    tell([before, provided, loss > 0, [...tf.topk(tf.tensor1d([1, 5, 2]), 2).values.dataSync()]]);`);
  expect(found).toEqual([expect.stringContaining("isNullOrUndefined"), ["isNullOrUndefined"], true, [5, 2]]);
});
