import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Removes a folder of temporary files. Never fails: what a program that was ended still holds or writes is tried again, and then left
 * with a word about it, since a step's result does not depend on it.
 * @param {string} folder
 * @param {{ tries?: number, pause?: number }} [options] `pause`: milliseconds between two tries
 * @returns {Promise<boolean>} whether it is gone
 */
export async function removeFolder(folder, { tries = 20, pause = 250 } = {}) {
  let reason = "";
  for (let i = 0; i < tries; i++) {
    if (i > 0) await wait(pause);
    try {
      await rm(folder, { recursive: true, force: true });
      return true;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  console.log(`left behind: ${folder} (${reason})`);
  return false;
}
