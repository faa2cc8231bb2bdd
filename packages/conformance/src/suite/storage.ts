import { OutOfMemoryError, allocateUnset, bytesPerElement, createTypedArray } from "@rowan/api";
import { expect } from "vitest";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Case, Group } from "./case.ts";
import { lengths, withSpecials } from "./sizes.ts";
import { exact } from "./tolerance.ts";

/** Memory: nothing is computed, so every value must come back as it was. */
export const storage: Group = {
  name: "storage",
  cases: ({ dtypes, maxTableBytes }) => [
    ...dtypes.map((dtype) =>
      sameAsNaive(`${dtype} values of every length come back`, exact, (session) =>
        lengths.map((length) => session.values([length], dtype)),
      ),
    ),
    ...dtypes.map((dtype) =>
      onBackend(`${dtype} memory is zeroed, also where other values were before`, async (session) => {
        const { backend } = session;
        const used = { handle: backend.allocate(dtype, 1031), shape: [1031], dtype };
        backend.write(used, createTypedArray(dtype, 1031).fill(1), 0);
        backend.free(used.handle);
        expect(await session.read(session.zeros([1031], dtype))).toEqual(createTypedArray(dtype, 1031));
      }),
    ),
    ...dtypes.map((dtype) =>
      onBackend(`${dtype} memory of any content has what is written, and no more`, async ({ backend }) => {
        const before = backend.memory();
        const unset = { handle: allocateUnset(backend, dtype, 1031), shape: [1031], dtype };
        expect(backend.memory().buffers).toBe(before.buffers + 1);
        backend.write(unset, createTypedArray(dtype, 1031).fill(1), 0);
        expect(await backend.read(unset, 0, 1031)).toEqual(createTypedArray(dtype, 1031).fill(1));
        backend.free(unset.handle);
        expect(backend.memory()).toEqual(before);
      }),
    ),
    ...dtypes.map((dtype) =>
      sameAsNaive(`parts of ${dtype} memory are written, read and copied`, exact, async (session) => {
        const { backend } = session;
        const [a, b] = [session.values([67], dtype), session.values([67], dtype)];
        backend.write(a, createTypedArray(dtype, 5).fill(1), 3);
        backend.write(a, createTypedArray(dtype, 0), 67);
        backend.copy(a, b, { sourceOffset: 1, targetOffset: 6, length: 13 });
        backend.copy(b, a, { sourceOffset: 66, targetOffset: 0, length: 1 });
        backend.copy(a, b, { sourceOffset: 0, targetOffset: 0, length: 0 });
        const part = await backend.read(b, 5, 17);
        return [a, b, session.tensor(part, [17], dtype), session.tensor(await backend.read(b, 67, 0), [0], dtype)];
      }),
    ),
    sameAsNaive("not-a-number and infinities come back", exact, (session) => [
      session.tensor(withSpecials(session.random.floats(200)), [200]),
    ]),
    onBackend("a write takes the values of that moment", async (session) => {
      const data = Float32Array.of(1, 2, 3);
      const x = session.zeros([3]);
      session.backend.write(x, data, 0);
      data.fill(9);
      expect(await session.read(x)).toEqual(Float32Array.of(1, 2, 3));
    }),
    onBackend("a read is a copy of that moment", async (session) => {
      const x = session.tensor([1, 2, 3], [3]);
      const before = session.read(x);
      session.backend.write(x, Float32Array.of(7, 8, 9), 0);
      const after = session.read(x);
      (await after).fill(0);
      expect(await before).toEqual(Float32Array.of(1, 2, 3));
      expect(await session.read(x)).toEqual(Float32Array.of(7, 8, 9));
    }),
    onBackend("a scalar has one element", async (session) => {
      expect(await session.read(session.tensor([42], []))).toEqual(Float32Array.of(42));
    }),
    onBackend("live buffers and bytes are counted", ({ backend }) => {
      const before = backend.memory();
      const handles = [0, 1, 1000].map((length) => backend.allocate("float32", length));
      expect(backend.memory().buffers).toBe(before.buffers + 3);
      expect(backend.memory().bytes).toBeGreaterThanOrEqual(before.bytes + 4004);
      for (const handle of handles) backend.free(handle);
      expect(backend.memory()).toEqual(before);
    }),
    ...(Number.isFinite(maxTableBytes) ? [tooLarge(maxTableBytes)] : []),
  ],
};

function tooLarge(limit: number): Case {
  return onBackend("an allocation above the limit is refused, with both sizes", ({ backend }) => {
    const before = backend.memory();
    const length = Math.floor(limit / bytesPerElement("float32")) + 1;
    expect(() => backend.allocate("float32", length)).toThrow(OutOfMemoryError);
    expect(() => allocateUnset(backend, "float32", length)).toThrow(OutOfMemoryError);
    expect(() => backend.allocate("float32", length)).toThrow(new RegExp(`(?=.*\\b${length * 4}\\b)(?=.*\\b${limit}\\b)`, "s"));
    expect(backend.memory()).toEqual(before);
  });
}
