/**
 * Saves to a disk that is too small for it, and tells what became of what was there: for the tests of @rowan/serialize, which run it on a
 * file system in memory.
 *
 * usage: node --conditions=@rowan/source tools/save-on-full-disk.mjs FOLDER     FOLDER has about a MiB; prints JSON
 */
import { readFileSync, readdirSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";

register("./ts-hooks.mjs", import.meta.url);

/** @type {typeof import("../packages/api/src/index.ts")} */
const { EmbeddingTable, NDArray, setBackend } = await import(new URL("../packages/api/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/backend-cpu/src/index.ts")} */
const { createCpuBackend } = await import(new URL("../packages/backend-cpu/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/serialize/src/index.ts")} */
const serialize = await import(new URL("../packages/serialize/src/index.ts", import.meta.url).href);

const { exportTable, loadCheckpoint, saveCheckpoint, writeNpy } = serialize;
const [, , folder = "."] = process.argv;
setBackend(await createCpuBackend());
const path = join(folder, "target.rowan");
const small = new NDArray(new Float32Array(50_000).fill(1), [500, 100]);
const large = new NDArray(new Float32Array(1_000_000).fill(2), [10_000, 100]);
const table = EmbeddingTable.from(large);
const vectors = join(folder, "vectors.npy");

await saveCheckpoint({ values: small }, path);
await exportTable(EmbeddingTable.from(small), vectors);
const before = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

/** @type {Record<string, () => Promise<unknown>>} */
const attempts = {
  whole: () => saveCheckpoint({ values: large }, path),
  shards: () => saveCheckpoint({ values: large }, path, { shardBytes: 1_048_576 }),
  table: () => saveCheckpoint(table, path),
  exported: () => exportTable(table, vectors),
  array: () => writeNpy(large, vectors),
};
/** @type {Record<string, { name: string, message: string, intact: boolean }>} */
const results = {};
for (const [name, attempt] of Object.entries(attempts)) {
  const error = await attempt().then(
    () => new Error("it fitted"),
    (/** @type {unknown} */ reason) => /** @type {Error} */ (reason),
  );
  const names = readdirSync(folder);
  const intact = names.length === before.size && names.every((one) => before.get(one)?.equals(readFileSync(join(folder, one))) === true);
  results[name] = { name: error.constructor.name, message: error.message, intact };
}
const loaded = await loadCheckpoint(path, { as: "tensors" });
console.log(
  JSON.stringify({
    results,
    loads: /** @type {import("../packages/api/src/index.ts").NDArray} */ (loaded.get("values")).data.every((value) => value === 1),
  }),
);
