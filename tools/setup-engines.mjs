/**
 * Installs the heavy parts that only some people want, each by its own lockfile.
 *
 * usage: npm run setup:engines [-- NAME ...]     all folders of engines/ where no name is given
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "./installed.mjs";
import { root, runNpm } from "./run.mjs";

/**
 * What an engine needs beside its packages.
 * @type {Record<string, (cwd: string) => boolean>}
 */
const further = { "tfjs-node": buildTfjsNode, native: installCompiler };

const engines = join(root, "engines");
const known = readdirSync(engines).filter((name) => existsSync(join(engines, name, "package-lock.json")));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`An engine must be one of ${known.join(", ")}. Received: ${unknown.join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const name of wanted) {
    const cwd = join(engines, name);
    const done = isInstalled(cwd) || runNpm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd }) === 0;
    const built = done && (further[name]?.(cwd) ?? true);
    console.log(`engines/${name}: ${built ? "installed" : "NOT installed"}`);
    if (!built) process.exitCode = 1;
  }
}

/**
 * Its own installer is not run (`.npmrc`): the native module is built by the command that users have.
 * @param {string} cwd
 */
function buildTfjsNode(cwd) {
  const command = join(root, "packages", "backend-tfjs", "bin", "rowan-tfjs-node.mjs");
  return spawnSync(process.execPath, [command], { cwd, stdio: "inherit" }).status === 0;
}

/**
 * The compiler comes by Python's package manager.
 * @param {string} cwd
 */
function installCompiler(cwd) {
  const python = join(cwd, ".venv/bin/python");
  const steps = /** @type {const} */ ([
    ["python3", "-m", "venv", ".venv"],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"],
  ]);
  return steps.every(([program, ...args]) => spawnSync(program, args, { cwd, stdio: "inherit" }).status === 0);
}
