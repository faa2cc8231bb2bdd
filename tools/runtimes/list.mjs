import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findChromium } from "../pack-test/chromium.mjs";
import { root } from "../run.mjs";

const installed = join(root, "engines", "runtimes", "node_modules");
const isWindows = process.platform === "win32";
const suffix = isWindows ? ".exe" : "";

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string | undefined} file the program; undefined where it is missing
 * @property {readonly string[]} args what stands before the bundle; a page has none
 * @property {Readonly<Record<string, string>>} [headers] what a page is served with; a runtime without a page has none
 * @property {boolean} [isolated] whether the page must be cross-origin isolated
 * @property {string} remedy what adds it
 */

const engine = "npm run setup:engines -- runtimes";
const orPath = `${engine}, or put it on the PATH`;

/**
 * Finds a program: first among the installed packages, then on the PATH.
 * @param {readonly string[]} candidates paths below `node_modules`
 * @param {string} [command] its name on the PATH
 * @returns {string | undefined}
 */
function find(candidates, command) {
  const onPath = command === undefined ? [] : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command + suffix));
  return [...candidates.map((path) => join(installed, path)), ...onPath].find((file) => existsSync(file));
}

/**
 * Lists the runtimes in which the suite must run. The packages' own launchers are not used: they fetch programs, or put a Node of
 * their own before this one.
 * @returns {Runtime[]}
 */
export function listRuntimes() {
  const { arch, platform, version } = process;
  const is20 = version.startsWith("v20.");
  const node = `node-${isWindows ? "win" : platform}-${arch}/bin/node${suffix}`;
  const chromium = findChromium();
  const browser = "apt-get install chromium, or set CHROMIUM to a browser's path";
  const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const bun = [`@oven/bun-${isWindows ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}/bin/bun${suffix}`];
  const deno = [`@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}/deno${suffix}`];
  return [
    { name: "Node 20", file: is20 ? process.execPath : undefined, args: [], remedy: "start this with Node 20" },
    { name: "Node 24", file: version.startsWith("v24.") ? process.execPath : find([node]), args: [], remedy: engine },
    { name: "Deno", file: find(deno, "deno"), args: ["run", "--no-config"], remedy: orPath },
    { name: "Bun", file: find(bun, "bun"), args: ["run"], remedy: orPath },
    { name: "Chromium", file: chromium, args: [], headers: {}, isolated: false, remedy: browser },
    { name: "Chromium, isolated", file: chromium, args: [], headers: isolation, isolated: true, remedy: browser },
  ];
}
