import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { exportTable } from "@rowan/serialize";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPage, serve } from "./serve.ts";
import type { Served } from "./serve.ts";
import { drop, startBrowser, visit, waitForText } from "./visit.ts";

let folder: string;
let plain: Served;
let browser: Browser;

beforeAll(async () => {
  folder = await buildPage();
  [plain, browser] = await Promise.all([serve(folder, "plain"), startBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  plain.close();
  rmSync(folder, { recursive: true, force: true });
});

test("word vectors of other tools can be opened, and what is none is told", async () => {
  await visit(browser, plain.url, {}, async (page) => {
    const words = Array.from({ length: 40 }, (_, i) => `word${i} ${Math.cos(i)} ${Math.sin(i)} ${i / 40} 0.5 -0.25`);
    await drop(page, "vectors.txt", Buffer.from(`40 5\n${words.join("\n")}\n`));
    await waitForText(page, "#table-state", /^vectors\.txt: 40 rows of 5 values\.$/);
    await page.selectOption("#method", "umap");
    await waitForText(page, "#projection-state", /^40 rows, UMAP\.$/);
    await page.selectOption("#space", "2");
    await waitForText(page, "#projection-state", /^40 rows, UMAP\.$/);
    await page.selectOption("#method", "pca");
    await waitForText(page, "#projection-state", /^40 rows, PCA; the axes hold \d+ %, \d+ % of the variance\.$/);
    await drop(page, "picture.bin", Buffer.from([1, 2, 3]));
    await waitForText(page, "#table-state", /Received/);
  });
});

test.each([
  ["table.npy", "npy", undefined],
  ["table.npz", "npz", undefined],
  ["table.safetensors", "safetensors", "word3"],
  ["table.txt.gz", "glove", "word3"],
  ["table.bin", "word2vec-binary", "word3"],
] as const)("opens %s, and says of the half of it what is wrong", async (name, format, word) => {
  const bytes = await exportedTable(format, name.endsWith(".gz"));
  await visit(browser, plain.url, {}, async (page) => {
    await drop(page, name, bytes);
    await waitForText(page, "#table-state", new RegExp(`^${name}: 12 rows of 3 values\\.$`));
    await page.fill("#ids", word ?? "3");
    await page.click("#lookup button");
    expect(await page.locator("#rows td").allTextContents()).toEqual(["3.000", "1.500", "-3.000"]);
    await drop(page, "half", bytes.subarray(0, Math.floor(bytes.length / 2)));
    await waitForText(page, "#table-state", /^half was not opened: .{20}/);
  });
});

test.each([
  ["nothing", ""],
  ["a picture", "\u0089PNG\r\n\u001a\n0000"],
  ["HDF5", "\u0089HDF\r\n\u001a\n00000000"],
  ["the start of a checkpoint", "\u0089ROWAN\r\n"],
  ["a page", "<!doctype html><title>no table</title>"],
])("%s is not opened, what is shown stays, and the console keeps still", async (_what, text) => {
  await visit(browser, plain.url, {}, async (page) => {
    await drop(page, "good.txt", Buffer.from("a 1 2\nb 3 4\nc 5 6\n"));
    await waitForText(page, "#table-state", /^good\.txt: 3 rows/);
    await drop(page, "wrong", Buffer.from(text, "latin1"));
    await waitForText(page, "#table-state", /^wrong was not opened: .{20}/);
    await page.fill("#ids", "b");
    await page.click("#lookup button");
    await waitForText(page, "#lookup-state", /^\(1, 2\)/);
  });
});

test("of a huge file the first rows are shown, and that there are more is said", async () => {
  await visit(browser, plain.url, {}, async (page) => {
    // 40 million values, of which a page takes 32 Mi: made inside of the page, and dropped there.
    await page.evaluate(() => {
      const [rows, dim] = [10_000, 4000];
      const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dim}), }`;
      const text = `${dictionary.padEnd(117)}\n`;
      const head = new Uint8Array(128);
      head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
      head.set(new TextEncoder().encode(text), 10);
      const transfer = new DataTransfer();
      transfer.items.add(new File([head, new Float32Array(rows * dim).fill(0.5)], "huge.npy"));
      document.querySelector("#drop")?.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    await waitForText(page, "#table-state", /^huge\.npy: the first 8388 rows of 4000 values; the file has more\.$/);
  });
}, 60_000);

/** Twelve rows of three values, in a format of other tools. */
async function exportedTable(format: "npy" | "npz" | "safetensors" | "glove" | "word2vec-binary", isPacked: boolean): Promise<Buffer> {
  const vectors = Float32Array.from({ length: 36 }, (_, at) => ([1, 0.5, -1][at % 3] ?? 0) * Math.floor(at / 3));
  const backend = await createCpuBackend({ kernels: "plain" });
  const table = EmbeddingTable.from(vectors, { shape: [12, 3], backend });
  const path = join(folder, `exported.${format}`);
  const vocabulary = Array.from({ length: 12 }, (_, i) => `word${i}`);
  await exportTable(table, path, { format, ...(format !== "npy" && { vocabulary }) });
  const bytes = readFileSync(path);
  backend.dispose();
  return isPacked ? gzipSync(bytes) : bytes;
}
