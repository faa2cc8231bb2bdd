import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NDArray, TextVectorization } from "@rowan/api";
import { NpyReader, NpyWriter } from "@rowan/serialize";
import { loadAddresses, loadNovel } from "../data/texts.ts";
import { head, say } from "./say.ts";

/** Where the demonstration's child process prints. */
export type ChildOutput = "inherit" | "ignore";

/** What a batch lookup wrote. */
export interface BatchResult {
  /** The shape of the rows in the file. */
  readonly shape: readonly number[];
  /** Whether each row that was looked at is that of its word. */
  readonly verified: boolean;
}

/**
 * Looks up every word of both collections with the command line, from file to file.
 *
 * @param words - Turns words into ids.
 * @param table - `[words, dim]`.
 * @param folder - Where the files go.
 * @param output - Where the child process prints.
 */
export async function runBatchLookup(words: TextVectorization, table: NDArray, folder: string, output: ChildOutput): Promise<BatchResult> {
  head("d", "A batch lookup: every word of both collections");
  const texts = [...loadNovel(), ...loadAddresses()].map(({ text }) => text);
  const ids = Int32Array.from(words.applyRagged(texts).flat());
  const files = { table: join(folder, "table.npy"), ids: join(folder, "ids.npy"), rows: join(folder, "rows.npy") };
  await writeArray(files.table, "<f4", table.shape, table.data as Float32Array);
  await writeArray(files.ids, "<i4", [ids.length], ids);

  await runRowan(["lookup", "--table", "table.npy", "--ids", "ids.npy", "--out", "rows.npy"], folder, output);
  await runRowan(["inspect", "table.npy", "--statistics"], folder, output);

  const { shape, verified } = await compareRows(files.rows, ids, table);
  const megabytes = Math.round(shape.reduce((size, extent) => size * extent, 4) / 1e6);
  say(
    `rows.npy is float32 of shape (${shape.join(", ")}), ${megabytes} MB. ${verified ? "Every row in it is its word's row of the table." : "WRONG: it holds other rows than the table."}`,
  );
  return { shape, verified };
}

/** Runs the command line as a user would, in the folder of the files. */
async function runRowan(args: readonly string[], cwd: string, output: ChildOutput): Promise<void> {
  say(`rowan ${args.join(" ")}`);
  const program = join(dirname(createRequire(import.meta.url).resolve("@rowan/bench/package.json")), "dist/rowan.js");
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", output, output] });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) throw new Error(`rowan ${args[0] ?? ""} ended with status ${String(status)}. Build it with: npm run build`);
}

async function writeArray(path: string, descr: "<f4" | "<i4", shape: readonly number[], values: Float32Array | Int32Array): Promise<void> {
  const writer = await NpyWriter.create(path, descr, shape);
  await writer.write(values);
  await writer.finish();
}

async function compareRows(path: string, ids: Int32Array, table: NDArray): Promise<BatchResult> {
  const reader = await NpyReader.open(path, ["f4"], "float32");
  const dim = table.shape[1] as number;
  const block = Buffer.from(new ArrayBuffer(dim * 4 * 4096));
  let verified = reader.size === ids.length * dim;
  for (let at = 0; verified && reader.left > 0;) {
    const bytes = await reader.read(block);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let i = 0; i < values.length; i++) {
      const id = ids[at + Math.floor(i / dim)] as number;
      if (values[i] !== table.data[id * dim + (i % dim)]) verified = false;
    }
    at += values.length / dim;
  }
  await reader.close();
  return { shape: reader.header.shape, verified };
}
