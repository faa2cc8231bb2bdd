import { createRequire } from "node:module";
import { join } from "node:path";
import { findUp } from "./find-up.ts";

/** The parts of TensorFlow.js that a comparison needs. */
export const tfjsPackages = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-backend-cpu"] as const;

/** Where TensorFlow.js was looked for. */
export interface TfjsSearch {
  /** For each package that is there, its entry. */
  readonly found: Readonly<Record<string, string>>;
  /** The packages that are not there. */
  readonly missing: readonly string[];
  /** What adds them. */
  readonly remedy: string;
}

/**
 * Looks for TensorFlow.js in engines/tfjs of this repository, then where the program was started.
 *
 * @returns Each package's entry, what is missing, and what adds it.
 */
export function findTfjs(): TfjsSearch {
  const found: Record<string, string> = {};
  for (const name of tfjsPackages) {
    const entry = findPackage(name, "tfjs");
    if (entry !== undefined) found[name] = entry;
  }
  const missing = tfjsPackages.filter((name) => found[name] === undefined);
  return {
    found,
    missing,
    remedy: `In a clone of Rowan: npm run setup:engines -- tfjs. Elsewhere: npm install ${tfjsPackages.join(" ")}.`,
  };
}

/**
 * Looks for a package in an engine of this repository, then where the program was started.
 *
 * @param name - The package.
 * @param engine - The folder in engines/.
 * @returns Its entry.
 */
export function findPackage(name: string, engine: string): string | undefined {
  const manifest = findUp("engines", engine, "package.json");
  for (const place of [...(manifest === undefined ? [] : [manifest]), join(process.cwd(), "package.json")]) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // It is not there; the next place may have it.
    }
  }
  return undefined;
}
