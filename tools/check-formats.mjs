/**
 * Holds the file formats of packages/serialize against the Python libraries that they come from, both ways: what Rowan writes is read by
 * NumPy, safetensors and gensim, and what they write by Rowan, bit for bit.
 *
 * usage: node tools/check-formats.mjs     needs `npm run build`, and a Python with tools/python/requirements.txt: ROWAN_PYTHON, else
 *                                          tools/python/.venv
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "./find-python.mjs";
import { root } from "./run.mjs";

/** What is published, not the sources. @param {string} name the package's folder */
const bundle = (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url).href);
const { EmbeddingTable, NDArray } = /** @type {typeof import("@rowan/api")} */ (await bundle("api"));
const { createCpuBackend } = /** @type {typeof import("@rowan/backend-cpu")} */ (await bundle("backend-cpu"));
const { exportTable, importTable, writeNpz } = /** @type {typeof import("@rowan/serialize")} */ (await bundle("serialize"));

const rows = 1000;
const dim = 37;

const python = findPython();
const backend = await createCpuBackend();
const folder = mkdtempSync(join(tmpdir(), "rowan-formats-"));
try {
  // Values of every exponent that a float32 has, but for what is no number: texts of gensim have no bits for those.
  const bits = Uint32Array.from({ length: rows * dim }, (_, i) => {
    const word = Math.imul(i + 1, 2654435761) >>> 0;
    return ((word >>> 23) & 255) === 255 ? word ^ (1 << 23) : word;
  });
  const table = EmbeddingTable.from(new Float32Array(bits.buffer), { shape: [rows, dim], backend });
  const words = Array.from({ length: rows }, (_, i) => ["</s>", "naïve", "鯨🐳", "__proto__", "<unk>"][i] ?? `w${i}`);
  const at = (/** @type {string} */ name) => join(folder, name);
  const vocabulary = words;
  await exportTable(table, at("table.npy"));
  await exportTable(table, at("table.npy.gz"));
  await exportTable(table, at("table.npz"), { vocabulary });
  await exportTable(table, at("packed.npz"), { vocabulary, compress: true });
  await exportTable(table, at("table.safetensors"), { vocabulary });
  await exportTable(table, at("table.txt"), { vocabulary });
  await exportTable(table, at("table.bin"), { vocabulary });
  await exportTable(table, at("table.vec.gz"), { vocabulary });
  await exportTable(table, at("table.glove"), { vocabulary, format: "glove" });
  const values = [0, 1, 1];
  const array = (/** @type {import("@rowan/api").DType} */ dtype) => NDArray.from(values, dtype);
  await writeNpz(
    { float32: array("float32"), int32: array("int32"), uint8: array("uint8"), int8: array("int8"), bool: array("bool") },
    at("arrays.npz"),
  );
  writeFileSync(at("expected.json"), JSON.stringify({ words, shape: [rows, dim], bits: [...bits] }));

  const { status } = spawnSync(python, [join(root, "tools/python/check_formats.py"), folder], { stdio: "inherit" });
  if (status !== 0) throw new Error(`Python does not read what Rowan wrote: status ${status}`);

  for (const name of [
    "table.npy",
    "table.npz",
    "packed.npz",
    "table.safetensors",
    "table.txt",
    "table.txt.gz",
    "table.bin",
    "table.glove",
  ]) {
    const again = await importTable(at(`python-${name}`), { backend });
    const read = new Uint32Array((await again.table.read()).data.buffer);
    if (!read.every((word, i) => word === bits[i])) throw new Error(`python-${name} holds other values than Python wrote`);
    if (again.vocabulary !== undefined && again.vocabulary.join("\n") !== words.join("\n"))
      throw new Error(`python-${name} holds other words`);
    console.log(`python-${name}: the same ${again.report.rows} rows`);
    again.table.dispose();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
