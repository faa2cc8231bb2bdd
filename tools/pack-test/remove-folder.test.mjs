import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { removeFolder } from "./remove-folder.mjs";

vi.mock("node:fs/promises", { spy: true });

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rowan-remove-"));
  mkdirSync(join(folder, "profile"));
  writeFileSync(join(folder, "profile", "cookies"), "");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const busy = new Error("ENOTEMPTY: directory not empty");

describe("removeFolder", () => {
  test("removes what is in it too", async () => {
    expect(await removeFolder(folder)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  test("takes a folder that is gone already", async () => {
    await removeFolder(folder);
    expect(await removeFolder(folder)).toBe(true);
  });

  test("tries again while a program still writes", async () => {
    vi.mocked(rm).mockRejectedValueOnce(busy).mockRejectedValueOnce(busy);
    expect(await removeFolder(folder, { pause: 1 })).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  test("says what it leaves, and does not throw", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    vi.mocked(rm).mockRejectedValueOnce(busy).mockRejectedValueOnce(busy);
    expect(await removeFolder(folder, { tries: 2, pause: 1 })).toBe(false);
    expect(log).toHaveBeenCalledWith(`left behind: ${folder} (${busy.message})`);
    await removeFolder(folder);
  });
});
