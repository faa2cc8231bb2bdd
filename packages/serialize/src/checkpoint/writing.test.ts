import fs, { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { FileAccessError, NDArray } from "@rowan/api";
import { afterAll, describe, expect, it, vi } from "vitest";
import { checkpointBytes, loadCheckpoint, openCheckpoint, saveCheckpoint } from "../index.ts";
import { temporaryPath } from "../io/temporaries.ts";

const folder = mkdtempSync(join(tmpdir(), "rowan-writing-"));
const path = join(folder, "target.rowan");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const filled = (value: number, rows = 2000): { same: NDArray } => ({
  same: new NDArray(new Float32Array(rows * 100).fill(value), [rows, 100]),
});

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

const names = (): string[] => readdirSync(folder).sort();

describe("a save that fails", () => {
  const cases: [string, () => unknown][] = [
    [
      "when the disk is full",
      () => {
        const { write } = fs;
        let count = 0;
        const full = (...args: unknown[]): void => {
          if (++count > 1) (args.at(-1) as (error: Error) => void)(failure("ENOSPC"));
          else (write as (...rest: unknown[]) => void)(...args);
        };
        return vi.spyOn(fs, "write").mockImplementation(full);
      },
    ],
    [
      "when a flush fails",
      () => vi.spyOn(fs, "fsync").mockImplementation((_file: number, callback: (error: Error) => void) => callback(failure("EIO"))),
    ],
    [
      "when a rename fails",
      () =>
        vi
          .spyOn(fs, "rename")
          .mockImplementation(((_from: string, _to: string, callback: (error: Error) => void) => callback(failure("EACCES"))) as never),
    ],
  ];

  it.each(cases)("%s leaves the earlier checkpoint as it was, and no trace", async (_name, breakIt) => {
    await saveCheckpoint(filled(1), path);
    const before = readFileSync(path);
    breakIt();
    const saving = saveCheckpoint(filled(2, 30_000), path);
    await expect(saving).rejects.toThrow(FileAccessError);
    await expect(saving).rejects.toThrow("What was there before is unchanged");
    vi.restoreAllMocks();
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(names()).toEqual(["target.rowan"]);
    await loadCheckpoint(path);
  });

  it("leaves the shards of the earlier checkpoint, too", async () => {
    const sharded = join(folder, "sharded.rowan");
    await saveCheckpoint(filled(1, 6000), sharded, { shardBytes: 1_048_576 });
    const before = names();
    const { rename } = fs;
    let count = 0;
    vi.spyOn(fs, "rename").mockImplementation(((from: string, to: string, callback: (error: Error | null) => void) => {
      if (++count === 3) callback(failure("EIO"));
      else rename(from, to, callback);
    }) as never);
    await expect(saveCheckpoint(filled(2, 6000), sharded, { shardBytes: 1_048_576 })).rejects.toThrow(FileAccessError);
    vi.restoreAllMocks();
    expect(names()).toEqual(before);
    const file = await openCheckpoint(sharded);
    expect((await file.readRows("same", 0, 1)).data[0]).toBe(1);
    await file.verify();
    await file.close();
    for (const name of names()) if (name.startsWith("sharded")) rmSync(join(folder, name));
  });

  it("says where it cannot write", async () => {
    await expect(saveCheckpoint(filled(1), join(folder, "missing", "x.rowan"))).rejects.toThrow("ENOENT");
    await expect(saveCheckpoint(filled(1), new URL("https://example.org/x"))).rejects.toThrow("checkpointBytes");
  });
});

describe("temporary files", () => {
  it("of dead writers are swept, those of living ones are not", async () => {
    const living = temporaryPath(path);
    const dead = living.replace(`-${process.pid}-`, "-4194305-");
    const old = living.replace(/\.[0-9a-z]+-\d+-/, ".elsewhere1-77-");
    const recent = old.replace("-77-", "-78-");
    for (const file of [living, dead, old, recent]) writeFileSync(file, "half a checkpoint");
    utimesSync(old, 1, 1);
    await saveCheckpoint(filled(3), path);
    expect(names()).toEqual([living, recent, path].map((file) => file.slice(folder.length + 1)).sort());
    for (const file of [living, recent]) rmSync(file);
    expect(hostname()).not.toBe("");
  });
});

describe("shards that no index speaks of", () => {
  const sharded = (name: string): string => join(folder, name);
  const save = (value: number, name: string): Promise<void> =>
    saveCheckpoint(filled(value, 6000), sharded(name), { shardBytes: 1_048_576 });
  const of = (stem: string): string[] => names().filter((name) => name.startsWith(`${stem}-`));

  it("are swept by the next save, those of a living writer and of other indices are not", async () => {
    await save(1, "left.rowan");
    const own = of("left");
    const living = temporaryPath(sharded("left.rowan"));
    const mark = (/-([0-9a-f]+)\.rowan-tmp$/.exec(living)?.[1] as string).slice(0, 8);
    const kept = [`left-${mark}-00001-of-00002.rowan`, "left-00001-of-00002.rowan", "left-other-0badcafe-00001-of-00001.rowan"];
    const lost = ["left-0badcafe-00001-of-00002.rowan", "left-0badcafe-00002-of-00002.rowan"];
    const dead = temporaryPath(sharded(lost[0] as string)).replace(`-${process.pid}-`, "-4194305-");
    const deadOfOldName = temporaryPath(sharded("left-00001-of-00002.rowan")).replace(`-${process.pid}-`, "-4194305-");
    for (const file of [living, dead, deadOfOldName, ...[...kept, ...lost].map(sharded)]) writeFileSync(file, "a shard");
    await save(2, "left.rowan");
    expect(own.some((name) => names().includes(name))).toBe(false);
    for (const name of lost) expect(names()).not.toContain(name);
    for (const file of [dead, deadOfOldName]) expect(names()).not.toContain(file.slice(folder.length + 1));
    for (const name of kept) expect(names()).toContain(name);
    rmSync(living);
    // A plain file in the place of the index needs no shards at all.
    await saveCheckpoint(filled(3), sharded("left.rowan"));
    expect(of("left")).toEqual(kept.slice(1).sort());
    for (const name of ["left.rowan", ...kept.slice(1)]) rmSync(sharded(name));
  });

  it("stay where a copy of the index speaks of them", async () => {
    await save(1, "copied.rowan");
    copyFileSync(sharded("copied.rowan"), sharded("best of all.rowan"));
    await save(2, "copied.rowan");
    for (const [name, value] of [
      ["copied.rowan", 2],
      ["best of all.rowan", 1],
    ] as const) {
      const file = await openCheckpoint(sharded(name));
      await file.verify();
      expect((await file.readRows("same", 0, 1)).data[0]).toBe(value);
      await file.close();
    }
    rmSync(sharded("best of all.rowan"));
    await save(3, "copied.rowan");
    expect(of("copied")).toHaveLength(3);
    for (const name of ["copied.rowan", ...of("copied")]) rmSync(sharded(name));
  });
});

describe("two writers", () => {
  it.each([undefined, 1_048_576])("of one target: one wins whole (shards of %s bytes)", async (shardBytes) => {
    const target = join(folder, "contested.rowan");
    const options = shardBytes === undefined ? {} : { shardBytes };
    for (let round = 0; round < 8; round++) {
      await Promise.all([1, 2].map((value) => saveCheckpoint(filled(value, 6000), target, options)));
      const file = await openCheckpoint(target);
      await file.verify();
      const { data } = await file.readTensor("same");
      expect([1, 2]).toContain(data[0]);
      expect(data.every((value) => value === data[0])).toBe(true);
      await file.close();
    }
    // And what lost is swept.
    expect(names().filter((name) => name.startsWith("contested"))).toHaveLength(shardBytes === undefined ? 1 : 4);
    expect(names().filter((name) => name.endsWith(".rowan-tmp"))).toEqual([]);
  });
});

describe("streams", () => {
  it("take the same bytes, and are aborted where something fails", async () => {
    const parts: Uint8Array[] = [];
    await saveCheckpoint(filled(4, 20_000), new WritableStream({ write: (part: Uint8Array) => void parts.push(part) }));
    expect(Buffer.concat(parts).equals(await checkpointBytes(filled(4, 20_000)))).toBe(true);
    let reason: unknown;
    const broken = new WritableStream<Uint8Array>({
      write: () => Promise.reject(new Error("no room")),
      abort: (why) => {
        reason = why;
      },
    });
    await expect(saveCheckpoint(filled(4), broken)).rejects.toThrow("no room");
    expect(reason).toBeUndefined();
  });
});
