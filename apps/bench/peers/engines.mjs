/**
 * TensorFlow.js as its users have it, on one of its engines, in a process of its own: what `rowan bench engines` compares with.
 * It reads a request a line and answers each with a line, as peers.py does.
 *
 * usage: node engines.mjs ENGINE FOLDER ...     node, wasm or cpu; folders from which its packages are looked for
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

/**
 * @typedef {typeof import("@tensorflow/tfjs-core")} Core
 * @typedef {typeof import("@tensorflow/tfjs-layers")} Layers
 * @typedef {{ tf: Core, layers: Layers, backend: string }} TensorFlow
 *
 * @typedef {object} Work What a request says of a contender.
 * @property {number} id
 * @property {keyof typeof makers} kind
 * @property {string} table
 * @property {string} ids
 * @property {string} [targets]
 * @property {string} [head]
 * @property {number} rows
 * @property {number} dim
 * @property {number} batch ids a call
 * @property {number} width ids a sample
 * @property {number} sets
 * @property {boolean} trainable
 *
 * @typedef {object} Inputs
 * @property {Float32Array} table
 * @property {Int32Array} ids
 * @property {Float32Array} targets
 * @property {Float32Array} head
 *
 * @typedef {object} Contender
 * @property {(set: number) => number | void | Promise<number>} call a step gives its loss
 * @property {() => Float32Array} [values] what is compared, where that is not the loss
 * @property {() => void} dispose
 */

const [engine = "", ...folders] = process.argv.slice(2);
// Standard output is for answers.
console.log = console.error;

/**
 * The first of the folders that has a package.
 * @param {string} name
 * @returns {{ exports: unknown, folder: string }}
 */
function load(name) {
  for (const folder of folders) {
    const require = createRequire(join(folder, "package.json"));
    let entry;
    try {
      entry = require.resolve(name);
    } catch {
      continue;
    }
    return { exports: require(entry), folder: dirname(entry) };
  }
  throw new Error(`${name} is not installed`);
}

/** @returns {TensorFlow} */
function start() {
  if (engine === "node") {
    const all = /** @type {Core & Layers} */ (load("@tensorflow/tfjs-node").exports);
    all.enableProdMode();
    return { tf: all, layers: all, backend: "tensorflow" };
  }
  const tf = /** @type {Core} */ (load("@tensorflow/tfjs-core").exports);
  tf.enableProdMode();
  load("@tensorflow/tfjs-backend-cpu");
  if (engine === "wasm") {
    const { exports, folder } = load("@tensorflow/tfjs-backend-wasm");
    /** @type {{ setWasmPaths(folder: string): void }} */ (exports).setWasmPaths(folder + sep);
  }
  // It also brings the gradients.
  return { tf, layers: /** @type {Layers} */ (load("@tensorflow/tfjs-layers").exports), backend: engine };
}

/** @param {string | undefined} path */
const bytesOf = (path) => (path === undefined ? new ArrayBuffer(0) : new Uint8Array(readFileSync(path)).buffer);

/**
 * The model as one writes it: `sequential`, `compile`, `trainOnBatch`.
 * @param {TensorFlow} tensorflow
 * @param {Work} work
 * @param {Inputs} inputs
 * @returns {Contender}
 */
function layersStep({ tf, layers }, { rows, dim, batch, width, trainable }, inputs) {
  const embedding = layers.layers.embedding({ inputDim: rows, outputDim: dim, inputLength: width, trainable });
  const dense = layers.layers.dense({ units: 1 });
  const model = layers.sequential({ layers: [embedding, layers.layers.flatten(), dense] });
  tf.tidy(() => {
    embedding.setWeights([tf.tensor2d(inputs.table, [rows, dim])]);
    dense.setWeights([tf.tensor2d(inputs.head, [width * dim, 1]), tf.zeros([1])]);
  });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const samples = batch / width;
  const call = async (/** @type {number} */ set) => {
    const x = tf.tensor2d(inputs.ids.subarray(set * batch, (set + 1) * batch), [samples, width], "int32");
    const y = tf.tensor2d(inputs.targets.subarray(set * samples, (set + 1) * samples), [samples, 1]);
    const loss = await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
    return Number(loss);
  };
  return { call, dispose: () => model.dispose() };
}

/**
 * The least that can be written: a gather, a product, and an optimizer for what the engine can train, which is all but the table.
 * @param {TensorFlow} tensorflow
 * @param {Work} work
 * @param {Inputs} inputs
 * @returns {Contender}
 */
