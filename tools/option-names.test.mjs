/** Whoever takes options refuses those that it does not know: a slip would be passed over in silence, and the default be taken. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * A package, by its sources.
 * @param {string} path
 * @returns {Promise<any>}
 */
const load = (path) => import(new URL(`../packages/${path}.ts`, import.meta.url).href);

/** @type {typeof import("../packages/api/src/index.ts")} */
const api = await load("api/src/index");
/** @type {typeof import("../packages/backend-cpu/src/index.ts")} */
const cpu = await load("backend-cpu/src/index");
/** @type {typeof import("../packages/backend-tfjs/src/index.ts")} */
const tfjs = await load("backend-tfjs/src/index");
/** @type {typeof import("../packages/backend-webgpu/src/index.ts")} */
const webgpu = await load("backend-webgpu/src/index");
/** @type {typeof import("../packages/runtime/src/index.ts")} */
const runtime = await load("runtime/src/index");
/** @type {typeof import("../packages/runtime/src/base-pool.ts")} What `LookupPool` is on every platform. */
const pools = await load("runtime/src/base-pool");
/** @type {typeof import("../packages/runtime/src/word-vectors.ts")} */
const words = await load("runtime/src/word-vectors");
/** @type {typeof import("../packages/serialize/src/index.ts")} */
const serialize = await load("serialize/src/index");

/** @type {import("../packages/api/src/index.ts").Backend} */
let backend;
/** @type {import("../packages/runtime/src/index.ts").LookupPool} */
let pool;

beforeAll(async () => {
  backend = await cpu.createCpuBackend();
  api.setBackend(backend);
  pool = await runtime.LookupPool.create(table(), { threads: 0 });
});

afterAll(async () => {
  await pool.close();
  api.setBackend(undefined);
  backend.dispose();
});

const table = () => api.EmbeddingTable.from([[1, 2]]);
const x = () => api.tensor([[0, 1]]);
const classes = () => api.tensor([1], { dtype: "int32" });
const model = () => {
  const made = new api.Sequential([new api.Dense({ units: 1, inputShape: [2] })]);
  made.compile({ optimizer: "sgd", loss: "mse" });
  return made;
};
const file = async () => serialize.openCheckpoint(await serialize.checkpointBytes(table()));
const nowhere = () => new WritableStream();
const corpus = () => words.WordCorpus.from([["a", "b"]], { minCount: 1 });

class Own extends api.Flatten {
  /** @param {import("../packages/api/src/index.ts").VariableOptions} options */
  weigh(options) {
    return this.addWeight(options);
  }
}

/**
 * Calls with options, by who takes them; those of constructors that take nothing else are made below.
 * @type {Readonly<Record<string, (options: never) => unknown>>}
 */
