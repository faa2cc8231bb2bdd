import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../run.mjs";

/** Runs the suite with both kinds of kernels, and prints the reports, or posts them where there is a page. */
const program = `
import goldenFiles from "golden-checkpoints";
import { rewriteGolden } from "./packages/serialize/src/testing/rewrite-golden.ts";
import { createCpuBackend } from "@rowan/backend-cpu";
import { formatChecks } from "./tools/runtimes/format-checks.mjs";
import * as random from "./packages/api/src/random/index.ts";
import { runSmoke } from "./packages/conformance/src/smoke/run-smoke.ts";

const isPage = typeof document !== "undefined";

/** Every golden checkpoint is read, and what it holds is written with the same bytes. */
const more = Object.entries(goldenFiles).map(([path, text]) => [
  "golden checkpoint " + path,
  async () => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const written = await rewriteGolden(path.replace(/^.*\\//, ""), bytes);
    const differs = written.findIndex((byte, at) => byte !== bytes[at]);
    if (written.length !== bytes.length || differs >= 0) throw new Error("it is written otherwise from byte " + differs + " on");
    return { same: written.length + " bytes" };
  },
]);

async function main() {
  const reports = {};
  for (const kernels of ["wasm", "plain"]) {
    const createBackend = () => createCpuBackend({ kernels });
    const report = await runSmoke({ createBackend, random, more });
    reports[kernels] = { ...report, checks: [...report.checks, ...(await formatChecks(createBackend))] };
  }
  return JSON.stringify({ isolated: globalThis.crossOriginIsolated, reports });
}
const text = await main().catch((error) => JSON.stringify({ error: String(error?.stack ?? error) }));
if (isPage) await fetch("/done", { method: "POST", body: text });
else console.log(text);
`;

/**
 * The golden checkpoints of all versions as a module.
 * @returns {string} their bytes as base64, by version and name
 */
function goldenCheckpoints() {
  const folder = join(root, "packages/serialize/fixtures/checkpoints");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rowan"));
  const entries = files.map((file) => [
    file.replace(/\.rowan$/, "").replaceAll("\\", "/"),
    readFileSync(join(folder, file)).toString("base64"),
  ]);
  return `export default ${JSON.stringify(Object.fromEntries(entries))};`;
}

/**
 * Bundles the suite into one file that any runtime of JavaScript runs.
 * @param {string} folder where to write `smoke.js`
 * @returns {Promise<string>} the file
 */
export async function bundleSmoke(folder) {
  const id = join(root, "smoke-program.js");
  const golden = "golden-checkpoints";
  const bundle = await rolldown({
    cwd: root,
    input: id,
    platform: "neutral",
    resolve: { conditionNames: ["@rowan/source", "import", "default"], mainFields: ["module", "main"] },
    plugins: [
      {
        name: "smoke-program",
        resolveId: (name) => (name === id || name === golden ? name : null),
        load: (name) => (name === id ? program : name === golden ? goldenCheckpoints() : null),
      },
    ],
  });
  const file = join(folder, "smoke.js");
  await bundle.write({ file, format: "es", codeSplitting: false });
  await bundle.close();
  return file;
}
