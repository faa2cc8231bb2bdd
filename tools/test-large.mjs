/**
 * Tests with tables of several GiB, in one process, outside of the normal suite: every `*.large.test.ts`.
 *
 * usage: npm run test:large [-- PART_OF_A_PATH ...]
 */
import { totalmem } from "node:os";
import { runNode } from "./run.mjs";

/** A table of 6 GiB, what works on it, and what others need meanwhile. */
const neededGiB = 8;
const gib = 2 ** 30;

const total = Math.min(totalmem(), process.constrainedMemory() || Infinity);
const available = process.availableMemory();
if (available < neededGiB * gib) {
  console.error(
    `test:large needs ${neededGiB} GiB of free memory. Received: ${(available / gib).toFixed(1)} GiB free of ${(total / gib).toFixed(1)} GiB. Close other programs, or run it on a larger machine.`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = runNode(["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.large.config.ts", ...process.argv.slice(2)]);
}