const calls = {
  "activations.relu": (options) => api.activations.relu(x(), options),
  "activations.leakyRelu": (options) => api.activations.leakyRelu(x(), options),
  "activations.elu": (options) => api.activations.elu(x(), options),
  "activations.gelu": (options) => api.activations.gelu(x(), options),
  "activations.softmax": (options) => api.activations.softmax(x(), options),
  "activations.logSoftmax": (options) => api.activations.logSoftmax(x(), options),
  "ops.matmul": (options) => api.ops.matmul(x(), x(), options),
  "ops.sum": (options) => api.ops.sum(x(), 1, options),
  "ops.mean": (options) => api.ops.mean(x(), 1, options),
  "ops.max": (options) => api.ops.max(x(), 1, options),
  "ops.min": (options) => api.ops.min(x(), 1, options),
  binaryCrossentropy: (options) => api.binaryCrossentropy(x(), x(), options),
  categoricalCrossentropy: (options) => api.categoricalCrossentropy(x(), x(), options),
  sparseCategoricalCrossentropy: (options) => api.sparseCategoricalCrossentropy(classes(), x(), options),
  "Layer#addWeight": (options) => new Own().weigh(options),
  Input: (options) => api.Input(options),
  Sequential: (options) => new api.Sequential([], options),
  "Sequential.fromConfig": (options) => api.Sequential.fromConfig({ layers: [] }, options),
  "Model#compile": (options) => model().compile(options),
  "Model#fit": (options) => model().fit([[1, 2]], [[1]], options),
  "Model#evaluate": (options) => model().evaluate([[1, 2]], [[1]], options),
  "Model#predict": (options) => model().predict([[1, 2]], options),
  "Model#trainOnBatch": (options) => model().trainOnBatch([[1, 2]], [[1]], options),
  "Model#testOnBatch": (options) => model().testOnBatch([[1, 2]], [[1]], options),
  "Model#summary": (options) => model().summary(options),
  "Model#summaryText": (options) => model().summaryText(options),
  "Model#toJson": (options) => model().toJson(options),
  modelFromJson: (options) => api.modelFromJson(model().toJson(), options),
  summaryText: (options) => api.summaryText(/** @type {never} */ ({}), options),
  "TextVectorization#getVocabulary": (options) => new api.TextVectorization().getVocabulary(options),
  "EmbeddingTable.create": (options) => api.EmbeddingTable.create(options),
  "EmbeddingTable.from": (options) => api.EmbeddingTable.from([[1]], options),
  "EmbeddingTable.fromQuantized": (options) => api.EmbeddingTable.fromQuantized(/** @type {never} */ ({}), options),
  "EmbeddingTable#lookup": (options) => table().lookup([0], options),
  "EmbeddingTable#lookupBags": (options) => table().lookupBags({ ids: [[0]] }, options),
  "EmbeddingTable#mostSimilar": (options) => table().mostSimilar(0, options),
  "EmbeddingTable#mostSimilarBatch": (options) => table().mostSimilarBatch([0], options),
  "EmbeddingTable#quantize": (options) => table().quantize("int8", options),
  "TableLayer#quantize": (options) => new api.Embedding({ table: table() }).quantize("int8", options),
  lookupRows: (options) => api.lookupRows(table(), [0], options),
  prepareRows: (options) => api.prepareRows([], options),
  searchSimilar: (options) => api.searchSimilar(table(), [0], options, () => Promise.resolve([])),
  tensor: (options) => api.tensor([1], options),
  listBackends: (options) => api.listBackends(options),
  selectBackend: (options) => api.selectBackend(options),
  createCpuBackend: (options) => cpu.createCpuBackend(options),
  createTfjsBackend: (options) => tfjs.createTfjsBackend(options),
  fromTfjsLayersModel: (options) => tfjs.fromTfjsLayersModel({ layers: [], toJSON: () => ({}) }, options),
  createWebGpuBackend: (options) => webgpu.createWebGpuBackend(options),
  examineWebGpu: (options) => webgpu.examineWebGpu(options),
  "LookupPool.create": (options) => runtime.LookupPool.create(table(), options),
  "BasePool#lookup": (options) => pool.lookup([0], options),
  "BasePool#lookupBags": (options) => pool.lookupBags({ ids: [[0]] }, options),
  "BasePool#lookupFeatures": (options) => pool.lookupFeatures({}, options),
  "BasePool#lookupStream": (options) => pool.lookupStream([[0]], options),
  "BasePool#mostSimilar": (options) => pool.mostSimilar(0, options),
  "BasePool#mostSimilarBatch": (options) => pool.mostSimilarBatch([0], options),
  "BasePool#allocate": (options) => pool.allocate(1, options),
  "BasePool#close": (options) => pool.close(options),
  trainWordVectors: async (options) => words.trainWordVectors(await corpus(), options),
  "WordCorpus.from": (options) => words.WordCorpus.from([], options),
  alignVocabulary: (options) => serialize.alignVocabulary(/** @type {never} */ ({}), ["a"], options),
  checkpointBytes: (options) => serialize.checkpointBytes(table(), options),
  saveCheckpoint: (options) => serialize.saveCheckpoint(table(), nowhere(), options),
  loadCheckpoint: async (options) => serialize.loadCheckpoint(await serialize.checkpointBytes(table()), options),
  openCheckpoint: async (options) => serialize.openCheckpoint(await serialize.checkpointBytes(table()), options),
  "CheckpointFile#readRowsById": async (options) => (await file()).readRowsById("embeddings", [0], options),
  "CheckpointRows#lookup": async (options) => (await file()).rows().lookup([0], options),
  exportTable: (options) => serialize.exportTable(table(), nowhere(), options),
  importTable: (options) => serialize.importTable(Buffer.from("a 1 2\n"), options),
  writeNpz: (options) => serialize.writeNpz({}, nowhere(), options),
  writeSafetensors: (options) => serialize.writeSafetensors({}, nowhere(), options),
};

