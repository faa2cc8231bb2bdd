import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * @typedef {string | { readonly [condition: string]: string }} ExportTarget
 * @typedef {object} Manifest What this repository reads of a package.json.
 * @property {string} name
 * @property {string} version
 * @property {Record<string, string>} [scripts]
 * @property {boolean} [private]
 * @property {string} [type]
 * @property {string} [license]
 * @property {Record<string, string>} [engines]
 * @property {readonly string[]} [files]
 * @property {boolean | readonly string[]} [sideEffects]
 * @property {Record<string, ExportTarget>} [exports]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {{ tags?: readonly string[] }} [nx]
 * @property {{ workers?: readonly string[], apart?: readonly string[] }} [rowan] `workers`: further files of `dist` that are loaded by address, as worker threads are; `apart`: those that share no chunk with the others
 *
 * @typedef {object} Workspace
 * @property {string} dir the folder relative to the root, with forward slashes
 * @property {string} path the absolute folder
 * @property {Manifest} manifest
 */

/**
 * Reads a package.json.
 * @param {string} dir an absolute folder
 * @returns {Manifest}
 */
export function readManifest(dir) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(join(dir, "package.json"), "utf8")));
}

/**
 * Lists the workspaces: every folder of packages/ and apps/ that has a package.json, and examples.
 * @returns {Workspace[]} in alphabetical order
 */
export function listWorkspaces() {
  const inside = ["packages", "apps"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [],
  );
  return [...inside, "examples"]
    .filter((dir) => existsSync(join(root, dir, "package.json")))
    .sort()
    .map((dir) => ({ dir, path: join(root, dir), manifest: readManifest(join(root, dir)) }));
}

/**
 * Lists the packages that are published.
 * @returns {Workspace[]}
 */
export function listPublished() {
  return listWorkspaces().filter((workspace) => workspace.manifest.private !== true);
}

/**
 * Derives a workspace's bundles from its exports, its programs and its workers: `./dist/x.js` is made of `src/x.ts`.
 * @param {Workspace} workspace
 * @returns {Record<string, string>} for each name of a file in dist (without `.js`) its source, relative to the workspace
 */
export function listEntries({ manifest }) {
  const targets = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === "string" ? [] : [target["default"] ?? "", target["browser"] ?? ""],
  );
  const files = [...targets, ...Object.values(manifest.bin ?? {}), ...(manifest.rowan?.workers ?? [])];
  const names = files.flatMap((file) => /^(?:\.\/)?dist\/(.+)\.js$/.exec(file)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}
