import { EmbeddingTable, setBackend } from "@rowan/api";
import { exportTable, importTable } from "@rowan/serialize";

/** @typedef {import("./compare.mjs").SmokeCheck} SmokeCheck */

const vocabulary = ["the", "", "naïve", "鯨🐳", "__proto__"];

/**
 * A number for bytes (FNV-1a).
 * @param {Uint8Array} bytes
 * @returns {string} eight hexadecimal digits
 */
function digest(bytes) {
  let state = 0x811c9dc5;
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state.toString(16).padStart(8, "0");
}

/**
 * Writes and reads a table in every format of other tools, in memory.
 * @param {() => Promise<import("@rowan/api").Backend>} createBackend
 * @returns {Promise<SmokeCheck[]>} the bytes that were written, which are the same everywhere but for what is packed
 */
export async function formatChecks(createBackend) {
  const backend = await createBackend();
  setBackend(backend);
  const table = EmbeddingTable.create({ inputDim: 5, outputDim: 7, seed: 3 });
  const rows = await table.read();
  /** @type {SmokeCheck[]} */
  const checks = [];
  for (const format of /** @type {const} */ (["npy", "npz", "safetensors", "word2vec", "word2vec-binary", "glove", "fasttext"])) {
    for (const gzip of [false, true]) {
      const name = `${format}${gzip ? ", packed" : ""}`;
      try {
        /** @type {Uint8Array<ArrayBuffer>[]} */
        const parts = [];
        const sink = new WritableStream({
          write: (/** @type {Uint8Array<ArrayBuffer>} */ part) => {
            parts.push(part);
          },
        });
        await exportTable(table, sink, {
          format,
          gzip,
          ...(format === "npy" ? {} : { vocabulary }),
          ...(format === "npz" && { compress: gzip }),
        });
        const blob = new Blob(parts);
        const bytes = new Uint8Array(await blob.arrayBuffer());
        for (const source of [bytes, blob, blob.stream()]) {
          const again = await importTable(source);
          if (!(await again.table.read()).equals(rows)) throw new Error("other rows came back");
          if (format !== "npy" && again.vocabulary?.join("\n") !== vocabulary.join("\n")) throw new Error("other words came back");
          again.table.dispose();
        }
        checks.push({ name, same: gzip ? "read" : digest(bytes) });
      } catch (error) {
        checks.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    }
  }
  table.dispose();
  setBackend(undefined);
  backend.dispose();
  return checks;
}
