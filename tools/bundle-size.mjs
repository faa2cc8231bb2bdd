/** Reports what each package weighs: its bundle as published, and minified and compressed as a page would load it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { minifySync } from "rolldown/utils";
import { listEntries, listPublished } from "./workspaces.mjs";

/** @param {number} bytes */
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

console.log(`${"file".padEnd(36)}${["as is", "minified", "gzip", "brotli"].map((title) => title.padStart(12)).join("")}`);
for (const workspace of listPublished()) {
  for (const name of Object.keys(listEntries(workspace))) {
    const file = join(workspace.path, "dist", `${name}.js`);
    if (!existsSync(file)) throw new Error(`Build first: npm run build. Received: no ${file}.`);
    const code = readFileSync(file, "utf8");
    const minified = Buffer.from(minifySync(file, code, { module: true }).code);
    const sizes = [Buffer.byteLength(code), minified.length, gzipSync(minified).length, brotliCompressSync(minified).length];
    console.log(`${`${workspace.manifest.name} ${name}.js`.padEnd(36)}${sizes.map(kib).join("")}`);
  }
}
