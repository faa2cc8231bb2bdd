/**
 * Holds the Parquet and Arrow files of `rowan lookup` against PyArrow, both ways: ids that PyArrow wrote are looked up by the built
 * program, and the vectors that it writes are read by PyArrow.
 *
 * usage: node tools/check-columns.mjs     needs `npm run build`, and a Python with tools/python/requirements.txt: ROWAN_PYTHON, else
 *                                          tools/python/.venv
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "./find-python.mjs";
import { root } from "./run.mjs";

/** What is looked up: the ids, what the vectors must be, and further options. @type {readonly (readonly [string, string, ...string[]])[]} */
const lookups = [
  ["flat.parquet", "rows", "--column", "ids"],
  ["flat.parquet", "rows", "--column", "small"],
  ["flat.parquet", "rows", "--column", "words", "--words"],
  ["flat-v2.parquet", "rows", "--column", "ids"],
  ["flat-v2.parquet", "rows", "--column", "repeated", "--words"],
  ["flat-plain.parquet", "rows", "--column", "ids"],
  ["flat-delta.parquet", "rows", "--column", "ids"],
  ["flat.feather", "rows", "--column", "ids"],
  ["flat.feather", "rows", "--column", "repeated", "--words"],
  ["ragged.parquet", "means", "--column", "ids", "--mode", "mean"],
  ["ragged.parquet", "sums", "--column", "ids", "--mode", "sum", "--weights", "weights"],
  ["ragged.parquet", "means", "--column", "large", "--mode", "mean"],
  ["ragged.arrow", "sums", "--column", "ids", "--mode", "sum", "--weights", "weights"],
  ["ragged.arrow", "means", "--column", "large", "--mode", "mean"],
  ["fixed.arrow", "fives", "--mode", "mean"],
];
const endings = ["npy", "parquet", "arrow"];

const python = findPython();
const folder = mkdtempSync(join(tmpdir(), "rowan-columns-"));

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")} ended with status ${status}`);
}

try {
  const check = join(root, "tools/python/check_columns.py");
  run(python, [check, "write", folder]);
  /** @type {Record<string, string>} */
  const made = {};
  for (const [at, [ids, kind, ...more]] of lookups.entries()) {
    const out = `${at}-${ids.replace(".", "-")}.${endings[at % endings.length]}`;
    const table = more.includes("--words") ? "table.txt" : "table.npy";
    run(process.execPath, [
      join(root, "apps/bench/dist/rowan.js"),
      "lookup",
      "--table",
      table,
      "--ids",
      ids,
      "--out",
      out,
      "--quiet",
      ...more,
    ]);
    made[out] = kind;
  }
  writeFileSync(join(folder, "made.json"), JSON.stringify(made));
  run(python, [check, "read", folder]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
