import { describe, expect, test } from "vitest";
import { farthest, onBoth, randomFloats, randomIntegers } from "../testing/twins.ts";

const dims = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 64, 71, 130];
const layouts: readonly (readonly [name: string, code: number, block: number])[] = [
  ["int8", 0, 1e9],
  ["int4", 1, 1e9],
  ...[1, 2, 5, 8, 12, 33, 64].map((block) => [`int4 in blocks of ${block}`, 2, block] as const),
  ["float16", 3, 1e9],
  ["bfloat16", 4, 1e9],
];
const lengths = [0, 1, 2, 5, 0, 17, 1, 40, 0];
const offsets = Int32Array.from([0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n))]);
const ids = randomIntegers(offsets.at(-1) as number, 1, 0, 11);

interface Table {
  readonly data: Uint8Array;
  readonly scale: Float32Array;
  readonly zeros: Int8Array;
  readonly block: number;
}

function tableOf(code: number, dim: number, wanted: number): Table {
  const block = Math.min(wanted, dim);
  const bytes = code === 0 ? dim : code < 3 ? Math.ceil(dim / 2) : 2 * dim;
  const groups = Math.ceil(dim / block);
  const data = Uint8Array.from(randomIntegers(11 * bytes, dim, 0, 256));
  // Bits of NaN and infinities come by chance; an infinity of each sign in one bag would hide all else.
  if (code === 3) for (let i = 1; i < data.length; i += 2) data[i] = (data[i] as number) & 0xbf;
  if (code === 4) for (let i = 1; i < data.length; i += 2) data[i] = ((data[i] as number) & 0x83) | 0x3c;
  return {
    data,
    scale: randomFloats(11 * groups, 5).map((x) => x + (x < 0 ? -0.1 : 0.1)),
    zeros: Int8Array.from(randomIntegers(11 * groups, 3, -8, 8)),
    block,
  };
}

describe.each(layouts)("%s", (_name, code, wanted) => {
  test.each(dims)("rows of %i: the same bits", async (dim) => {
    const { data, scale, zeros, block } = tableOf(code, dim, wanted);
    const { plain, wasm } = await onBoth("float32", ids.length * dim, ({ kernels, put, room }) => {
      const out = room(ids.length * dim * 4);
      kernels.gatherCoded(code, put(data).u8, put(scale).f32, put(zeros).u8, put(ids).i32, out.f32, ids.length, dim, block);
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    expect(plain.some((value) => value !== 0)).toBe(true);
  });

  test.each(dims)("bags of rows of %i in every mode, with and without weights: the same bits", async (dim) => {
    const { data, scale, zeros, block } = tableOf(code, dim, wanted);
    const weights = randomFloats(ids.length, 3);
    // Weights that add up to nothing: a divisor of 0 gives zeros.
    weights[1] = 1;
    weights[2] = -1;
    for (const mode of [0, 1, 2, 3]) {
      for (const weighted of [0, 1]) {
        const { plain, wasm } = await onBoth("float32", lengths.length * dim, ({ kernels, put, room }) => {
          const out = room(lengths.length * dim * 4);
          const [rows, factors, at, bounds] = [put(data).u8, put(weights).f32, put(ids).i32, put(offsets).i32];
          kernels.foldCoded(
            code,
            rows,
            put(scale).f32,
            put(zeros).u8,
            at,
            bounds,
            factors,
            weighted,
            out.f32,
            lengths.length,
            dim,
            block,
            mode,
          );
          return out;
        });
        expect(farthest(plain, wasm)).toBe(0);
        expect(plain.subarray(0, dim).every((x) => x === 0)).toBe(true);
        if (mode === 1 && weighted) expect(wasm.subarray(2 * dim, 3 * dim).every((x) => x === 0)).toBe(true);
      }
    }
  });
});

describe.each([
  ["float16", 3],
  ["bfloat16", 4],
])("%s", (_name, code) => {
  test("every value there is", async () => {
    const data = Uint8Array.from({ length: 131072 }, (_, i) => ((i >> 1) >> (8 * (i & 1))) & 255);
    const rows = Int32Array.from({ length: 1024 }, (_, row) => row);
    const { plain, wasm } = await onBoth("float32", 65536, ({ kernels, put, room }) => {
      const [source, out] = [put(data), room(65536 * 4)];
      kernels.gatherCoded(code, source.u8, source.f32, source.u8, put(rows).i32, out.f32, 1024, 64, 64);
      return out;
    });
    expect(farthest(plain, wasm)).toBe(0);
    expect([plain[0x8000], plain.filter((value) => Number.isNaN(value)).length]).toEqual([-0, code === 3 ? 2046 : 254]);
    expect(Array.from(wasm, (value) => Object.is(value, -0))).toEqual(Array.from(plain, (value) => Object.is(value, -0)));
  });
});
