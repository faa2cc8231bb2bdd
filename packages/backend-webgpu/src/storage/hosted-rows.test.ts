import { describe, expect, test } from "vitest";
import { HostedRows } from "./hosted-rows.ts";

const table = (rows: number, capacity: number): HostedRows => {
  const values = Float32Array.from({ length: rows * 2 }, (_, i) => i);
  return new HostedRows("float32", values, 2, capacity);
};
const ids = (...list: number[]): Int32Array => Int32Array.from(list);

describe("rows on the host and their cache", () => {
  test("a row is brought once, and found after that", () => {
    const rows = table(100, 4);
    const first = rows.place(ids(7, 9, 7));
    expect(Array.from(first?.missing.rows ?? [])).toEqual([7, 9]);
    expect(first?.slots[0]).toBe(first?.slots[2]);
    expect(Array.from(rows.collect(first?.missing.rows ?? ids()))).toEqual([14, 15, 18, 19]);
    const second = rows.place(ids(9, 7));
    expect(second?.missing.rows).toHaveLength(0);
    expect(Array.from(second?.slots ?? [])).toEqual([first?.slots[1], first?.slots[0]]);
    expect([rows.hits, rows.misses]).toEqual([3, 2]);
  });

  test("rows that are used again and again stay, others make room", () => {
    const rows = table(1000, 8);
    rows.place(ids(1, 2, 3));
    for (let id = 100; id < 400; id++) {
      const placed = rows.place(ids(1, 2, 3, id));
      expect(Array.from(placed?.missing.rows ?? [])).toEqual([id]);
    }
    expect(rows.misses).toBe(303);
  });

  test("a changed row keeps its slot until it was written back", () => {
    const rows = table(100, 2);
    const placed = rows.place(ids(0, 1));
    rows.change(placed?.slots ?? ids());
    expect(rows.place(ids(2))).toBeUndefined();
    const changed = rows.changedRows();
    expect(Array.from(changed.rows).toSorted()).toEqual([0, 1]);
    changed.accept(Float32Array.from([...changed.rows].flatMap((row) => [10 + row, 20 + row])));
    expect(Array.from(rows.values.subarray(0, 4))).toEqual([10, 20, 11, 21]);
    expect(rows.changedCount).toBe(0);
    expect(rows.place(ids(2))?.missing.rows).toHaveLength(1);
  });

  test("a write-back that is late does not undo what came in between", () => {
    const rows = table(100, 4);
    const slots = rows.place(ids(5))?.slots ?? ids();
    rows.change(slots);
    const late = rows.changedRows();
    rows.change(slots);
    late.accept(Float32Array.of(-1, -1));
    expect(Array.from(rows.values.subarray(10, 12))).toEqual([10, 11]);
    expect(rows.changedCount).toBe(1);
    const set = rows.changedRows();
    rows.values.set([3, 4], 10);
    rows.drop(5);
    set.accept(Float32Array.of(-1, -1));
    expect(Array.from(rows.values.subarray(10, 12))).toEqual([3, 4]);
    expect([rows.changedCount, rows.slotOf(5)]).toEqual([0, undefined]);
  });

  test("a cache that grows keeps what it has", () => {
    const rows = table(100, 2);
    const before = rows.place(ids(3, 4))?.slots ?? ids();
    rows.change(before);
    rows.grow(6);
    const after = rows.place(ids(3, 4, 5, 6));
    expect(Array.from(after?.slots.subarray(0, 2) ?? [])).toEqual(Array.from(before));
    expect(after?.missing.rows).toHaveLength(2);
  });

  test("only changed rows of a range are told", () => {
    const rows = table(100, 8);
    rows.change(rows.place(ids(10, 20, 30))?.slots ?? ids());
    expect(Array.from(rows.changedRows(15, 31).rows).toSorted()).toEqual([20, 30]);
    rows.dropAll();
    expect(rows.changedRows().rows).toHaveLength(0);
  });
});
