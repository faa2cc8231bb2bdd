import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
  const places = [...enginePlaces(), join(process.cwd(), "package.json")].map((file) => createRequire(file));
  const found: Record<string, string> = {};
  for (const name of tfjsPackages) {
    for (const place of places) {
      const entry = resolveIn(place, name);
      if (entry !== undefined) found[name] ??= entry;
    }
  }
  const missing = tfjsPackages.filter((name) => found[name] === undefined);
  return {
    found,
    missing,
    remedy: `In a clone of Rowan: npm run setup:engines -- tfjs. Elsewhere: npm install ${tfjsPackages.join(" ")}.`,
  };
}

function resolveIn(place: NodeJS.Require, name: string): string | undefined {
  try {
    return place.resolve(name);
  } catch {
    return undefined;
  }
}

function enginePlaces(): string[] {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, "engines", "tfjs", "package.json");
    if (existsSync(manifest)) return [manifest];
  }
  return [];
}
