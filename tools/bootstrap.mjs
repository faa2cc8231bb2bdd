/**
 * The way from a bare clone to a result: installs what the lockfile names where that is missing, then does the task.
 * Only Node's own modules are imported here, and by what this file imports.
 *
 * usage: node tools/bootstrap.mjs demo|test|check|bench|playground|build [ARG ...]
 */
import { isInstalled } from "./installed.mjs";
import { root, runNode, runNpm } from "./run.mjs";

const vitest = "node_modules/vitest/vitest.mjs";
const bundle = ["tools/bundle.mjs"];

/** @type {Record<string, (args: readonly string[]) => (readonly string[])[]>} For each task, the Node programs to run in turn. */
const tasks = {
  demo: (args) => [bundle, ["tools/run-example.mjs", "demo", ...args]],
  test: (args) => [bundle, [vitest, "run", ...args]],
  check: (args) => [["tools/check.mjs", ...args]],
  bench: (args) => [bundle, ["apps/bench/dist/rowan.js", "bench", ...args]],
  playground: (args) => [["node_modules/vite/bin/vite.js", "apps/playground", ...args]],
  build: (args) => [bundle, ["node_modules/typescript/bin/tsc", "-b", ...args]],
};

/**
 * Installs, then runs the programs of a task until one fails.
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {number} the exit status
 */
function bootstrap(name, args) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Rowan needs Node 20.19 or newer. Received: node=${process.versions.node}. Install a newer Node and run this again.`);
    return 1;
  }
  const task = tasks[name];
  if (task === undefined) {
    console.error(`The task must be one of ${Object.keys(tasks).join(", ")}. Received: task=${name}.`);
    return 2;
  }
  if (!isInstalled(root)) {
    console.log("Installing what package-lock.json names (once, up to a minute) ...");
    const status = runNpm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    if (status !== 0) return status;
  }
  for (const program of task(args)) {
    const status = runNode(program);
    if (status !== 0) return status;
  }
  return 0;
}

process.exitCode = bootstrap(process.argv[2] ?? "", process.argv.slice(3));
