/**
 * Saves tables under one path, again and again, until it is killed; each holds one number only.
 *
 * usage: node --conditions=@rowan/source save-forever.mjs PATH FIRST [SHARD_BYTES]
 */
import { register } from "node:module";

register("./ts-hooks.mjs", import.meta.url);
const { NDArray } = await import("../packages/api/src/index.ts");
const { saveCheckpoint } = await import("../packages/serialize/src/index.ts");

const [path = "", first = "0", shardBytes] = process.argv.slice(2);
const elements = 600_000;
process.stdout.write("ready\n");
for (let value = Number(first); ; value++) {
  const same = new NDArray(new Float32Array(elements).fill(value), [elements / 100, 100]);
  await saveCheckpoint({ same }, path, shardBytes === undefined ? {} : { shardBytes: Number(shardBytes) });
}