function bareStep({ tf }, { rows, dim, batch, width }, inputs) {
  const table = tf.tensor2d(inputs.table, [rows, dim]);
  const kernel = tf.variable(tf.tensor2d(inputs.head, [width * dim, 1]));
  const bias = tf.variable(tf.zeros([1]));
  const optimizer = tf.train.adam(0.001);
  const samples = batch / width;
  const call = (/** @type {number} */ set) => {
    const ids = tf.tensor1d(inputs.ids.subarray(set * batch, (set + 1) * batch), "int32");
    const y = tf.tensor2d(inputs.targets.subarray(set * samples, (set + 1) * samples), [samples, 1]);
    const output = () => tf.add(tf.matMul(tf.reshape(tf.gather(table, ids), [samples, width * dim]), kernel), bias);
    const cost = () => /** @type {import("@tensorflow/tfjs-core").Scalar} */ (tf.mean(tf.squaredDifference(y, output())));
    const loss = optimizer.minimize(cost, true, [kernel, bias]);
    if (!loss) throw new Error("minimize gave no loss");
    const value = Number(loss.dataSync()[0]);
    tf.dispose([ids, y, loss]);
    return value;
  };
  return { call, dispose: () => tf.dispose([table, kernel, bias]) };
}

/**
 * Rows that stay where the engine has them.
 * @param {TensorFlow} tensorflow
 * @param {Work} work
 * @param {Inputs} inputs
 * @returns {Contender}
 */
function gather({ tf }, { rows, dim, batch, sets }, inputs) {
  const table = tf.tensor2d(inputs.table, [rows, dim]);
  const ids = Array.from({ length: sets }, (_, set) => tf.tensor1d(inputs.ids.subarray(set * batch, (set + 1) * batch), "int32"));
  const idsOf = (/** @type {number} */ set) => /** @type {import("@tensorflow/tfjs-core").Tensor1D} */ (ids[set]);
  return {
    call: (set) => tf.dispose(tf.gather(table, idsOf(set))),
    values: () => {
      const found = tf.gather(table, idsOf(0));
      const values = /** @type {Float32Array} */ (found.dataSync());
      found.dispose();
      return values;
    },
    dispose: () => tf.dispose([table, ids]),
  };
}

const makers = { layersStep, bareStep, gather };

/** @type {Map<number, Contender & { sets: number }>} */
const contenders = new Map();

/** @type {TensorFlow | undefined} */
let tensorflow;

/** @param {number} id */
function contender(id) {
  const found = contenders.get(id);
  if (!found) throw new Error(`nobody has the number ${id}`);
  return found;
}

const operations = {
  async hello() {
    tensorflow = start();
    const { tf, backend } = tensorflow;
    if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} of TensorFlow.js does not start here`);
    await tf.ready();
    return {};
  },
  async open(/** @type {Work} */ work) {
    if (!tensorflow) throw new Error("hello comes first");
    const inputs = {
      table: new Float32Array(bytesOf(work.table)),
      ids: new Int32Array(bytesOf(work.ids)),
      targets: new Float32Array(bytesOf(work.targets)),
      head: new Float32Array(bytesOf(work.head)),
    };
    contenders.set(work.id, { ...makers[work.kind](tensorflow, work, inputs), sets: work.sets });
    return {};
  },
  async turn(/** @type {{ id: number, first: number, warm: number, calls: number }} */ { id, first, warm, calls }) {
    const { call, sets } = contender(id);
    const ms = [];
    for (let i = 0; i < warm + calls; i++) {
      const start = performance.now();
      const done = call((first + i) % sets);
      if (done instanceof Promise) await done;
      if (i >= warm) ms.push(performance.now() - start);
    }
    return { ms };
  },
  async result(/** @type {{ id: number, path: string, calls: number }} */ { id, path, calls }) {
    const { call, values } = contender(id);
    const found = values?.() ?? new Float32Array(calls);
    if (!values) for (let i = 0; i < calls; i++) found[i] = Number(await call(i));
    writeFileSync(path, new Uint8Array(found.buffer, found.byteOffset, found.byteLength));
    return {};
  },
  async close(/** @type {{ id: number }} */ { id }) {
    contender(id).dispose();
    contenders.delete(id);
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...request } = /** @type {{ op: keyof typeof operations }} */ (JSON.parse(line));
  /** @type {object} */
  let answer;
  try {
    answer = await operations[op](/** @type {never} */ (request));
  } catch (error) {
    answer = { error: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
