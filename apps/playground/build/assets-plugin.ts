import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** The parts of the two collections that the page needs, packed as browsers can unpack them: they know gzip and, as a rule, no brotli. */
function packTexts(): Buffer {
  const load = (name: string): unknown => {
    const path = fileURLToPath(new URL(`../../../examples/data/${name}.json.br`, import.meta.url));
    return JSON.parse(brotliDecompressSync(readFileSync(path)).toString("utf8"));
  };
  const novel = load("moby-dick") as { chapter: string; text: string }[];
  const addresses = load("state-of-the-union") as { year: number; text: string }[];
  const texts = {
    novel: novel.map(({ chapter, text }) => ({ chapter, text })),
    addresses: addresses.filter(({ year }) => year >= 1831 && year <= 1871).map(({ year, text }) => ({ year, text })),
  };
  return gzipSync(JSON.stringify(texts), { level: 9 });
}

/** TensorFlow.js looks for its WASM beside the page. */
function readWasm(name: string): Buffer {
  const manifest = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  return readFileSync(join(dirname(manifest), "dist", name));
}

const wasmNames = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"];

/** What lies beside the page. The texts are not called `.gz`: some servers would unpack them on the way. */
const assets: Readonly<Record<string, () => Buffer>> = {
  "texts.bin": packTexts,
  ...Object.fromEntries(wasmNames.map((name) => [name, () => readWasm(name)])),
};

/** Puts the texts of the demonstration and TensorFlow.js' WASM beside the page. */
export function assetsPlugin(): Plugin {
  return {
    name: "rowan-assets",
    generateBundle() {
      for (const [fileName, read] of Object.entries(assets)) this.emitFile({ type: "asset", fileName, source: read() });
    },
    configureServer({ middlewares }) {
      for (const [fileName, read] of Object.entries(assets)) {
        middlewares.use(`/${fileName}`, (_request, response) => {
          response.setHeader("content-type", fileName.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");
          response.end(read());
        });
      }
    },
  };
}