/** What others extend, with options of their own: what extends it refuses those that it does not know. */
const extended = ["Layer", "TableLayer", "Model", "Loss", "Optimizer", "RandomInitializer"];

/**
 * The names of the parameters of a function or a constructor, as text.
 * @param {Function} value
 * @returns {string}
 */
function parametersOf(value) {
  const source = String(value);
  const isClass = source.startsWith("class");
  const head = isClass ? /\n\s+constructor\(/.exec(source) : /\(/.exec(source);
  if (!head) return isClass ? parametersOf(Object.getPrototypeOf(value)) : "";
  const begin = head.index + head[0].length;
  let end = begin;
  for (let depth = 1; depth > 0; end++) depth += source[end] === "(" ? 1 : source[end] === ")" ? -1 : 0;
  return source.slice(begin, end - 1);
}

/** @typedef {[name: string, taker: Function]} Taker */

/**
 * A function or a class, where it takes options.
 * @param {string} name
 * @param {Function} value
 * @returns {Taker[]}
 */
const taker = (name, value) => (/\b(options|choice)\b/.test(parametersOf(value)) ? [[name, value]] : []);

/**
 * The methods of a class that take options; getters are left alone, which need an object.
 * @param {object} object - The class, or its prototype.
 * @param {string} prefix - Before the names.
 * @returns {Taker[]}
 */
function methodsOf(object, prefix) {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, { value }]) =>
    typeof value === "function" && name !== "constructor" ? taker(`${prefix}${name}`, value) : [],
  );
}

/**
 * Everything that a package exports and that takes options.
 * @param {object} exported
 * @param {string} prefix - Before the names.
 * @returns {Taker[]}
 */
function takersOf(exported, prefix = "") {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (name === "ops" || name === "activations") return takersOf(value, `${name}.`);
    // An error's options are those of JavaScript.
    if (typeof value !== "function" || value.prototype instanceof Error) return [];
    const methods = value.prototype ? [...methodsOf(value, `${name}.`), ...methodsOf(value.prototype, `${name}#`)] : [];
    return [...taker(`${prefix}${name}`, value), ...methods];
  });
}

/** What only looks at the options of others. */
const lookers = ["checkOptions"];

const packages = [api, cpu, tfjs, webgpu, runtime, pools, words, serialize];
const takers = packages.flatMap((exported) => takersOf(exported));
/** @type {[string, (options: never) => unknown][]} */
const made = takers
  .filter(([name, value]) => !(name in calls) && !extended.includes(name) && String(value).startsWith("class"))
  .map(([name, value]) => [name, (options) => Reflect.construct(value, [options])]);

describe("an option that does not exist is refused", () => {
  test.each([...Object.entries(calls), ...made])("by %s", async (_name, call) => {
    /** @type {(options: object) => Promise<unknown>} */
    const refusal = async (options) => {
      try {
        return await call(/** @type {never} */ (options));
      } catch (error) {
        return error;
      }
    };
    for (const name of ["xyzzy", "xyzzy_plugh"]) {
      const error = await refusal({ [name]: 1 });
      expect(error).toBeInstanceOf(api.InvalidArgumentError);
      expect(String(error)).toContain(`has no option \`${name}\`. Received: ${name}=1.`);
    }
  });

  test("by everything that takes options", () => {
    expect(made.length).toBeGreaterThan(30);
    const names = takers.map(([name]) => name);
    const tested = [...lookers, ...extended, ...Object.keys(calls), ...made.map(([name]) => name)];
    expect(names.filter((name) => !tested.includes(name))).toEqual([]);
  });
});
