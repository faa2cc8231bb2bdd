/**
 * The one gate: everything that a change must pass, in the order in which it is quickest to fail.
 *
 * usage: npm run check [-- STEP ...]        only these steps
 *        npm run check -- --except STEP ... all but these
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { findChromium } from "./pack-test/chromium.mjs";
import { root, runNode } from "./run.mjs";

const bin = {
  eslint: "node_modules/eslint/bin/eslint.js",
  prettier: "node_modules/prettier/bin/prettier.cjs",
  tsc: "node_modules/typescript/bin/tsc",
  vitest: "node_modules/vitest/vitest.mjs",
};

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} title
 * @property {readonly string[]} program
 * @property {string} [engine] the folder of engines/ that it needs
 * @property {true} [browser] it needs a Chromium, and finds its path in the environment variable CHROMIUM
 */

/** @type {readonly Step[]} */
const steps = [
  { name: "format", title: "formatting", program: [bin.prettier, "--check", "--log-level=warn", "."] },
  { name: "bundle", title: "bundles, no circular imports", program: ["tools/bundle.mjs", "--strict"] },
  { name: "types", title: "types", program: [bin.tsc, "-b"] },
  { name: "lint", title: "lint, import arrows", program: [bin.eslint, "."] },
  { name: "wasm", title: "committed WASM is fresh", program: ["tools/build-wasm.mjs", "--check"], engine: "assemblyscript" },
  { name: "native", title: "committed native kernels are fresh", program: ["tools/build-native.mjs", "--check"], engine: "native" },
  { name: "proto", title: "generated protobuf code is fresh", program: ["tools/build-proto.mjs", "--check"], engine: "protobuf" },
  { name: "test", title: "unit and conformance tests, package invariants", program: [bin.vitest, "run", "--project=!@rowan/examples"] },
  { name: "examples", title: "examples", program: [bin.vitest, "run", "--project=@rowan/examples"] },
  { name: "packages", title: "packages as published (publint, attw)", program: ["tools/check-packages.mjs"], engine: "package-checks" },
  { name: "pack", title: "packages in a blank project", program: ["tools/pack-test.mjs"], engine: "package-checks" },
  { name: "runtimes", title: "one smoke suite in Node, Deno, Bun and Chromium", program: ["tools/runtimes.mjs"] },
  {
    name: "playground",
    title: "the playground's page in Chromium",
    program: [bin.vitest, "run", "--config", "apps/playground/vitest.browser.config.ts"],
    browser: true,
  },
  { name: "size", title: "bundle sizes", program: ["tools/bundle-size.mjs"] },
];

/**
 * Reads which steps are wanted.
 * @param {readonly string[]} args
 * @returns {readonly Step[]}
 */
function chooseSteps(args) {
  const except = args[0] === "--except";
  const named = except ? args.slice(1) : args;
  const unknown = named.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Error(`A step must be one of ${steps.map((step) => step.name).join(", ")}. Received: ${unknown.join(", ")}.`);
  }
  return steps.filter((step) => named.length === 0 || named.includes(step.name) !== except);
}

/**
 * Runs one step.
 * @param {Step} step
 * @returns {string} "ok", "FAILED", or "skipped" with what would change that
 */
function runStep(step) {
  if (step.engine !== undefined && !existsSync(join(root, "engines", step.engine, "node_modules"))) {
    const remedy = `npm run setup:engines -- ${step.engine}`;
    return process.env["CI"] === undefined ? `skipped; ${remedy} adds it` : `FAILED: CI skips nothing, and this needs ${remedy}`;
  }
  const chromium = step.browser ? findChromium() : undefined;
  if (step.browser && chromium === undefined) {
    const remedy = "apt-get install chromium, or set CHROMIUM to a browser's path";
    return process.env["CI"] === undefined ? `skipped; to add it: ${remedy}` : `FAILED: CI skips nothing; to add it: ${remedy}`;
  }
  console.log(`\n--- ${step.name}: ${step.title}`);
  const env = { ...process.env, ...(chromium !== undefined && { CHROMIUM: chromium }) };
  return runNode(step.program, { env }) === 0 ? "ok" : "FAILED";
}

const results = chooseSteps(process.argv.slice(2)).map((step) => {
  const start = performance.now();
  const result = runStep(step);
  return { step, result, seconds: (performance.now() - start) / 1000 };
});
console.log("");
for (const { step, result, seconds } of results) console.log(`${step.name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${result}`);
process.exitCode = results.some(({ result }) => result.startsWith("FAILED")) ? 1 : 0;
