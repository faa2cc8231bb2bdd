/**
 * Bundles each workspace's entries into `dist/*.js`: one file loads in a fifth of the time of a hundred. What is imported by a bare
 * name stays an import. Declarations come from `tsc -b`, which also checks the types; this step alone takes a second.
 *
 * usage: node tools/bundle.mjs [--strict] [FOLDER ...]     all workspaces where no folder is given; --strict: a circular import is an error
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./run.mjs";
import { listEntries, listWorkspaces } from "./workspaces.mjs";

/** @typedef {import("./workspaces.mjs").Workspace} Workspace */

/**
 * Removes what earlier builds left in `dist` and the present sources do not account for.
 * @param {Workspace} workspace
 * @param {ReadonlySet<string>} written the files of this build
 */
function removeStale({ path }, written) {
  const dist = join(path, "dist");
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const declaration = /^(.+)\.d\.ts(\.map)?$/.exec(file);
    const stale =
      declaration === null ? /\.js(\.map)?$/.test(file) && !written.has(file) : !existsSync(join(path, "src", `${declaration[1]}.ts`));
    if (stale) rmSync(join(dist, file));
  }
}

/**
 * Bundles one workspace.
 * @param {Workspace} workspace
 * @param {{ strict: boolean }} options `strict`: a circular import is a fault
 * @returns {Promise<string[]>} the faults found, as text
 */
export async function bundle(workspace, { strict }) {
  const entries = listEntries(workspace);
  if (Object.keys(entries).length === 0) return [];
  const missing = Object.values(entries).filter((source) => !existsSync(join(workspace.path, source)));
  if (missing.length > 0) return missing.map((source) => `${workspace.dir}/package.json names dist for ${source}, which does not exist`);
  /** @type {string[]} */
  const faults = [];
  const build = await rolldown({
    cwd: workspace.path,
    input: entries,
    platform: "neutral",
    // A bare name; on Windows an absolute path begins with a letter too.
    external: /^(?!\w:)[^./\\\0]/,
    checks: { circularDependency: strict },
    onLog: (_level, log) => faults.push(`${workspace.dir}: ${log.message}`),
  });
  const output = {
    dir: "dist",
    format: /** @type {const} */ ("es"),
    entryFileNames: "[name].js",
    chunkFileNames: "chunk-[hash].js",
    sourcemap: true,
    // They are in the declarations, where editors look; here they would be read at each start.
    comments: false,
    // The sources are published too: the map names them and need not repeat them.
    sourcemapExcludeSources: true,
  };
  const result = await build.write(output);
  removeStale(workspace, new Set(result.output.map((file) => file.fileName)));
  await build.close();
  return faults;
}

if (process.argv[1] === import.meta.filename) {
  const strict = process.argv.includes("--strict");
  const wanted = process.argv.slice(2).flatMap((arg) => (arg.startsWith("--") ? [] : [resolve(root, arg)]));
  const chosen = listWorkspaces().filter((workspace) => wanted.length === 0 || wanted.includes(workspace.path));
  const faults = (await Promise.all(chosen.map((workspace) => bundle(workspace, { strict })))).flat();
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
