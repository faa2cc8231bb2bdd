/**
 * The committed first values of every kind of random numbers: the promise that a seed means the same in every release, on every
 * backend and in every runtime. To write the file anew, after adding a case (existing cases must not change):
 *
 *     ROWAN_WRITE_FIXTURES=1 npx vitest run packages/api/src/random/fixture.test.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fillDropoutMask } from "./dropout-mask.ts";
import { fillNormal, fillTruncatedNormal } from "./normal.ts";
import { permutation } from "./shuffle.ts";
import { fillWords, type RandomStream } from "./stream.ts";
import { fillUniform } from "./uniform.ts";

const file = new URL("../../../conformance/fixtures/random.json", import.meta.url);

/** Which numbers a case holds; `arguments` are those of the function of that name, after the stream. */
interface Request {
  readonly kind: "words" | "uniform" | "normal" | "truncatedNormal" | "permutation" | "dropoutMask";
  readonly stream: RandomStream;
  readonly offset: number;
  readonly length: number;
  readonly arguments: readonly number[];
}

/** The bits of each value, 8 hexadecimal digits for words and floats; plain numbers for the others. */
interface Case extends Request {
  readonly values: readonly (string | number)[];
}

const largestSeed = 2 ** 53 - 1;
const initializer: RandomStream = { seed: 42, purpose: "initializer", variable: 0, step: 0 };
const far: RandomStream = { seed: largestSeed, purpose: "initializer", variable: 4294967295, step: 4294967295 };
const farOffset = 2 ** 52 + 3;

const requests: readonly Request[] = [
  { kind: "words", stream: initializer, offset: 0, length: 8, arguments: [] },
  { kind: "words", stream: { seed: 42, purpose: "seed", variable: 0, step: 0 }, offset: 0, length: 8, arguments: [] },
  { kind: "words", stream: { seed: 42, purpose: "sample", variable: 0, step: 0 }, offset: 0, length: 8, arguments: [] },
  { kind: "words", stream: far, offset: farOffset, length: 8, arguments: [] },
  { kind: "uniform", stream: initializer, offset: 0, length: 32, arguments: [-0.05, 0.05] },
  { kind: "uniform", stream: initializer, offset: 1_000_001, length: 8, arguments: [0, 1] },
  { kind: "uniform", stream: far, offset: farOffset, length: 8, arguments: [-1, 3] },
  { kind: "normal", stream: initializer, offset: 0, length: 64, arguments: [0, 0.05] },
  { kind: "normal", stream: far, offset: farOffset, length: 8, arguments: [1, 2] },
  { kind: "truncatedNormal", stream: initializer, offset: 0, length: 64, arguments: [0, 0.05] },
  { kind: "truncatedNormal", stream: far, offset: farOffset, length: 8, arguments: [1, 2] },
  { kind: "permutation", stream: { seed: 42, purpose: "shuffle", variable: 0, step: 0 }, offset: 0, length: 50, arguments: [] },
  { kind: "permutation", stream: { seed: 42, purpose: "shuffle", variable: 0, step: 3 }, offset: 0, length: 50, arguments: [] },
  { kind: "dropoutMask", stream: { seed: 42, purpose: "dropout", variable: 2, step: 9 }, offset: 0, length: 64, arguments: [0.5] },
  { kind: "dropoutMask", stream: { seed: 42, purpose: "dropout", variable: 2, step: 10 }, offset: 5, length: 64, arguments: [0.1] },
];

function hex(words: Uint32Array): string[] {
  return [...words].map((word) => word.toString(16).padStart(8, "0"));
}

function valuesOf({ kind, stream, offset, length, arguments: [a = 0, b = 0] }: Request): (string | number)[] {
  const words = new Uint32Array(length);
  const floats = new Float32Array(words.buffer);
  if (kind === "permutation") return [...permutation(length, stream)];
  if (kind === "dropoutMask") {
    const mask = new Uint8Array(length);
    fillDropoutMask(mask, offset, stream, a);
    return [...mask];
  }
  if (kind === "words") fillWords(words, offset, stream);
  if (kind === "uniform") fillUniform(floats, offset, stream, a, b);
  if (kind === "normal") fillNormal(floats, offset, stream, a, b);
  if (kind === "truncatedNormal") fillTruncatedNormal(floats, offset, stream, a, b);
  return hex(words);
}

if (process.env["ROWAN_WRITE_FIXTURES"] === "1") {
  const cases = requests.map((request) => `    ${JSON.stringify({ ...request, values: valuesOf(request) })}`);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(
    file,
    `{\n  "about": "Random numbers, bit for bit: packages/api/src/random/fixture.test.ts",\n  "cases": [\n${cases.join(",\n")}\n  ]\n}\n`,
  );
}

const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

describe("the committed random numbers", () => {
  it("hold every case", () => {
    expect(cases.map(({ values: _, ...request }) => request)).toEqual(requests);
  });

  it.each(cases)("$kind $arguments of seed $stream.seed from $offset on", ({ values, ...request }) => {
    expect(valuesOf(request)).toEqual(values);
  });
});
