import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { philoxBlock } from "./philox.ts";
import { fillWords, forEachChunk, type RandomStream } from "./stream.ts";

const stream: RandomStream = { seed: 42, purpose: "initializer" };

function words(length: number, offset: number, from: RandomStream = stream): number[] {
  const out = new Uint32Array(length);
  fillWords(out, offset, from);
  return [...out];
}

describe("fillWords", () => {
  it("puts seed, purpose, variable, step and block where the layout says", () => {
    const seed = 5 * 2 ** 32 + 77;
    const block = 9 * 2 ** 32 + 3;
    const expected = new Uint32Array(4);
    philoxBlock(expected, 0, 3, 9 | (3 << 24), 1234, 4_000_000_000, 77, 5);
    expect(words(4, 4 * block, { seed, purpose: "dropout", variable: 4_000_000_000, step: 1234 })).toEqual([...expected]);
  });

  it("gives the same word for an index wherever a chunk starts and ends", () => {
    const whole = words(64, 0);
    for (const [offset, length] of [
      [0, 3],
      [1, 2],
      [1, 9],
      [3, 1],
      [5, 8],
      [6, 17],
      [7, 57],
      [8, 8],
      [63, 1],
    ] as const) {
      expect(words(length, offset)).toEqual(whole.slice(offset, offset + length));
    }
  });

  it("does not repeat where the low word of the block counter overflows", () => {
    const edge = 4 * 2 ** 32;
    const across = words(8, edge - 4);
    expect(across.slice(4)).toEqual(words(4, edge));
    expect(across.slice(4)).not.toEqual(words(4, 0));
  });

  it("gives unrelated words when any part of the stream differs", () => {
    const max = 2 ** 53 - 1;
    const streams: RandomStream[] = [
      stream,
      { ...stream, seed: 43 },
      { ...stream, seed: 42 + 2 ** 32 },
      { ...stream, seed: max },
      { ...stream, purpose: "shuffle" },
      { ...stream, purpose: "dropout" },
      { ...stream, variable: 1 },
      { ...stream, step: 1 },
    ];
    const all = streams.flatMap((one) => words(100, 0, one));
    expect(new Set(all).size).toBe(all.length);
  });

  it("names an argument that is out of range", () => {
    expect(() => words(1, 0, { ...stream, seed: -1 })).toThrow(InvalidArgumentError);
    expect(() => words(1, 0, { ...stream, seed: 0.5 })).toThrow("Received: seed=0.5");
    expect(() => words(1, 0, { ...stream, step: 2 ** 32 })).toThrow("Received: step=4294967296");
    expect(() => words(1, 0, { ...stream, variable: -1 })).toThrow("Received: variable=-1");
    expect(() => words(1, -4)).toThrow("Received: offset=-4");
  });
});

describe("forEachChunk", () => {
  it("visits every word once, in order", () => {
    const length = 5000;
    const seen: number[] = [];
    forEachChunk(length, 3, stream, (chunk, start) => {
      expect(start).toBe(seen.length);
      seen.push(...chunk);
    });
    expect(seen).toEqual(words(length, 3));
  });

  it("visits nothing when there is nothing", () => {
    forEachChunk(0, 0, stream, () => expect.unreachable());
  });
});
