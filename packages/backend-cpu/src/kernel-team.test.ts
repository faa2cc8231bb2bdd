import { NDArray, Tensor } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCpuBackend } from "./create-cpu-backend.ts";
import { mostParts, setKernelTeam, teamKernels } from "./kernel-team.ts";
import { randomFloats, randomIntegers } from "./testing/twins.ts";

let backend: Backend;

beforeAll(async () => {
  backend = await createCpuBackend({ maximumBytes: 2 ** 27 });
});
afterAll(() => backend.dispose());

const floats = (shape: readonly number[], seed: number): Tensor =>
  Tensor.fromHost(
    new NDArray(
      randomFloats(
        shape.reduce((size, extent) => size * extent, 1),
        seed,
      ),
      shape,
    ),
    backend,
  );
const integers = (values: Int32Array): Tensor => Tensor.fromHost(new NDArray(values, [values.length]), backend);

/** What `compute` gives alone, and with a team of three whose parts are done in an order of their own. */
function both(compute: () => Tensor): { alone: Int32Array; divided: Int32Array; parts: number[] } {
  const parts: number[] = [];
  const kernels = teamKernels(backend) as unknown as Readonly<Record<string, (...args: number[]) => void>>;
  const bits = (): Int32Array => new Int32Array((compute().readSync().data as Float32Array).buffer);
  const alone = bits();
  setKernelTeam(backend, {
    threads: 3,
    run(kernel, calls) {
      parts.push(calls.length);
      for (const args of [...calls].reverse()) kernels[kernel]?.(...args);
    },
  });
  const divided = bits();
  setKernelTeam(backend, undefined);
  return { alone, divided, parts };
}

function expectSame({ alone, divided, parts }: ReturnType<typeof both>): void {
  expect(Buffer.from(divided.buffer).equals(Buffer.from(alone.buffer))).toBe(true);
  expect(parts).toHaveLength(1);
  expect(parts[0]).toBeGreaterThan(1);
  expect(parts[0]).toBeLessThanOrEqual(mostParts);
}

describe("products in parts", () => {
  it.each([
    ["of a matrix and a column", [700, 900], [900, 1], false, false],
    ["whose inner axis is 1", [900, 1], [700, 1], false, true],
    ["of a turned matrix and a column", [900, 700], [900, 1], true, false],
    ["of two matrices", [301, 170], [170, 45], false, false],
    ["of a turned matrix and another", [170, 301], [170, 45], true, false],
    ["of a matrix and a turned one", [301, 170], [45, 170], false, true],
    ["of batches", [3, 131, 90], [3, 90, 33], false, false],
    ["of turned batches", [3, 90, 131], [3, 90, 33], true, false],
  ] as const)("%s have the same bits", (_, a, b, transposeA, transposeB) => {
    const [x, y] = [floats(a, 1), floats(b, 2)];
    const [m, n] = [transposeA ? a.at(-1) : a.at(-2), transposeB ? b.at(-2) : b.at(-1)] as [number, number];
    expectSame(both(() => Tensor.own(backend, backend.matmul(x, y, transposeA, transposeB), [...a.slice(0, -2), m, n], "float32")));
  });

  it("stay whole where they are small", () => {
    const [x, y] = [floats([64, 64], 1), floats([64, 8], 2)];
    expect(both(() => Tensor.own(backend, backend.matmul(x, y, false, false), [64, 8], "float32")).parts).toEqual([]);
  });
});

describe("rows in parts", () => {
  const [rows, dim] = [500, 48];
  const ids = randomIntegers(6000, 3, 0, rows);

  it("are gathered with the same bits", () => {
    const [source, at] = [floats([rows, dim], 1), integers(ids)];
    expectSame(both(() => Tensor.own(backend, backend.gather(source, at), [ids.length, dim], "float32")));
  });

  it("are summed with the same bits, also where one bag has most of the ids", () => {
    const [source, at] = [floats([rows, dim], 1), integers(ids)];
    const offsets = integers(Int32Array.from({ length: 1002 }, (_, bag) => (bag === 0 ? 0 : 5000 + bag - 1)));
    const handle = (): Tensor =>
      Tensor.own(backend, backend.gatherReduce({ source, ids: at, offsets, mode: "mean" }), [1001, dim], "float32");
    expectSame(both(handle));
  });
});
