import { CheckpointFormatError } from "@rowan/api";
import { beforeAll, describe, expect, it } from "vitest";
import { crc32 } from "../format/crc32.ts";
import { sampleFile, sampleShards } from "../testing/sample-files.ts";
import { openCheckpoint } from "./open.ts";

/** A small generator of random numbers: a failure can be repeated from its seed. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const interesting = [0, 1, 0x7f, 0x80, 0xff, 0x01_00, 0xff_ff, 0x7f_ff_ff_ff, 0xff_ff_ff_ff] as const;

/** Damages a file in one of the ways in which files are damaged, or made to deceive. */
function mutate(file: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = file.slice();
  const at = random(bytes.length);
  const length = 1 + random(Math.min(200, bytes.length - at));
  switch (random(9)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random(8));
      return bytes;
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3: {
      const longer = new Uint8Array(bytes.length + length);
      longer.set(bytes);
      return longer;
    }
    case 4:
      bytes.copyWithin(random(bytes.length), at, at + length);
      return bytes;
    case 5:
      bytes.fill(0, at, at + length);
      return bytes;
    case 6: {
      const word = at - (at % 4);
      if (word + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(word, interesting[random(interesting.length)] as number, true);
      return bytes;
    }
    case 7: {
      // Two chunks change places: each has a good checksum.
      const block = 64 * (1 + random(3));
      const [a, b] = [64 * random(bytes.length / 64), 64 * random(bytes.length / 64)];
      const first = bytes.slice(a, a + block);
      bytes.copyWithin(a, b, b + block);
      bytes.set(first.subarray(0, Math.max(0, Math.min(first.length, bytes.length - b))), b);
      return bytes;
    }
    default: {
      const cut = new Uint8Array(bytes.length - Math.min(length, bytes.length - at));
      cut.set(bytes.subarray(0, at));
      cut.set(bytes.subarray(bytes.length - cut.length + at), at);
      return cut;
    }
  }
}

/** A header that somebody changed on purpose, with checksums that are right. */
function forge(file: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(12, true);
  for (let change = 0; change <= random(3); change++) {
    const at = 64 + random(length);
    bytes[at] = random(3) === 0 ? (interesting[random(5)] as number) : random(256);
  }
  view.setUint32(16, crc32(bytes.subarray(64, 64 + length)), true);
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true);
  return bytes;
}

async function readAll(index: Uint8Array, shards?: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const file = await openCheckpoint(index, { shard: (name) => shards?.get(name) ?? new Uint8Array() });
  try {
    await file.verify();
    const values: unknown[] = [file.metadata, await file.readVocabulary()];
    for (const { name, shape } of file.list()) {
      const whole = await file.readTensor(name);
      values.push(name, shape, whole.dtype, Array.from(whole.data, String));
      if (shape.length > 0 && (shape[0] as number) > 0) values.push(Array.from((await file.readRowsById(name, [0])).data, String));
    }
    return JSON.stringify(values);
  } finally {
    await file.close();
  }
}

/** What a mutated file gives: its content, or the error that says what is wrong with it. */
async function outcome(read: () => Promise<string>): Promise<string | CheckpointFormatError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CheckpointFormatError) return error;
    throw error;
  }
}

const limit = 64 * 2 ** 20;

describe("mutated checkpoints", () => {
  let plain: Uint8Array;
  let deflated: Uint8Array;
  let shards: Map<string, Uint8Array>;

  beforeAll(async () => {
    plain = await sampleFile("none");
    deflated = await sampleFile("deflate");
    shards = await sampleShards();
  });

  it.each([
    ["plain", 1, 20_000],
    ["deflated", 2, 20_000],
  ] as const)("%s: an error that says where, or the same content", { timeout: 240_000 }, async (kind, seed, count) => {
    const file = kind === "plain" ? plain : deflated;
    const expected = await readAll(file);
    const random = makeRandom(seed);
    let refused = 0;
    const start = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < count; i++) {
      const result = await outcome(() => readAll(mutate(file, random)));
      if (typeof result === "string") expect(result, `mutation ${i}`).toBe(expected);
      else {
        expect(result.message, `mutation ${i}`).toMatch(/byte|bytes|checksum|digest|Received/);
        refused++;
      }
      if (i % 100 === 0) expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(limit);
    }
    expect(refused).toBeGreaterThan(count / 2);
  });

  it("of several files: an error that says where, or the same content", { timeout: 240_000 }, async () => {
    const expected = await readAll(shards.get("") as Uint8Array, shards);
    const random = makeRandom(3);
    const names = [...shards.keys()];
    for (let i = 0; i < 20_000; i++) {
      const changed = new Map(shards);
      const name = names[random(names.length)] as string;
      // Now and then a whole shard in the place of another.
      const other = names[random(names.length)] as string;
      changed.set(name, random(20) === 0 ? (shards.get(other) as Uint8Array) : mutate(shards.get(name) as Uint8Array, random));
      const result = await outcome(() => readAll(changed.get("") as Uint8Array, changed));
      if (typeof result === "string") expect(result, `mutation ${i}`).toBe(expected);
    }
  });

  it("with forged headers: read or refused, never more", { timeout: 240_000 }, async () => {
    const random = makeRandom(4);
    const start = process.memoryUsage().arrayBuffers;
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const file = i % 2 === 0 ? plain : deflated;
      const forged = forge(file, random);
      try {
        const opened = await openCheckpoint(forged);
        for (const { name } of opened.list()) await opened.readTensor(name);
        await opened.close();
      } catch (error) {
        expect(error, `forgery ${i}`).toBeInstanceOf(CheckpointFormatError);
        refused++;
      }
      if (i % 100 === 0) expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(limit);
    }
    expect(refused).toBeGreaterThan(8000);
  });
});
