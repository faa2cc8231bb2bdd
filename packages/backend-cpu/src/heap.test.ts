import { describe, expect, test } from "vitest";
import { Heap, alignment } from "./heap.ts";
import type { Chunk } from "./heap.ts";
import { randomNumbers } from "./testing/twins.ts";

const start = 64;

function fixedHeap(bytes: number): Heap {
  return new Heap(start, start + bytes, start + bytes, () => false);
}

function take(heap: Heap, bytes: number): Chunk {
  const chunk = heap.allocate(bytes);
  if (!chunk) throw new Error(`no room for ${bytes} bytes`);
  return chunk;
}

describe("Heap", () => {
  test.each([1, 2, 3, 4])("random allocations never overlap, and all memory comes back (seed %i)", (seed) => {
    const total = 1 << 20;
    const heap = fixedHeap(total);
    const next = randomNumbers(seed);
    const live: [chunk: Chunk, bytes: number][] = [];
    let refused = 0;
    for (let step = 0; step < 20_000; step++) {
      if (next() < 0.55 || live.length === 0) {
        const bytes = Math.floor(next() ** 6 * 100_000);
        const chunk = heap.allocate(bytes);
        if (chunk) live.push([chunk, bytes]);
        else refused++;
      } else {
        const [freed] = live.splice(Math.floor(next() * live.length), 1);
        if (freed) heap.free(freed[0]);
      }
      if (step % 200 === 0) expectApart(live, start + total);
    }
    expect(refused).toBeGreaterThan(0);
    for (const [chunk] of live) heap.free(chunk);
    expect(take(heap, total).start).toBe(start);
  });

  test("chunks are whole cache lines, and an empty one has a place of its own", () => {
    const heap = fixedHeap(4096);
    const chunks = [0, 1, 64, 65, 0].map((bytes) => take(heap, bytes));
    expect(chunks.map((chunk) => chunk.start)).toEqual([64, 128, 192, 256, 384]);
    expect(chunks.every((chunk) => chunk.start % alignment === 0)).toBe(true);
  });

  test("a step that repeats its sizes repeats its places, and grows nothing", () => {
    const ends: number[] = [];
    const heap = new Heap(start, 65_536, 2 ** 30, (end) => ends.push(end) > 0);
    const sizes = [100, 5_000, 4_096, 70_000, 64, 1_000_000, 5_000, 12];
    const permanent = take(heap, 12_345);
    const step = (): number[] => {
      const chunks = sizes.map((bytes) => take(heap, bytes));
      const places = chunks.map((chunk) => chunk.start);
      for (const chunk of [...chunks.filter((_, i) => i % 2), ...chunks.filter((_, i) => i % 2 === 0)]) heap.free(chunk);
      return places;
    };
    const first = step();
    const growths = ends.length;
    for (let i = 0; i < 50; i++) expect(step()).toEqual(first);
    expect(ends.length).toBe(growths);
    heap.free(permanent);
  });

  test("a hole of exactly the size is found again, though its class holds shorter ones", () => {
    const heap = fixedHeap(64 * 200);
    const hole = take(heap, 64 * 18);
    take(heap, 64);
    const shorter = take(heap, 64 * 16);
    take(heap, 64);
    while (heap.allocate(64 * 40));
    heap.free(hole);
    heap.free(shorter);
    expect(take(heap, 64 * 18).start).toBe(hole.start);
  });

  test.each([
    ["forwards", (chunks: Chunk[]): Chunk[] => chunks],
    ["backwards", (chunks: Chunk[]): Chunk[] => chunks.toReversed()],
    ["inwards", (chunks: Chunk[]): Chunk[] => chunks.map((chunk, i) => (i % 2 ? chunk : (chunks[chunks.length - 2 - i] as Chunk)))],
  ])("neighbours join, freed %s", (_name, order) => {
    const heap = fixedHeap(64 * 8);
    const chunks = Array.from({ length: 8 }, () => take(heap, 64));
    expect(heap.allocate(1)).toBeUndefined();
    for (const chunk of order(chunks)) heap.free(chunk);
    expect(take(heap, 64 * 8).start).toBe(start);
  });

  test("freeing twice is an internal error, also when the chunk has become part of another", () => {
    const heap = fixedHeap(4096);
    const [a, b] = [take(heap, 64), take(heap, 64)];
    heap.free(a);
    expect(() => heap.free(a)).toThrow("freed twice");
    heap.free(b);
    expect(() => heap.free(b)).toThrow("internal:");
  });

  test("memory grows as far as it may, and then by exactly what is needed", () => {
    const asked: number[] = [];
    const limit = 2 ** 20;
    const heap = new Heap(start, 65_536, limit, (end) => {
      asked.push(end);
      return end <= 900_000;
    });
    expect(take(heap, 800_000).start).toBe(start);
    expect(heap.allocate(500_000)).toBeUndefined();
    expect(take(heap, 64).start).toBe(start + 800_000);
    expect(asked.every((end) => end <= limit)).toBe(true);
  });

  test("addresses above 2 GiB are ordinary numbers", () => {
    const heap = new Heap(start, 65_536, 2 ** 32 - 64, () => true);
    const low = take(heap, 3 * 2 ** 30);
    const high = take(heap, 2 ** 29);
    expect(high.start).toBe(start + 3 * 2 ** 30);
    expect(heap.allocate(2 ** 30)).toBeUndefined();
    heap.free(low);
    heap.free(high);
    expect(take(heap, 2 ** 32 - 128).start).toBe(start);
  });
});

function expectApart(live: readonly [chunk: Chunk, bytes: number][], end: number): void {
  const sorted = live.toSorted(([a], [b]) => a.start - b.start);
  sorted.forEach(([chunk, bytes], i) => {
    const limit = sorted[i + 1]?.[0].start ?? end;
    expect(chunk.start + Math.max(bytes, 1)).toBeLessThanOrEqual(limit);
  });
}
