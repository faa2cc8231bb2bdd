import { gatherQuantized, gatherReduceQuantized } from "@rowan/api";
import type { BagMode, QuantizedRows, TensorRef } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Case, Group } from "./case.ts";
import { layouts, nameOf, quantizedRows } from "./quantized-source.ts";
import type { QuantizedLayout } from "./quantized-source.ts";
import type { Session } from "./session.ts";
import { rowLengths } from "./sizes.ts";
import { exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** An integer times the rounded reciprocal of its scale, in place of a quotient: two roundings of 6e-8, and one of the reference. */
const reciprocal: Tolerance = { relative: 2.4e-7, absolute: 1.18e-38 };

/** At most 30 values from -2 to 2, times at most 2 each, added in any order: roundings of partial sums below 128. */
const bagSums: Tolerance = { relative: 4e-6, absolute: 4e-5 };

const counts = [0, 1, 19];
const dims = [1, 4, 7, 8, 17, 32, 33, 130];
const bagLengths = [0, 1, 2, 3, 5, 0, 8, 30, 0];
const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];

function toleranceOf({ kind }: QuantizedLayout): Tolerance {
  return kind === "float16" || kind === "bfloat16" ? exact : reciprocal;
}

function gathered(session: Session, source: QuantizedRows, ids: TensorRef): TensorRef {
  return session.keep(gatherQuantized(session.backend, source, ids), [...ids.shape, source.dim]);
}

function bags(session: Session, rows: number): { ids: TensorRef; offsets: TensorRef } {
  const offsets = [0];
  for (const length of bagLengths) offsets.push((offsets.at(-1) ?? 0) + length);
  return { ids: session.ids(session.random.ids(offsets.at(-1) ?? 0, rows)), offsets: session.ids(offsets) };
}

function reduced(session: Session, source: QuantizedRows, mode: BagMode, weighted: boolean): TensorRef {
  const bag = bags(session, source.data.shape[0] as number);
  const weights = session.tensor(session.random.floats(bag.ids.shape[0] as number, 0.25, 2), bag.ids.shape);
  const handle = gatherReduceQuantized(session.backend, { source, ...bag, mode, ...(weighted && { weights }) });
  return session.keep(handle, [bagLengths.length, source.dim]);
}

function casesOf(layout: QuantizedLayout): Case[] {
  const name = nameOf(layout);
  return [
    ...rowLengths.map((dim) =>
      sameAsNaive(`rows of ${dim}, ${name}`, toleranceOf(layout), (session) => {
        const source = quantizedRows(session, layout, 37, dim);
        return counts.map((count) => gathered(session, source, session.ids(session.random.ids(count, 37))));
      }),
    ),
    ...dims.map((dim) =>
      sameAsNaive(`bags of rows of ${dim}, ${name}`, bagSums, (session) => {
        const source = quantizedRows(session, layout, 29, dim);
        return [reduced(session, source, "sum", false), ...modes.map((mode) => reduced(session, source, mode, mode !== "max"))];
      }),
    ),
    sameAsNaive(`ids of several axes, and into memory that held something, ${name}`, toleranceOf(layout), (session) => {
      const source = quantizedRows(session, layout, 11, 13);
      const into = session.floats([6, 13]);
      gatherQuantized(session.backend, source, session.ids([10, 0, 3, 3, 9, 1], [2, 3]), into.handle);
      return [into, gathered(session, source, session.ids([4, 4, 5, 0], [2, 1, 2]))];
    }),
    sameAsNaive(`bags into memory that held something, also for empty bags, ${name}`, bagSums, (session) => {
      const source = quantizedRows(session, layout, 11, 13);
      return modes.map((mode) => {
        const into = session.floats([bagLengths.length, 13]);
        gatherReduceQuantized(session.backend, { source, ...bags(session, 11), mode, into: into.handle });
        return into;
      });
    }),
  ];
}

/** Every pattern of 16 bits, denormal numbers, infinities and NaN among them, as a table of 64 columns. */
function everyHalf(session: Session, kind: "float16" | "bfloat16"): QuantizedRows {
  const bytes = Uint8Array.from({ length: 131072 }, (_, i) => ((i >> 1) >> (8 * (i & 1))) & 255);
  return { kind, dim: 64, block: 64, data: session.tensor(bytes, [1024, 128], "uint8") };
}

/** Scales as rows of zeros, of huge and tiny values, of infinities and NaN get them. */
const scales = [1.27e9, 3.7e-37, 0, Number.NaN, Infinity, 1.2e-38, 1e38, 0];

/** Rows in fewer bytes: every layout, each byte, and what becomes of rows that had no finite scale. */
export const quantized: Group = {
  name: "quantized rows",
  cases: ({ dtypes }) =>
    dtypes.includes("int8") && dtypes.includes("uint8")
      ? [
          ...layouts.flatMap(casesOf),
          ...(["float16", "bfloat16"] as const).map((kind) =>
            sameAsNaive(`every value of ${kind}`, denormals, (session) => [
              gathered(session, everyHalf(session, kind), session.ids(Int32Array.from({ length: 1024 }, (_, row) => row))),
            ]),
          ),
          ...(["int8", "int4"] as const).map((kind) =>
            sameAsNaive(`every byte of ${kind}`, reciprocal, (session) => {
              const bytes = Int8Array.from({ length: 256 }, (_, i) => i - 128);
              const dim = kind === "int8" ? 256 : 511;
              const source = {
                kind,
                dim,
                block: dim,
                data: session.tensor(bytes, [1, 256], "int8"),
                scale: session.tensor([kind === "int8" ? 63.5 : 3], [1, 1]),
              };
              return [gathered(session, source, session.ids([0, 0]))];
            }),
          ),
          ...layouts
            .filter(({ kind }) => kind === "int8" || kind === "int4")
            .map((layout) =>
              sameAsNaive(`scales of 0, infinity, not-a-number, ${nameOf(layout)}`, reciprocal, (session) => {
                const source = quantizedRows(session, layout, 16, 35, (scale) => {
                  scales.forEach((value, i) => (scale[i] = value));
                });
                return [gathered(session, source, session.ids(Int32Array.from({ length: 16 }, (_, row) => row)))];
              }),
            ),
        ]
      : [],
};

/** Values are exact; hardware may flush denormal numbers to zero, such as the smallest of bfloat16. */
const denormals: Tolerance = { relative: 0, absolute: 1.18e-38 };
