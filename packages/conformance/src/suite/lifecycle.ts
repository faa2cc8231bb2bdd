import { expect } from "vitest";
import { onBackend } from "./case.ts";
import type { Group } from "./case.ts";

/** What holds over many calls. */
export const lifecycle: Group = {
  name: "lifecycle",
  cases: () => [
    onBackend("a thousand results, freed one by one, leave memory where it was", async (session) => {
      const { backend } = session;
      const x = session.floats([33, 5]);
      const before = backend.memory();
      for (let i = 0; i < 1000; i++) {
        const sum = { handle: backend.binary("add", x, x, [33, 5]), shape: [33, 5], dtype: "float32" } as const;
        const product = backend.matmul(sum, x, false, true);
        backend.free(sum.handle);
        backend.free(product);
      }
      expect(backend.memory()).toEqual(before);
      expect((await session.read(x)).length).toBe(165);
    }),
    onBackend("every live handle has memory of its own", async (session) => {
      const tensors = Array.from({ length: 300 }, (_, i) => session.tensor(new Float32Array((i % 37) + 1).fill(i), [(i % 37) + 1]));
      for (const [i, tensor] of tensors.entries()) {
        expect(new Set(await session.read(tensor))).toEqual(new Set([i]));
      }
    }),
    onBackend("memory that was freed in between is used again without harm", async (session) => {
      const { backend } = session;
      const live: { readonly value: number; readonly length: number; readonly handle: object }[] = [];
      for (let i = 1; i <= 400; i++) {
        const length = session.random.int(500) + 1;
        const handle = backend.allocate("int32", length);
        backend.write({ handle, shape: [length], dtype: "int32" }, new Int32Array(length).fill(i), 0);
        live.push({ value: i, length, handle });
        if (i % 3 === 0) backend.free(live.splice(session.random.int(live.length), 1)[0]?.handle ?? handle);
      }
      for (const { value, length, handle } of live) {
        const values = await backend.read({ handle, shape: [length], dtype: "int32" }, 0, length);
        expect(new Set(values)).toEqual(new Set([value]));
        backend.free(handle);
      }
    }),
    onBackend("operations leave their operands as they were", async (session) => {
      const { backend } = session;
      const x = session.floats([6, 6]);
      const ids = session.ids([5, 0, 3]);
      const before = await Promise.all([session.read(x), session.read(ids)]);
      const results = [
        backend.unary("exp", x),
        backend.binary("mul", x, x, [6, 6]),
        backend.matmul(x, x, true, false),
        backend.reduce("sum", x, [0]),
        backend.permute(x, [1, 0]),
        backend.cast(x, "int32"),
        backend.gather(x, ids),
        backend.gatherReduce({ source: x, ids, offsets: session.ids([0, 3]), mode: "mean" }),
      ];
      expect(await Promise.all([session.read(x), session.read(ids)])).toEqual(before);
      for (const handle of results) backend.free(handle);
    }),
    onBackend("reads in flight see the moment of their call", async (session) => {
      const { backend } = session;
      const x = session.zeros([8]);
      const reads = Array.from({ length: 20 }, (_, i) => {
        backend.write(x, new Float32Array(8).fill(i), 0);
        const square = session.keep(backend.unary("square", x), [8]);
        return session.read(square);
      });
      const values = await Promise.all(reads);
      expect(values.map((value) => value[7])).toEqual(values.map((_, i) => i * i));
    }),
    onBackend("two backends do not meet, and one outlives the other", async (session, { factory }) => {
      const x = session.tensor([1, 2, 3], [3]);
      const before = session.backend.memory();
      const other = await factory();
      const y = { handle: other.allocate("float32", 3), shape: [3], dtype: "float32" } as const;
      other.write(y, Float32Array.of(7, 8, 9), 0);
      expect(session.backend.memory()).toEqual(before);
      expect(await other.read(y, 0, 3)).toEqual(Float32Array.of(7, 8, 9));
      other.dispose();
      expect(await session.read(x)).toEqual(Float32Array.of(1, 2, 3));
    }),
  ],
};
