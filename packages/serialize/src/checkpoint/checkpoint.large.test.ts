import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NDArray } from "@rowan/api";
import { afterAll, expect, it } from "vitest";
import { openCheckpoint, saveCheckpoint } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-large-"));
const dim = 1024;
/** A little more than 2^31 elements of one byte. */
const rows = 2 ** 21 + 1024;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it("goes beyond 2^31 elements of a tensor, and 4 GiB of a file", { timeout: 300_000 }, async () => {
  const bytes = new Uint8Array(rows * dim);
  for (const row of [0, 1, 2 ** 20, rows - 1]) bytes.fill(1 + (row % 250), row * dim, (row + 1) * dim);
  const large = new NDArray(bytes, [rows, dim]);
  const path = join(folder, "large.rowan");
  await saveCheckpoint({ first: large, second: large }, path);
  expect(statSync(path).size).toBeGreaterThan(2 ** 32);
  const file = await openCheckpoint(path);
  for (const row of [0, 1, 2, 2 ** 20, rows - 1]) {
    const { data } = await file.readRows("second", row, row + 1);
    expect(data).toEqual(bytes.subarray(row * dim, (row + 1) * dim));
  }
  expect((await file.readRowsById("second", [rows - 1, 0])).data[0]).toBe(1 + ((rows - 1) % 250));
  expect(await file.verify()).toEqual({ tensors: 2, bytes: 2 * rows * dim });
  const whole = await file.readTensor("second");
  expect(whole.size).toBe(rows * dim);
  expect(Buffer.compare(whole.data as Uint8Array, bytes)).toBe(0);
  await file.close();
});
