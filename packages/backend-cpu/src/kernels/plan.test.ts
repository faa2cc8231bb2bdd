import { planRows } from "@rowan/api";
import type { Backend, PlanArrays } from "@rowan/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCpuBackend } from "../create-cpu-backend.ts";
import { randomIntegers } from "../testing/twins.ts";

function expected(ids: Int32Array): { unique: number[]; offsets: number[]; positions: number[] } {
  const byId = new Map<number, number[]>();
  ids.forEach((id, position) => byId.set(id, [...(byId.get(id) ?? []), position]));
  const unique = [...byId.keys()].sort((a, b) => a - b);
  const offsets = [0];
  for (const id of unique) offsets.push((offsets.at(-1) as number) + (byId.get(id) as number[]).length);
  return { unique, offsets, positions: unique.flatMap((id) => byId.get(id) as number[]) };
}

describe.each(["wasm", "plain"] as const)("a plan by %s kernels", (kernels) => {
  let backend: Backend;
  const plan = (ids: Int32Array, rows: number): PlanArrays => planRows(backend, ids, rows);

  beforeAll(async () => {
    backend = await createCpuBackend({ kernels, maximumBytes: 2 ** 24 });
  });
  afterAll(() => backend.dispose());

  test.each([
    [0, 10],
    [1, 1],
    [7, 2],
    [1000, 1],
    [1000, 3],
    [997, 2048],
    [997, 2049],
    [1500, 5_000_000],
    [600, 2 ** 31 - 1],
  ])("%i ids of a table of %i rows: unique ascending, positions ascending in each", (count, rows) => {
    const ids = randomIntegers(count, count + rows, 0, rows);
    if (count > 2) ids[1] = ids[2] = rows - 1;
    const copy = ids.slice();
    const found = plan(ids, rows);
    expect({ unique: [...found.unique], offsets: [...found.offsets], positions: [...found.positions] }).toEqual(expected(copy));
    expect(ids).toEqual(copy);
  });

  test("a plan stays as it is when the next one is made", () => {
    const first = plan(Int32Array.of(3, 1, 3), 4000);
    plan(Int32Array.of(9, 9, 9, 9), 4000);
    expect(first).toEqual({ unique: Int32Array.of(1, 3), offsets: Int32Array.of(0, 1, 3), positions: Int32Array.of(1, 0, 2) });
  });

  test("leaves no memory behind", () => {
    const before = backend.memory();
    plan(Int32Array.of(5, 0, 5), 9);
    expect(backend.memory()).toEqual(before);
  });
});
