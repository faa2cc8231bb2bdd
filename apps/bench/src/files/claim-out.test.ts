import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../testing.ts";
import { claimOut } from "./claim-out.ts";

const newOut = (): string => join(makeFolder(), "r.npy");

/** The number of a process that has ended. */
const gone = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

test("of many that find the lock of a killed run at the same time, one takes it over", async () => {
  const out = newOut();
  for (const left of [`${gone()}`, `${process.pid} of an earlier container\n`, "", "\n\n"]) {
    writeFileSync(`${out}.lock`, left);
    const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimOut(out)));
    const taken = claims.filter((claim) => claim.status === "fulfilled");
    expect([left, taken.length]).toEqual([left, 1]);
    for (const claim of claims) {
      if (claim.status === "rejected")
        expect(String(claim.reason)).toContain(`Received: another one, process ${process.pid}. Wait for its end`);
    }
    await taken[0]?.value();
    expect(existsSync(`${out}.lock`)).toBe(false);
  }
});

test("many that take and give it back in turns are never two at a time", async () => {
  const out = newOut();
  let [holders, turns] = [0, 0];
  const takeTurns = async (): Promise<void> => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const giveBack = await claimOut(out).catch(() => undefined);
      if (!giveBack) continue;
      expect(++holders).toBe(1);
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
      holders--;
      await giveBack();
    }
  };
  await Promise.all(Array.from({ length: 8 }, takeTurns));
  expect(turns).toBeGreaterThan(1);
  expect(existsSync(`${out}.lock`)).toBe(false);
});

test("another process that runs has it, until it is gone", async () => {
  const out = newOut();
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  writeFileSync(`${out}.lock`, `${other.pid}\n`);
  await expect(claimOut(out)).rejects.toThrow(
    `${out} must be written by one run at a time. Received: another one, process ${other.pid}. Wait for its end; if there is none, remove ${out}.lock.`,
  );
  other.kill();
  await once(other, "exit");
  const giveBack = await claimOut(out);
  expect(readFileSync(`${out}.lock`, "utf8")).toContain(`${process.pid} `);
  await giveBack();
});
