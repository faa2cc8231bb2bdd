/** The files of a blank TypeScript project, as a user would begin one. */

const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2023", "DOM"],
  types: [],
};

/**
 * Makes the project's settings: one for Node, one for bundlers. Both check our declarations too (`skipLibCheck` is off).
 * @type {Record<string, object>}
 */
export const settings = {
  "tsconfig.json": {
    compilerOptions: { ...strict, module: "nodenext", outDir: "out", rootDir: "." },
    include: ["main.ts", "pool.ts", "every.ts"],
  },
  "tsconfig.bundler.json": {
    compilerOptions: { ...strict, module: "esnext", moduleResolution: "bundler", noEmit: true },
    include: ["main.ts", "browser.ts", "every.ts"],
  },
};

/** A pool whose workers do the work, in Node. */
export const poolEntry = `import { EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { LookupPool } from "@rowan/runtime";

const backend = await createCpuBackend();
const table = EmbeddingTable.from([[1, 2], [3, 4]], { backend });
const pool = await LookupPool.create(table, { threads: 2, callerWorks: false, threshold: 0 });
const rows = await pool.lookup([1, 0]);
console.log(JSON.stringify(rows.toArray()), "by", pool.threads, "workers:", pool.stats().pooledBatches, "on", backend.device);
await pool.close();
`;

/** Runs the program in a page, and posts what it printed, or why it did not. */
export const browserEntry = `const lines: string[] = [];
console.log = (...values: unknown[]): void => {
  lines.push(values.map(String).join(" "));
};
const report = (text: string): void => void fetch("/done", { method: "POST", body: text });
import("./main.js").then(
  () => report(lines.join("\\n") + "\\n"),
  (error: unknown) => report("FAILED: " + (error instanceof Error ? (error.stack ?? error.message) : String(error))),
);
`;

/** The page for a bundle; nothing but the program. */
export const page = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Rowan</title></head>
  <body><script type="module" src="/browser.js"></script></body>
</html>
`;

/**
 * A module that takes every package's whole face, so that every declaration is checked.
 * @param {readonly string[]} names
 * @returns {string}
 */
export function everyEntry(names) {
  const imports = names.map((name, i) => `import * as package${i} from "${name}";`);
  return `${imports.join("\n")}\n\nexport const every: unknown[] = [${names.map((_, i) => `package${i}`).join(", ")}];\n`;
}
