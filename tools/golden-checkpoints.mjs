/**
 * Writes the golden checkpoints of a NEW format version. Those of released versions are never written again: every later version
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

const folder = join(root, `packages/serialize/fixtures/checkpoints/v${majorVersion}`);
if (existsSync(folder)) {
  console.error(
    `The golden files of version ${majorVersion} must stay as they are. Received: ${folder}, which exists. Only a new version gets new ones.`,
  );
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  const backend = await createCpuBackend();
  for (const [name, bytes] of Object.entries(await makeGolden(backend))) {
    writeFileSync(join(folder, `${name}.rowan`), bytes);
    console.log(`${name}.rowan: ${bytes.length} bytes`);
  }
  backend.dispose();
}
