/**
 * Takes the picture of the README from the running page: builds the playground, trains in it, and keeps what Chromium shows.
 *
 * usage: npm run playground:picture
 */
import { join } from "node:path";
import { findChromium } from "./pack-test/chromium.mjs";
import { root, runNode } from "./run.mjs";

const chromium = findChromium();
if (chromium === undefined) {
  console.error("There is no Chromium. Install it (apt-get install chromium), or set CHROMIUM to a browser's path.");
  process.exitCode = 1;
} else {
  const env = { ...process.env, CHROMIUM: chromium, ROWAN_PICTURES: join(root, "docs", "images") };
  const only = ["-t", "learns to tell Moby-Dick from addresses"];
  process.exitCode = runNode(["node_modules/vitest/vitest.mjs", "run", "--config", "apps/playground/vitest.browser.config.ts", ...only], {
    env,
  });
}
