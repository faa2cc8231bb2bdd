import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, defaultClientConditions } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "./pack-test/chromium.mjs";
import { root } from "./run.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {typeof import("../packages/api/src/index.ts")} */
const { EmbeddingTable } = await import(new URL("../packages/api/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/backend-cpu/src/index.ts")} */
const { createCpuBackend } = await import(new URL("../packages/backend-cpu/src/index.ts", import.meta.url).href);
/** @type {typeof import("../packages/serialize/src/index.ts")} */
const { checkpointBytes } = await import(new URL("../packages/serialize/src/index.ts", import.meta.url).href);

const executablePath = findChromium();
const flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
const [rows, dim] = [20_000, 64];

/** @type {string} */
let folder;
/** @type {Uint8Array} */
let checkpoint;
/** @type {import("node:http").Server} */
let server;
/** @type {string} */
let url;
let served = 0;

/** A table in which a whale is a sea, and nothing else is. */
async function makeCheckpoint() {
  const backend = await createCpuBackend();
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, seed: 3, name: "words", backend });
  await table.setRows([19_000], await table.lookup([17]));
  const vocabulary = Array.from({ length: rows }, (_, id) => (id === 17 ? "whale" : id === 19_000 ? "sea" : `word${id}`));
  const bytes = await checkpointBytes(table, { vocabulary });
  backend.dispose();
  return bytes;
}

beforeAll(async () => {
  if (executablePath === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "rowan-page-"));
  checkpoint = await makeCheckpoint();
  writeFileSync(join(folder, "words.rowan"), checkpoint);
  const outDir = join(folder, "dist");
  await build({
    root: join(root, "examples/browser-lookup"),
    base: "./",
    logLevel: "error",
    resolve: { conditions: ["@rowan/source", ...defaultClientConditions] },
    build: { outDir },
  });
  server = createServer(({ url: path = "/", headers: { range } }, response) => {
    if (path !== "/words.rowan") {
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      response.writeHead(200, { "content-type": type }).end(readFileSync(join(outDir, path === "/" ? "index.html" : path)));
      return;
    }
    const [, from = "0", to = String(checkpoint.length - 1)] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
    const part = checkpoint.subarray(Number(from), Number(to) + 1);
    served += part.length;
    response.writeHead(206, { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${checkpoint.length}` }).end(part);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
}, 60_000);

afterAll(() => {
  if (executablePath === undefined) return;
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** @param {(page: Page) => Promise<void>} act */
async function onPage(act) {
  const browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: flags });
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(url);
    await act(page);
    expect(said).toEqual([]);
  } finally {
    await browser.close();
  }
}

/** What the page answers when it has something to say. @param {Page} page */
async function answerOf(page) {
  await page.waitForFunction('document.querySelector("output").value !== ""');
  const said = await page.locator("output").textContent();
  await page.evaluate('document.querySelector("output").value = ""');
  return said ?? "";
}

/** Types as a user does: the one event of the change comes when the field is left. @param {Page} page @param {string} id @param {string} text */
async function type(page, id, text) {
  await page.fill(id, text);
  await page.locator(id).blur();
  return answerOf(page);
}

describe.runIf(executablePath !== undefined)("the page, in Chromium", { timeout: 60_000 }, () => {
  test("compares words of a file that is dropped on it", async () => {
    await onPage(async (page) => {
      await page.setInputFiles("#file", join(folder, "words.rowan"));
      expect(await answerOf(page)).toBe("1.000");
      expect(await type(page, "#second", "word18")).toMatch(/^-?0\.\d{3}$/);
      expect(await type(page, "#first", "kraken")).toBe('The vocabulary has no word "kraken".');
      await page.setInputFiles("#file", { name: "torn.rowan", mimeType: "", buffer: Buffer.from(checkpoint.subarray(0, 5000)) });
      expect(await answerOf(page)).toMatch(/torn\.rowan/);
    });
  });

  test("loads of a file on a server only what it needs", async () => {
    await onPage(async (page) => {
      served = 0;
      expect(await type(page, "#url", "words.rowan")).toBe("1.000");
      expect(served).toBeLessThan(checkpoint.length / 5);
    });
  });
});

test.skipIf(executablePath === undefined && !process.env["CI"])("the page is tested in Chromium (apt-get install chromium)", () => {
  expect(executablePath).toBeDefined();
});
