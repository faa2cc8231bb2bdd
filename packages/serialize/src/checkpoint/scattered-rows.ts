import type { StoredTensor } from "../format/header.ts";
import { rowBytes } from "../format/sizes.ts";
import type { CheckpointReader } from "./checkpoint-reader.ts";
import { framesOf } from "./frames.ts";
import type { PlacedFrame } from "./frames.ts";

/** A part of one row, or a whole one, that lies in one chunk. */
interface RowPart {
  /** The first byte in the tensor. */
  readonly start: number;
  readonly length: number;
  /** Where it goes. */
  readonly to: number;
}

/**
 * Bytes of rows in any order. Each chunk is read once, in the order of the file; chunks that lie together in one go.
 *
 * @param reader - The checkpoint.
 * @param entry - The place of the tensor among the entries.
 * @param ids - Valid row numbers.
 * @returns Their rows, one after another.
 */
export async function readScattered(reader: CheckpointReader, entry: number, ids: Int32Array): Promise<Uint8Array<ArrayBuffer>> {
  const tensor = reader.entries[entry] as StoredTensor;
  const { chunkBytes } = reader.header;
  const width = rowBytes(tensor);
  const length = ids.length * width;
  if (length === 0) return new Uint8Array();
  const parts = new Map<number, RowPart[]>();
  for (let i = 0; i < ids.length; i++) {
    const from = (ids[i] as number) * width;
    for (let start = from; start < from + width;) {
      const chunk = Math.floor(start / chunkBytes);
      const end = Math.min(from + width, (chunk + 1) * chunkBytes);
      const part = { start: start - chunk * chunkBytes, length: end - start, to: i * width + start - from };
      const known = parts.get(chunk);
      if (known) known.push(part);
      else parts.set(chunk, [part]);
      start = end;
    }
  }
  const chunks = [...parts.keys()].sort((a, b) => a - b);
  const frames = [...chosenFrames(tensor, entry, chunkBytes, chunks)];
  // What only a header says of the width of a row proves nothing: then memory is taken when half of the rows are there.
  const isProven = await reader.isProven(new Set(frames.map(({ file }) => file)));
  let result = isProven ? new Uint8Array(length) : undefined;
  const early: { readonly bytes: Uint8Array; readonly parts: readonly RowPart[] }[] = [];
  let arrived = 0;
  await reader.readFrames(frames, (bytes, { chunk }) => {
    const wanted = parts.get(chunk) ?? [];
    arrived += wanted.reduce((total, part) => total + part.length, 0);
    if (!result && 2 * arrived < length) {
      early.push({ bytes: bytes.slice(), parts: wanted });
      return;
    }
    result ??= new Uint8Array(length);
    for (let one = early.shift(); one; one = early.shift()) place(result, one.bytes, one.parts);
    place(result, bytes, wanted);
  });
  return result ?? new Uint8Array();
}

function place(result: Uint8Array, bytes: Uint8Array, parts: readonly RowPart[]): void {
  for (const { start, length, to } of parts) result.set(bytes.subarray(start, start + length), to);
}

function* chosenFrames(tensor: StoredTensor, entry: number, chunkBytes: number, chunks: readonly number[]): Generator<PlacedFrame> {
  for (let i = 0; i < chunks.length;) {
    const first = chunks[i] as number;
    let next = i + 1;
    while (chunks[next] === first + next - i) next++;
    yield* framesOf(tensor, entry, chunkBytes, [first, first + next - i]);
    i = next;
  }
}
