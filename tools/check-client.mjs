/**
 * Holds the Python client of checkpoints against packages/serialize, both ways: what Rowan saves, whole, compressed and in several files,
 * of every dtype, is read by clients/python, which writes the same bytes again; what it writes by itself is loaded by Rowan.
 *
 * usage: node tools/check-client.mjs     needs `npm run build`, and a Python with clients/python/requirements.txt in ROWAN_PYTHON
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

/** What is published, not the sources. @param {string} name the package's folder */
const bundle = (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url).href);
const { Dense, Embedding, EmbeddingTable, Flatten, NDArray, Sequential, setBackend } = /** @type {typeof import("@rowan/api")} */ (
  await bundle("api")
);
const { createCpuBackend } = /** @type {typeof import("@rowan/backend-cpu")} */ (await bundle("backend-cpu"));
const { loadCheckpoint, saveCheckpoint } = /** @type {typeof import("@rowan/serialize")} */ (await bundle("serialize"));

setBackend(await createCpuBackend());
const folder = mkdtempSync(join(tmpdir(), "rowan-client-"));
const at = (/** @type {string} */ name) => join(folder, `${name}.rowan`);
const [rows, dim] = [20_000, 37];
const batch = Array.from({ length: 16 }, (_, i) => [i, (i * 7) % 40, 0]);
const targets = batch.map((_, i) => i % 2);

/** @param {import("@rowan/api").NDArray} array */
const bitsOf = ({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];

/** Two files are the same bytes. @param {string} made by Python @param {string} saved by Rowan */
function expectSame(made, saved) {
  if (!readFileSync(at(made)).equals(readFileSync(at(saved)))) throw new Error(`${made}.rowan has other bytes than ${saved}.rowan`);
  console.log(`${made}: the bytes of ${saved}`);
}

try {
  const model = new Sequential([
    new Embedding({ inputDim: 40, outputDim: 6, inputLength: 3 }),
    new Flatten(),
    new Dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  await model.fit(batch, targets, { epochs: 3, verbose: 0 });
  await saveCheckpoint(model, at("model"));

  // Of every exponent that a float16 has, and some that it has not; no two rows alike.
  const values = Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i) * 2 ** ((i % 30) - 22));
  values.set([NaN, Infinity, -Infinity, -0, 1.00390625, 1.01171875, 65519.9, 65520, 2 ** -25, 3 * 2 ** -26]);
  const vocabulary = Array.from({ length: rows }, (_, i) => ["", "[UNK]", "naïve", "鯨🐳"][i] ?? `w${i}`);
  const table = EmbeddingTable.from(values, { shape: [rows, dim] });
  await saveCheckpoint(table, at("table"), { vocabulary });
  await saveCheckpoint(table, at("packed"), { vocabulary, compression: "deflate" });
  await saveCheckpoint(table, at("shards"), { vocabulary, shardBytes: 1_048_576 });
  await saveCheckpoint(table, at("plain"));
  for (const kind of /** @type {const} */ (["float16", "bfloat16"])) await saveCheckpoint(await table.quantize(kind), at(kind));

  const finite = EmbeddingTable.from(values.map(Math.sin).fill(0.5, 0, 10), { shape: [rows, dim] });
  /** @type {Record<string, number[]>} */
  const floats = {};
  for (const [name, kind, options] of /** @type {const} */ ([
    ["int8", "int8", {}],
    ["int4", "int4", {}],
    ["int4-blocks", "int4", { blockSize: 8 }],
  ])) {
    const quantized = await finite.quantize(kind, options);
    await saveCheckpoint(quantized, at(name));
    floats[name] = bitsOf(await quantized.lookup([0, 1, 2, 3, 4, 5, 6, 7]));
  }
  await saveCheckpoint({ users: finite, items: await finite.quantize("float16"), counts: NDArray.from([1, 2], "int32") }, at("tables"));
  await saveCheckpoint(
    {
      int32: NDArray.from([1, -2, 2147483647], "int32"),
      uint8: NDArray.from([0, 255], "uint8"),
      int8: NDArray.from([-128, 127], "int8"),
      bool: NDArray.from([1, 0, 1], "bool"),
    },
    at("arrays"),
  );
  writeFileSync(join(folder, "expected.json"), JSON.stringify({ rows, dim, bits: bitsOf(await table.read()), vocabulary, floats }));

  const python = process.env["ROWAN_PYTHON"] ?? "python3";
  const { status } = spawnSync(python, [join(root, "tools/python/check_client.py"), join(root, "clients/python"), folder], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`Python does not read what Rowan saved: status ${status}`);

  const saved = ["model", "table", "float16", "bfloat16", "int8", "int4", "int4-blocks", "arrays", "tables"];
  for (const name of saved) expectSame(`again-${name}`, name);
  // What Python writes is whole and uncompressed.
  for (const name of ["packed", "shards"]) expectSame(`again-${name}`, "table");
  for (const name of ["plain", "float16", "bfloat16", "int8", "int4", "int4-blocks", "arrays"]) expectSame(`own-${name}`, name);

  const resumed = await loadCheckpoint(at("again-model"));
  for (const one of [model, resumed]) await one.fit(batch, targets, { epochs: 5, initialEpoch: 3, seed: 1, verbose: 0 });
  const [own, other] = [await model.getWeights(), await resumed.getWeights()];
  if (!own.every((weight, i) => String(bitsOf(weight)) === String(bitsOf(/** @type {typeof weight} */ (other[i]))))) {
    throw new Error("again-model.rowan trains to other weights");
  }
  console.log("again-model: trains on to the same bits");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
