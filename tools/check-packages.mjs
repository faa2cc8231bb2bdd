/**
 * Looks at every package as it would be published: publint for its manifest and files, attw for its types.
 * The latter is of engines/package-checks.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./pack.mjs";
import { root, runNode } from "./run.mjs";

const publint = join(root, "node_modules/publint/src/cli.js");
const attw = join(root, "engines/package-checks/node_modules/@arethetypeswrong/cli/dist/index.js");

const folder = mkdtempSync(join(tmpdir(), "rowan-packages-"));
try {
  for (const { name, file, dir } of packAll(folder)) {
    console.log(name);
    const status = [
      runNode([publint, "run", "--strict", file], { cwd: dir }),
      runNode([attw, file, "--profile", "esm-only", "--format", "ascii", "--no-summary"]),
    ];
    if (status.some((code) => code !== 0)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
