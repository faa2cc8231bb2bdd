import { describe, expect, it } from "vitest";
import { philoxBlock } from "./philox.ts";

type Words2 = readonly [number, number];
type Words4 = readonly [number, number, number, number];

/** Known answers of Random123 (kat_vectors, "philox4x32 10"): counter, key, result. */
const knownAnswers: readonly { counter: Words4; key: Words2; result: Words4 }[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    result: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    result: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    result: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe("philoxBlock", () => {
  it.each(knownAnswers)("gives the published answer for counter $counter", ({ counter, key, result }) => {
    const out = new Uint32Array(6).fill(7);
    philoxBlock(out, 1, ...counter, ...key);
    expect([...out]).toEqual([7, ...result, 7]);
  });

  it("agrees with 64-bit arithmetic", () => {
    const bigBlock = (counter: readonly bigint[], key: readonly bigint[]): bigint[] => {
      const mask = 0xffffffffn;
      let [a, b, c, d] = counter as [bigint, bigint, bigint, bigint];
      let [k0, k1] = key as [bigint, bigint];
      for (let round = 0; round < 10; round++) {
        const left = 0xd2511f53n * a;
        const right = 0xcd9e8d57n * c;
        [a, b, c, d] = [(right >> 32n) ^ b ^ k0, right & mask, (left >> 32n) ^ d ^ k1, left & mask];
        k0 = (k0 + 0x9e3779b9n) & mask;
        k1 = (k1 + 0xbb67ae85n) & mask;
      }
      return [a, b, c, d];
    };
    const out = new Uint32Array(4);
    let words = [1, 2, 3, 4, 5, 6];
    for (let round = 0; round < 500; round++) {
      const [c0, c1, c2, c3, k0, k1] = words as [number, number, number, number, number, number];
      philoxBlock(out, 0, c0, c1, c2, c3, k0, k1);
      expect([...out]).toEqual(bigBlock([c0, c1, c2, c3].map(BigInt), [k0, k1].map(BigInt)).map(Number));
      words = [...out, words[0] as number, words[1] as number];
    }
  });
});
