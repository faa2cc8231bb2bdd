import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../run.mjs";

/** Runs the suite with both kinds of kernels, and prints the reports, or posts them where there is a page. */
const program = `
import { createCpuBackend } from "@rowan/backend-cpu";
import * as random from "./packages/api/src/random/index.ts";
import { runSmoke } from "./packages/conformance/src/smoke/run-smoke.ts";

const isPage = typeof document !== "undefined";
async function main() {
  const reports = {};
  for (const kernels of ["wasm", "plain"]) reports[kernels] = await runSmoke({ createBackend: () => createCpuBackend({ kernels }), random });
  return JSON.stringify({ isolated: globalThis.crossOriginIsolated, reports });
}
const text = await main().catch((error) => JSON.stringify({ error: String(error?.stack ?? error) }));
if (isPage) await fetch("/done", { method: "POST", body: text });
else console.log(text);
`;

/**
 * Bundles the suite into one file that any runtime of JavaScript runs.
 * @param {string} folder where to write `smoke.js`
 * @returns {Promise<string>} the file
 */
export async function bundleSmoke(folder) {
  const id = join(root, "smoke-program.js");
  const bundle = await rolldown({
    cwd: root,
    input: id,
    platform: "neutral",
    resolve: { conditionNames: ["@rowan/source", "import", "default"], mainFields: ["module", "main"] },
    plugins: [{ name: "smoke-program", resolveId: (name) => (name === id ? id : null), load: (name) => (name === id ? program : null) }],
  });
  const file = join(folder, "smoke.js");
  await bundle.write({ file, format: "es", codeSplitting: false });
  await bundle.close();
  return file;
}
