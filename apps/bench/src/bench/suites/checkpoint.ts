import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { EmbeddingTable } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { loadCheckpoint, openCheckpoint, saveCheckpoint } from "@rowan/serialize";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { inPieces } from "../data.ts";
import { peakMemory } from "../peak-memory.ts";
import { tfjsSave } from "../peers/tfjs-save.ts";
import type { Room } from "../room.ts";

const dim = 64;
const tensor = "vectors";

const sizes: Readonly<Record<Scale, { readonly rows: number; readonly said: string; readonly adjacent: number }>> = {
  full: { rows: 2 ** 23, said: "2 GiB", adjacent: 1000 },
  quick: { rows: 5000, said: "1 MB", adjacent: 20 },
};

/**
 * A table of 2 GiB to a file and back, everybody flushed, beside the same bytes through plain streams of `node:fs`, safetensors and
 * TensorFlow.js; and some rows of it.
 *
 * @param scale - How large.
 */
export function checkpointCases(scale: Scale): BenchCase[] {
  const { rows, said, adjacent } = sizes[scale];
  const bytes = rows * dim * 4;
  return [
    { suite: "checkpoint", name: `save ${said}`, bytes, open: (room) => openSaves(room, rows) },
    { suite: "checkpoint", name: `load ${said}`, bytes, open: (room) => openLoads(room, rows) },
    {
      suite: "checkpoint",
      name: `${adjacent} rows of ${dim * 4} bytes out of ${said}`,
      rows: adjacent,
      bytes: adjacent * dim * 4,
      open: (room) => openRows(room, rows, adjacent),
    },
  ];
}

/** A table whose bytes can be seen, without a second copy of them. */
async function makeTable(rows: number, signal: AbortSignal): Promise<{ backend: Backend; table: EmbeddingTable; bytes: Uint8Array }> {
  const backend = await createCpuBackend();
  const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, initializer: "zeros", name: tensor, backend });
  const view = backend.hostView?.(table.tensor) as Float32Array;
  await inPieces(view.length, signal, (from, to) => {
    for (let i = from; i < to; i++) view[i] = i % 1021;
  });
  return { backend, table, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
}

async function openSaves(room: Room, rows: number): Promise<Contender[]> {
  const { backend, table, bytes } = await makeTable(rows, room.signal);
  const path = join(room.data.folder, "saved.rowan");
  const plain = join(room.data.folder, "saved.bin");
  const save = (): Promise<void> => saveCheckpoint(table, path);
  const write = (): Promise<void> => writePlain(bytes, plain);
  const contenders = [
    inProcess({ name: "Rowan", peer: "rowan", sets: 1, call: save, memory: () => peakMemory(save), dispose: () => backend.dispose() }),
    inProcess({ name: "plain fs stream", peer: "rowan", sets: 1, call: write, memory: () => peakMemory(write), dispose: () => undefined }),
  ];
  // safetensors leaves flushing to the system; a file that must be there after a power cut is flushed by who writes it.
  for (const flush of [true, false]) {
    const name = flush ? "safetensors, flushed" : "safetensors, not flushed";
    const fields = { ...numbersOf(rows), path: join(room.data.folder, "saved.safetensors"), load: false, flush };
    contenders.push(...(await room.python.open({ suite: "checkpoint", kind: "safetensors", name, compared: false, fields })));
  }
  const { tfjs, failures } = room;
  if (tfjs) {
    const inputs = { values: floatsOf(bytes), rows, dim };
    contenders.push(...(await failures.openInProcess("tfjs", () => tfjsSave(tfjs, inputs, join(room.data.folder, "tfjs.bin")))));
  }
  return contenders;
}

const numbersOf = (rows: number): { rows: number; dim: number; sets: number } => ({ rows, dim, sets: 1 });

const floatsOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array => new Float32Array(buffer, byteOffset, byteLength / 4);

async function openLoads(room: Room, rows: number): Promise<Contender[]> {
  const { backend, table, bytes } = await makeTable(rows, room.signal);
  const path = join(room.data.folder, "loaded.rowan");
  const plain = join(room.data.folder, "loaded.bin");
  await saveCheckpoint(table, path);
  await writePlain(bytes, plain);
  backend.dispose();
  const target = new Uint8Array(bytes.length);
  const load = async (): Promise<void> => {
    const own = await createCpuBackend();
    await loadCheckpoint(path, { as: "table", backend: own });
    own.dispose();
  };
  const size = bytes.length;
  const read = (): Promise<void> => readPlain(plain, target);
  // The table that is loaded is the call's result, and comes with it; the plain stream's target was there before.
  const memory = async (): Promise<number> => (await peakMemory(load)) - size;
  const contenders = [
    inProcess({ name: "Rowan", peer: "rowan", sets: 1, call: load, memory, dispose: () => undefined }),
    inProcess({ name: "plain fs stream", peer: "rowan", sets: 1, call: read, memory: () => peakMemory(read), dispose: () => undefined }),
  ];
  const fields = { ...numbersOf(rows), path: join(room.data.folder, "loaded.safetensors"), load: true, flush: true };
  const peers = await room.python.open({ suite: "checkpoint", kind: "safetensors", name: "safetensors", compared: false, fields });
  return [...contenders, ...peers];
}

async function openRows(room: Room, rows: number, adjacent: number): Promise<Contender[]> {
  const { backend, table } = await makeTable(rows, room.signal);
  const path = join(room.data.folder, "rows.rowan");
  await saveCheckpoint(table, path);
  backend.dispose();
  const file = await openCheckpoint(path);
  const sets = 16;
  const call = (set: number): Promise<unknown> => {
    const start = Math.floor((set * (rows - adjacent)) / sets);
    return file.readRows(tensor, start, start + adjacent);
  };
  return [inProcess({ name: "Rowan", peer: "rowan", sets, call, dispose: () => file.close() })];
}

/** Flushed, as a checkpoint is. */
async function writePlain(bytes: Uint8Array, path: string): Promise<void> {
  const stream = createWriteStream(path);
  for (let at = 0; at < bytes.length; at += stream.writableHighWaterMark) {
    // Copied: what a stream has taken may change only when it is written, as with a checkpoint.
    const part = Buffer.from(bytes.subarray(at, at + stream.writableHighWaterMark));
    if (!stream.write(part)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
  const file = openSync(path, "r+");
  fsyncSync(file);
  closeSync(file);
}

async function readPlain(path: string, target: Uint8Array): Promise<void> {
  let at = 0;
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    target.set(part, at);
    at += part.length;
  }
}
