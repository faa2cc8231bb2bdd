import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../testing.ts";
import { ClassifierState } from "./classifier-state.ts";

/** A folder with notes of one epoch. */
function noted(mark: string): string {
  const folder = join(makeFolder(), "state");
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.json"), JSON.stringify({ mark, history: { loss: [0.5] } }));
  return folder;
}

test("a training that was killed between its notes and its backup begins anew", async () => {
  const folder = noted("its own");
  const state = new ClassifierState(folder, "its own", "loss");
  expect([await state.open(true), state.done]).toEqual([false, 0]);
  expect(existsSync(join(folder, "notes.json"))).toBe(false);
});

test("with both it goes on behind its epochs", async () => {
  const folder = noted("its own");
  writeFileSync(join(folder, "backup.rowan"), "");
  const state = new ClassifierState(folder, "its own", "loss");
  expect([await state.open(true), state.done]).toEqual([true, 1]);
});

test("what another training left is refused and stays, with a backup or without", async () => {
  const folder = noted("another");
  await expect(new ClassifierState(folder, "its own", "loss").open(true)).rejects.toThrow("Leave --resume out to begin anew.");
  expect(existsSync(join(folder, "notes.json"))).toBe(true);
});
