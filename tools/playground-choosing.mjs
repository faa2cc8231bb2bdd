/**
 * Prints how long `selectBackend` needs in Chromium, isolated and not, with a GPU in software: what the page choosing.html shows.
 *
 * usage: npm run playground:choosing
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "./pack-test/chromium.mjs";
import { runNode } from "./run.mjs";

const chromium = findChromium();
if (chromium === undefined) {
  console.error("There is no Chromium. Install it (apt-get install chromium), or set CHROMIUM to a browser's path.");
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), "rowan-choosing-"));
  const report = join(folder, "report.txt");
  const env = { ...process.env, CHROMIUM: chromium, ROWAN_CHOOSING: report };
  process.exitCode = runNode(
    ["node_modules/vitest/vitest.mjs", "run", "--config", "apps/playground/vitest.browser.config.ts", "-t", "choosing.html"],
    { env },
  );
  if (process.exitCode === 0) console.log(readFileSync(report, "utf8"));
  rmSync(folder, { recursive: true });
}
