/**
 * Saves tables under one path, again and again, until it is killed; each holds one number only.
 *
 * usage: node --conditions=@rowan/source save-forever.mjs PATH FIRST [SHARD_BYTES]
 */
import { register } from "node:module";

register("./ts-hooks.mjs", import.meta.url);

/**
 * The sources of a package: what is tested is what is there, not the last bundle.
 * @param {string} name
 * @returns {Promise<unknown>}
 */
async function load(name) {
  return import(new URL(`../packages/${name}/src/index.ts`, import.meta.url).href);
}

/** @typedef {{ shape: readonly number[] }} Values */
const { NDArray } = /** @type {{ NDArray: new (data: Float32Array, shape: readonly number[]) => Values }} */ (await load("api"));
const { saveCheckpoint } =
  /** @type {{ saveCheckpoint: (what: Record<string, Values>, path: string, options: object) => Promise<void> }} */ (
    await load("serialize")
  );

const [path = "", first = "0", shardBytes] = process.argv.slice(2);
const elements = 600_000;
process.stdout.write("ready\n");
for (let value = Number(first); ; value++) {
  const same = new NDArray(new Float32Array(elements).fill(value), [elements / 100, 100]);
  await saveCheckpoint({ same }, path, shardBytes === undefined ? {} : { shardBytes: Number(shardBytes) });
}
