import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BenchCase, Score } from "../bench-case.ts";
import { findUp } from "../peers/find-up.ts";

/** What people install, by what for. */
const installs: Readonly<Record<string, readonly string[]>> = {
  "Rowan: layers on the CPU": ["@rowan/api", "@rowan/backend-cpu"],
  "Rowan: layers, pool and checkpoints": ["@rowan/api", "@rowan/backend-cpu", "@rowan/runtime", "@rowan/serialize"],
  "TensorFlow.js: core, layers and the WASM backend": ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "@tensorflow/tfjs-backend-wasm"],
};

/** What `npm install` puts on the disk: the packages as they are published, with all that they need. */
export function sizeCases(): BenchCase[] {
  return [
    {
      suite: "size",
      name: "npm install, bytes on disk",
      open: () => Promise.resolve([]),
      scores: () => Promise.resolve(Object.entries(installs).flatMap(([name, packages]) => measureInstall(name, packages))),
    },
  ];
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Nothing where a package is not there. */
function measureInstall(name: string, packages: readonly string[]): Score[] {
  const modules = findUp("node_modules");
  if (modules === undefined) return [];
  const seen = new Map<string, number>();
  try {
    for (const one of packages) addPackage(one, modules, seen);
  } catch {
    return [];
  }
  return [{ name, values: [[...seen.values()].reduce((sum, bytes) => sum + bytes, 0)], unit: "bytes" }];
}

function addPackage(name: string, from: string, seen: Map<string, number>): void {
  const folder = findPackage(name, from);
  if (seen.has(folder)) return;
  seen.set(folder, name.startsWith("@rowan/") ? packedBytes(folder) : bytesOf(folder));
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  for (const needed of Object.keys(dependencies)) addPackage(needed, join(folder, "node_modules"), seen);
}

/** As Node looks for it: in the nearest `node_modules`, then in those above. */
function findPackage(name: string, modules: string): string {
  for (let at = modules; ; at = join(dirname(dirname(at)), "node_modules")) {
    const folder = join(at, name);
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(dirname(at)) === dirname(at)) throw new Error(`${name} is not installed`);
  }
}

/** A package of ours lies here with its sources and tests: what would be published is what counts. */
function packedBytes(folder: string): number {
  const text = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });
  const [packed] = JSON.parse(text) as { unpackedSize: number }[];
  if (packed === undefined) throw new Error(`npm pack tells nothing of ${folder}`);
  return packed.unpackedSize;
}

/** Without what lies in its own `node_modules`, which is counted package by package. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + bytesOf(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
