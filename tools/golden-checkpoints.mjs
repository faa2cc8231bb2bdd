/**
 * Writes the golden checkpoints of a NEW format version, and beside them its forms that are read alone: compressed ones, whose bytes
 * depend on the implementation of deflate, and several files. Those of released versions are never written again: every later version
 * of Rowan must read them.
 *
 * usage: node --conditions=@rowan/source tools/golden-checkpoints.mjs
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { root } from "./run.mjs";

register("./ts-hooks.mjs", import.meta.url);

/**
 * A file of the sources.
 * @param {string} path
 * @returns {Promise<unknown>}
 */
async function load(path) {
  return import(new URL(`../packages/${path}`, import.meta.url).href);
}

/** @typedef {{ dispose(): void }} Backend */
const { createCpuBackend } = /** @type {{ createCpuBackend: () => Promise<Backend> }} */ (await load("backend-cpu/src/index.ts"));
const { makeGolden } = /** @type {{ makeGolden: (backend: Backend) => Promise<Record<string, Uint8Array>> }} */ (
  await load("serialize/src/testing/golden-content.ts")
);
const { majorVersion } = /** @type {{ majorVersion: number }} */ (await load("serialize/src/format/constants.ts"));

const { sampleFile, sampleShards } =
  /** @type {{ sampleFile: (compression: string) => Promise<Uint8Array>, sampleShards: () => Promise<Map<string, Uint8Array>> }} */ (
    await load("serialize/src/testing/sample-files.ts")
  );

async function golden() {
  const backend = await createCpuBackend();
  const files = await makeGolden(backend);
  backend.dispose();
  return Object.entries(files);
}

/** @returns {Promise<[string, Uint8Array][]>} */
async function forms() {
  const shards = [...(await sampleShards())];
  return [
    ["plain", await sampleFile("none")],
    ["deflated", await sampleFile("deflate")],
    ...shards.map(([name, bytes]) => /** @type {[string, Uint8Array]} */ ([name === "" ? "sharded" : name.replace(".rowan", ""), bytes])),
  ];
}

for (const [kind, make] of /** @type {const} */ ([
  ["checkpoints", golden],
  ["checkpoint-forms", forms],
])) {
  const folder = join(root, `packages/serialize/fixtures/${kind}/v${majorVersion}`);
  if (existsSync(folder)) {
    console.log(`${folder} stays as it is: only a new version gets new files.`);
    continue;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of await make()) {
    writeFileSync(join(folder, `${name}.rowan`), bytes);
    console.log(`${kind}, ${name}.rowan: ${bytes.length} bytes`);
  }
}
