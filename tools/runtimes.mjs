/**
 * Runs the smoke suite in every runtime, with WASM and with plain kernels, and compares all results with each other: bit for bit
 * where that is promised, within 1e-6 elsewhere. A runtime that is not there is skipped by name; with CI set that is a failure.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleSmoke } from "./runtimes/bundle.mjs";
import { compareReports } from "./runtimes/compare.mjs";
import { listRuntimes } from "./runtimes/list.mjs";
import { runPage } from "./pack-test/chromium.mjs";
import { removeFolder } from "./pack-test/remove-folder.mjs";

/** @typedef {import("./runtimes/compare.mjs").SmokeReport} SmokeReport */
/** @typedef {{ error?: string, isolated?: boolean, reports: Record<string, SmokeReport> }} Output */

const page =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rowan</title></head><body><script type="module" src="/smoke.js"></script></body></html>';

/**
 * Runs the suite in one runtime.
 * @param {import("./runtimes/list.mjs").Runtime} runtime whose `file` is there
 * @param {string} bundle
 * @param {string} work a folder
 * @returns {Promise<Output>}
 */
async function runIn(runtime, bundle, work) {
  const file = /** @type {string} */ (runtime.file);
  if (runtime.headers === undefined) {
    return /** @type {Output} */ (
      JSON.parse(execFileSync(file, [...runtime.args, bundle], { encoding: "utf8", maxBuffer: 2 ** 26, timeout: 120_000, cwd: work }))
    );
  }
  const folder = mkdtempSync(join(work, "page-"));
  cpSync(bundle, join(folder, "smoke.js"));
  writeFileSync(join(folder, "index.html"), page);
  const profile = join(folder, "profile");
  mkdirSync(profile);
  const output = /** @type {Output} */ (JSON.parse(await runPage(file, folder, profile, runtime.headers)));
  if (output.isolated !== runtime.isolated)
    throw new Error(`The page must ${runtime.isolated === true ? "" : "not "}be cross-origin isolated.`);
  return output;
}

/**
 * Says what to do about runtimes that are missing.
 * @param {string} name
 * @param {string} remedy
 * @returns {string}
 */
function missing(name, remedy) {
  return process.env["CI"] === undefined ? `skipped; to add ${name}: ${remedy}` : `FAILED: CI skips nothing; to add ${name}: ${remedy}`;
}

/**
 * @param {string} work a folder
 * @returns {Promise<string[][]>} rows of the table: runtime, device, result
 */
async function test(work) {
  const bundle = await bundleSmoke(work);
  /** @type {SmokeReport | undefined} */
  let reference;
  /** @type {string[][]} */
  const rows = [];
  for (const runtime of listRuntimes()) {
    const { name, file, remedy } = runtime;
    if (file === undefined) {
      rows.push([name, "", missing(name, remedy)]);
      continue;
    }
    try {
      const output = await runIn(runtime, bundle, work);
      if (output.error !== undefined) throw new Error(output.error);
      for (const report of Object.values(output.reports)) {
        reference ??= report;
        const faults = compareReports(reference, report);
        for (const fault of faults) console.error(`${name}, ${report.device}: ${fault}`);
        rows.push([name, report.device, faults.length === 0 ? `ok, ${report.checks.length} checks` : `FAILED: ${faults.length} checks`]);
      }
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      rows.push([name, "", "FAILED"]);
    }
  }
  return rows;
}

const work = mkdtempSync(join(tmpdir(), "rowan-runtimes-"));
try {
  const rows = await test(work);
  for (const [name = "", device = "", result = ""] of rows) console.log(`${name.padEnd(20)}${device.padEnd(30)}${result}`);
  process.exitCode = rows.some(([, , result = ""]) => result.startsWith("FAILED")) ? 1 : 0;
} finally {
  await removeFolder(work);
}
