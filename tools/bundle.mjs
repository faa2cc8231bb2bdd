/**
 * Bundles each workspace's entries into `dist/*.js`: one file loads in a fifth of the time of a hundred. What is imported by a bare
 * name stays an import. Declarations come from `tsc -b`, which also checks the types; this step alone takes a second.
 *
 * A program that starts reads all of its bundles, so they are made to be read fast: names inside of functions are short and nothing but
 * ASCII is left, which takes a tenth off a start. Lines stay lines and functions and classes keep their names, since an error shows both.
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

/** How bundles are written. */
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
  minify: { compress: false, mangle: { keepNames: true }, codegen: { removeWhitespace: false } },
};

/**
 * Writes other characters as escapes. One that is beyond Latin-1 doubles what a whole file takes in memory, and its time to be decoded.
 * @type {import("rolldown").Plugin}
 */
const asciiOnly = {
  name: "ascii-only",
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === "chunk")
        file.code = file.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    }
  },
};

/**
 * Divides entries into those that share their common parts, as chunks, and those that have a copy of them, since one more file to be
 * found and read would cost a start more. What is copied may keep no state. `rowan.apart` in a manifest names the latter.
 * @param {Workspace} workspace
 * @param {Record<string, string>} entries
 * @returns {Record<string, string>[]} without empty ones
 */
function divideEntries({ manifest }, entries) {
  const apart = new Set(manifest.rowan?.apart?.map((file) => file.replace(/^\.\/dist\/(.+)\.js$/, "$1")));
  const together = Object.entries(entries).filter(([name]) => !apart.has(name));
  const alone = Object.entries(entries).filter(([name]) => apart.has(name));
  return [together, ...alone.map((entry) => [entry])].filter((list) => list.length > 0).map((list) => Object.fromEntries(list));
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
  /** @type {Set<string>} */
  const written = new Set();
  for (const input of divideEntries(workspace, entries)) {
    const build = await rolldown({
      cwd: workspace.path,
      input,
      platform: "neutral",
      // A bare name; on Windows an absolute path begins with a letter too.
      external: /^(?!\w:)[^./\\\0]/,
      checks: { circularDependency: strict },
      onLog: (_level, log) => faults.push(`${workspace.dir}: ${log.message}`),
      plugins: [asciiOnly],
    });
    const result = await build.write(output);
    for (const { fileName } of result.output) written.add(fileName);
    await build.close();
  }
  removeStale(workspace, written);
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
