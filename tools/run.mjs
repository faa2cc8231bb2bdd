import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a program to its end with the terminal of this one.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {number} the exit status; 1 where a signal ended it or it could not start
 */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: "inherit", cwd: options.cwd ?? root, env: options.env ?? process.env });
  if (done.error !== undefined) console.error(`${command}: ${done.error.message}`);
  return done.status ?? 1;
}

/**
 * Runs a JavaScript file in this very Node.
 * @param {readonly string[]} args the file, its arguments; Node's own options may stand before it
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {number} the exit status
 */
export function runNode(args, options = {}) {
  return run(process.execPath, args, options);
}

/**
 * Names the npm to use: the one that started this script where there is one.
 * @param {readonly string[]} args
 * @returns {{ command: string, args: readonly string[], env: NodeJS.ProcessEnv }}
 */
export function npmCommand(args) {
  // Started through npm, this process carries settings of the outer call that must not reach an inner one in another folder.
  const inherited = /^npm_(package|lifecycle|command|config_local_prefix)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
  const npm = process.env["npm_execpath"];
  if (npm?.endsWith(".js")) return { command: process.execPath, args: [npm, ...args], env };
  return { command: process.platform === "win32" ? "npm.cmd" : "npm", args, env };
}

/**
 * Runs npm to its end with the terminal of this process.
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {number} the exit status
 */
export function runNpm(args, options = {}) {
  const npm = npmCommand(args);
  return run(npm.command, npm.args, { ...options, env: npm.env });
}
