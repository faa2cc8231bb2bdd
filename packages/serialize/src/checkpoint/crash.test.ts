import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NDArray } from "@rowan/api";
import { afterAll, expect, it } from "vitest";
import { openCheckpoint, saveCheckpoint } from "../index.ts";

const program = fileURLToPath(new URL("../../../../tools/save-forever.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rowan-crash-"));
const kills = 100;
const lanes = 4;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Starts a program that saves for ever, and kills it after a while. */
async function saveAndKill(path: string, first: number, delay: number, shards: boolean): Promise<void> {
  const args = ["--conditions=@rowan/source", program, path, String(first), ...(shards ? ["1048576"] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill("SIGKILL");
  const [, signal] = (await ended) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
}

/** The one number that a checkpoint holds everywhere. */
async function numberIn(path: string): Promise<number> {
  const file = await openCheckpoint(path);
  await file.verify();
  const { data } = await file.readTensor("same");
  await file.close();
  const [value = NaN] = data;
  expect(data.every((other) => other === value)).toBe(true);
  return value;
}

it(`survives ${kills} kills at any moment: the checkpoint is one of those that were saved, whole`, { timeout: 400_000 }, async () => {
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const shards = lane % 2 === 1;
      const path = join(folder, `lane-${lane}.rowan`);
      await saveCheckpoint({ same: new NDArray(new Float32Array(100).fill(-1), [1, 100]) }, path);
      let before = -1;
      for (let kill = 0; kill < kills / lanes; kill++) {
        // A save takes some milliseconds: this spreads over all of its parts, and over several saves.
        const delay = (kill * 7.3 + lane * 2.1) % 60;
        await saveAndKill(path, (kill + 1) * 1000, delay, shards);
        const value = await numberIn(path);
        expect(value === before || value >= (kill + 1) * 1000).toBe(true);
        before = value;
      }
      await saveCheckpoint({ same: new NDArray(new Float32Array(100), [1, 100]) }, path);
      expect(readdirSync(folder).filter((name) => name.startsWith(`lane-${lane}.rowan`) && name.endsWith(".rowan-tmp"))).toEqual([]);
    }),
  );
});
