import fixture from "../../fixtures/random.json" with { type: "json" };
import { hashBits } from "./smoke-report.ts";
import type { NamedCheck } from "./named-check.ts";

interface Stream {
  readonly seed: number;
  readonly purpose: "seed" | "initializer" | "shuffle" | "dropout" | "sample";
  readonly variable?: number;
  readonly step?: number;
}

/** The generator, as `packages/api/src/random` has it. */
export interface RandomFunctions {
  fillWords(out: Uint32Array, offset: number, stream: Stream): void;
  fillUniform(out: Float32Array, offset: number, stream: Stream, low: number, high: number): void;
  fillNormal(out: Float32Array, offset: number, stream: Stream, mean: number, deviation: number): void;
  fillTruncatedNormal(out: Float32Array, offset: number, stream: Stream, mean: number, deviation: number): void;
  fillDropoutMask(out: Uint8Array, offset: number, stream: Stream, rate: number): void;
  permutation(length: number, stream: Stream): Int32Array;
}

interface Case {
  readonly kind: "words" | "uniform" | "normal" | "truncatedNormal" | "permutation" | "dropoutMask";
  readonly stream: Stream;
  readonly offset: number;
  readonly length: number;
  readonly arguments: readonly number[];
  readonly values: readonly (string | number)[];
}

function valuesOf(random: RandomFunctions, { kind, stream, offset, length, arguments: [a = 0, b = 0] }: Case): (string | number)[] {
  const words = new Uint32Array(length);
  const floats = new Float32Array(words.buffer);
  if (kind === "permutation") return [...random.permutation(length, stream)];
  if (kind === "dropoutMask") {
    const mask = new Uint8Array(length);
    random.fillDropoutMask(mask, offset, stream, a);
    return [...mask];
  }
  if (kind === "words") random.fillWords(words, offset, stream);
  if (kind === "uniform") random.fillUniform(floats, offset, stream, a, b);
  if (kind === "normal") random.fillNormal(floats, offset, stream, a, b);
  if (kind === "truncatedNormal") random.fillTruncatedNormal(floats, offset, stream, a, b);
  return Array.from(words, (word) => word.toString(16).padStart(8, "0"));
}

/**
 * The committed random numbers, and a million more.
 *
 * @param random - The generator's functions.
 * @returns The checks.
 */
export function randomChecks(random: RandomFunctions): NamedCheck[] {
  const { cases } = fixture as { readonly cases: readonly Case[] };
  const committed = cases.map((item, index): NamedCheck => [
    `random ${index}: ${item.kind} of seed ${item.stream.seed}`,
    async () => {
      const values = valuesOf(random, item).join(" ");
      const expected = item.values.join(" ");
      if (values !== expected) throw new Error(`The fixture has ${expected}. Received: ${values}.`);
      return { same: values };
    },
  ]);
  const many: NamedCheck = [
    "random: 200,000 normal numbers",
    async () => {
      const out = new Float32Array(200_000);
      random.fillNormal(out, 0, { seed: 1, purpose: "initializer" }, 0, 1);
      return { same: hashBits(out) };
    },
  ];
  return [...committed, many];
}
