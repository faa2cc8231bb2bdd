import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../testing.ts";
import { sampleChecksum } from "./sample-checksum.ts";

test("bytes that changed at the beginning, at the end or between are noticed, others behind the end are not", async () => {
  const path = join(makeFolder(), "r.part");
  const piece = 1 << 16;
  const bytes = 9 * piece + 5;
  const content = Uint8Array.from({ length: bytes }, (_, i) => i * 7);
  writeFileSync(path, content);
  const before = await sampleChecksum(path, bytes);
  appendFileSync(path, "more");
  expect(await sampleChecksum(path, bytes)).toBe(before);
  for (const place of [0, piece - 1, bytes - 1, bytes - piece, bytes - 2 * piece, bytes - 4 * piece, bytes - 8 * piece]) {
    const changed = content.slice();
    changed[place] = 1 ^ (changed[place] as number);
    writeFileSync(path, changed);
    expect([place, await sampleChecksum(path, bytes)]).not.toEqual([place, before]);
  }
  expect(await sampleChecksum(path, bytes - 1)).not.toBe(before);
  writeFileSync(path, "short");
  expect(await sampleChecksum(path, 5)).not.toBe(await sampleChecksum(path, 0));
});
