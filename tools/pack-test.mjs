/**
 * Packs every package, installs the tarballs into a blank TypeScript project with strict settings, and there type-checks and runs the
 * quick start: in Node, and bundled by Vite and by esbuild in a browser. All must print the same.
 * esbuild is of engines/package-checks; the browser is a Chromium on the PATH or named by CHROMIUM.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packAll } from "./pack.mjs";
import { findChromium, runPage } from "./pack-test/chromium.mjs";
import { browserEntry, everyEntry, page, poolEntry, settings } from "./pack-test/project.mjs";
import { removeFolder } from "./pack-test/remove-folder.mjs";
import { root, run, runNode, runNpm } from "./run.mjs";

const tsc = join(root, "node_modules/typescript/bin/tsc");
const esbuild = join(root, "engines/package-checks/node_modules/esbuild/bin/esbuild");

/**
 * Ends the test where a step failed.
 * @param {number} status
 * @param {string} step
 */
function must(status, step) {
  if (status !== 0) throw new Error(`${step} must succeed. Received: status=${status}.`);
  console.log(`ok: ${step}`);
}

/**
 * Lays the project and installs the tarballs.
 * @param {string} project
 * @param {string} tarballs
 */
function install(project, tarballs) {
  const packages = packAll(tarballs);
  const dependencies = Object.fromEntries(packages.map(({ name, file }) => [name, `file:${file}`]));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "blank", private: true, type: "module", dependencies }));
  for (const [file, options] of Object.entries(settings)) writeFileSync(join(project, file), JSON.stringify(options));
  copyFileSync(join(root, "examples/quick-start/main.ts"), join(project, "main.ts"));
  writeFileSync(join(project, "browser.ts"), browserEntry);
  writeFileSync(join(project, "pool.ts"), poolEntry);
  // The conformance suite brings vitest, whose declarations need Node's: not a matter of these strict settings.
  const faces = packages.map(({ name }) => name).filter((name) => name !== "@rowan/conformance");
  writeFileSync(join(project, "every.ts"), everyEntry(faces));
  must(runNpm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: project }), "install the tarballs");
}

/**
 * Bundles the project for browsers in two ways.
 * @param {string} project
 * @returns {Promise<Record<string, string>>} for each bundler the folder of its page
 */
async function bundleForBrowsers(project) {
  const folders = { vite: join(project, "page-vite"), esbuild: join(project, "page-esbuild") };
  const { build } = await import("vite");
  writeFileSync(join(project, "index.html"), page.replace("/browser.js", "/browser.ts"));
  await build({ root: project, configFile: false, logLevel: "warn", build: { outDir: folders.vite, target: "es2022" } });
  console.log("ok: bundle by Vite");
  mkdirSync(folders.esbuild);
  writeFileSync(join(folders.esbuild, "index.html"), page);
  const args = [
    "browser.ts",
    "--bundle",
    "--format=esm",
    "--target=es2022",
    "--log-level=warning",
    `--outfile=${folders.esbuild}/browser.js`,
  ];
  must(run(esbuild, args, { cwd: project }), "bundle by esbuild");
  return folders;
}

/**
 * Starts the workers of a pool from the installed package, and from a bundle that has moved it elsewhere.
 * @param {string} project
 */
async function runPool(project) {
  // What the addon needs of this machine is here for the packages if it is here for their sources.
  const { createCpuBackend } = await import("@rowan/backend-cpu");
  const expected = `[[3,4],[1,2]] by 2 workers: 1 on ${(await createCpuBackend()).device}`;
  const args = ["pool.ts", "--bundle", "--platform=node", "--format=esm", "--external:piscina", "--log-level=warning"];
  must(run(esbuild, [...args, "--outfile=bundled/pool.mjs"], { cwd: project }), "bundle a pool for Node");
  for (const file of ["out/pool.js", "bundled/pool.mjs"]) {
    const printed = execFileSync(process.execPath, [file], { cwd: project, encoding: "utf8" }).trim();
    if (printed !== expected) throw new Error(`${file} must print ${expected}. Received: ${printed}`);
    console.log(`ok: workers start from ${file}`);
  }
}

/**
 * @param {string} work an empty folder
 */
async function test(work) {
  const project = join(work, "project");
  const tarballs = join(work, "tarballs");
  for (const folder of [project, tarballs]) mkdirSync(folder);
  install(project, tarballs);
  must(runNode([tsc, "-p", "."], { cwd: project }), "type-check as a program for Node");
  must(runNode([tsc, "-p", "tsconfig.bundler.json"], { cwd: project }), "type-check as a program for a bundler");
  const printed = execFileSync(process.execPath, ["out/main.js"], { cwd: project, encoding: "utf8" });
  if (printed.trim() === "") throw new Error("The quick start must print its result. Received: nothing.");
  console.log(`ok: run in Node\n${printed}`);
  await runPool(project);
  const folders = await bundleForBrowsers(project);
  const chromium = findChromium();
  if (chromium === undefined) {
    const remedy = "install Chromium (apt-get install chromium) or set CHROMIUM to a browser's path";
    if (process.env["CI"] !== undefined) throw new Error(`CI skips nothing: ${remedy}.`);
    console.log(`skipped: the quick start in a browser; ${remedy} to run it.`);
    return;
  }
  for (const [bundler, folder] of Object.entries(folders)) {
    const shown = await runPage(chromium, folder, join(work, `profile-${bundler}`));
    if (shown !== printed)
      throw new Error(`The page bundled by ${bundler} (${pathToFileURL(folder).href}) must print what Node printed. Received: ${shown}`);
    console.log(`ok: run in a browser, bundled by ${bundler}`);
  }
}

const work = mkdtempSync(join(tmpdir(), "rowan-pack-test-"));
try {
  await test(work);
} finally {
  await removeFolder(work);
}
