import { expect, test } from "vitest";
import { NDArray } from "../../tensor/ndarray.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Backend, Handle, TensorRef } from "../backend.ts";
import { concat } from "./concat.ts";
import { fill } from "./fill.ts";
import { slice } from "./slice.ts";
import { upload, withTemporaries } from "./upload.ts";

/** Counts live handles; every operation but the named one works, on nothing. */
function createCounter(broken: keyof Backend): { backend: Backend; live: Set<Handle>; writes: number[] } {
  const live = new Set<Handle>();
  const writes: number[] = [];
  const make = (): Handle => {
    const handle = {};
    live.add(handle);
    return handle;
  };
  const fail = (): never => {
    throw new Error("out of memory");
  };
  const members: Partial<Backend> = {
    allocate: make,
    permute: make,
    copy: () => undefined,
    write: (_target, data) => void writes.push(data.length),
    free: (handle) => void live.delete(handle),
    [broken]: fail,
  };
  return { backend: members as Backend, live, writes };
}

const x: TensorRef = { handle: {}, shape: [2, 3], dtype: "float32" };

test("temporaries are freed when the work is done", () => {
  const { backend, live } = createCounter("matmul");
  const result = withTemporaries(backend, (keep) => keep({ ...x, handle: backend.allocate("float32", 6) }).shape);
  expect(result).toEqual([2, 3]);
  expect(live.size).toBe(0);
});

test("temporaries are freed when the work fails", () => {
  const { backend, live } = createCounter("allocate");
  expect(() => concat(backend, [x, x], 1)).toThrow("out of memory");
  expect(live.size).toBe(0);
});

test("a large tensor is filled in pieces", () => {
  const { backend, writes } = createCounter("matmul");
  fill(backend, { handle: {}, shape: [150_000], dtype: "float32" }, 1);
  expect(writes).toEqual([65_536, 65_536, 18_928]);
});

test.each([
  ["host values", "write", (backend: Backend) => Tensor.fromHost(new NDArray(Float32Array.of(1, 2), [2]), backend)],
  ["an upload", "write", (backend: Backend) => upload(backend, Float32Array.of(1, 2), [2])],
  ["a joined tensor", "copy", (backend: Backend) => concat(backend, [x, x], 0)],
  ["a cut-out run", "copy", (backend: Backend) => slice(backend, x, [1, 0], [1, 3])],
] as const)("the memory of %s is given back where it cannot be filled", (_what, broken, make) => {
  const { backend, live } = createCounter(broken);
  expect(() => make(backend)).toThrow("out of memory");
  expect(live.size).toBe(0);
});
