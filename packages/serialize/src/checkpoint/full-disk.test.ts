import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const program = fileURLToPath(new URL("../../../../tools/save-on-full-disk.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rowan-full-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A shell that sees a file system of its own, of one MiB, at the folder: as root, or as a user where the system lets users do so. */
const spaces = [["--mount"], ["--user", "--map-root-user", "--mount"]] as const;
const inSmallSpace = (space: readonly string[], command: string): readonly [string, readonly string[]] => [
  "unshare",
  [...space, "sh", "-c", `mount -t tmpfs -o size=1m none "$0" && exec ${command}`, folder],
];
const space = spaces.find((one) => spawnSync(...inSmallSpace(one, "true")).status === 0);

it.runIf(space !== undefined)("a disk that is really full leaves what was there as it was, and no trace", { timeout: 60_000 }, () => {
  const [command, args] = inSmallSpace(space as readonly string[], `"$1" --conditions=@rowan/source "$2" "$0"`);
  const printed = execFileSync(command, [...args, process.execPath, program], { encoding: "utf8" });
  const { results, loads } = JSON.parse(printed) as {
    results: Record<string, { name: string; message: string; intact: boolean }>;
    loads: boolean;
  };
  expect(Object.keys(results)).toEqual(["whole", "shards", "table", "exported", "array"]);
  for (const [attempt, { name, message, intact }] of Object.entries(results)) {
    expect(name, attempt).toBe("FileAccessError");
    expect(message, attempt).toMatch(/no space left|ENOSPC/i);
    expect(intact, attempt).toBe(true);
  }
  expect(loads).toBe(true);
});
