/**
 * Runs an example in Node: imports `examples/NAME/main.ts`, and calls its `main` where it has one. The packages that it imports are the bundles in `dist`,
 * as a user has them.
 *
 * usage: node tools/run-example.mjs NAME [ARG ...]
 */
import { existsSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const [name = "", ...args] = process.argv.slice(2);
const file = join(root, "examples", name, "main.ts");
if (name === "" || !existsSync(file)) {
  console.error(`An example must have a file examples/NAME/main.ts. Received: name=${name}.`);
  process.exitCode = 2;
} else {
  process.setSourceMapsEnabled(true);
  register("./ts-hooks.mjs", import.meta.url);
  const program = /** @type {{ main?: (args: readonly string[]) => Promise<unknown> }} */ (await import(pathToFileURL(file).href));
  await program.main?.(args);
}
