import { blockBytes } from "../format/constants.ts";
import type { StoredTensor } from "../format/header.ts";
import { rowBytes } from "../format/sizes.ts";
import type { CheckpointReader } from "./checkpoint-reader.ts";
import { framesOf } from "./frames.ts";
import type { PlacedFrame } from "./frames.ts";

/**
 * Bytes of rows in any order. Each chunk is read once, in the order of the file; chunks that lie together in one go.
 *
 * How long a row is, is what the header says. Where nothing proves that the file is so long, memory for more than one block is taken
 * when half of the rows' bytes have arrived.
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
  const isProven = length <= blockBytes || (await reader.isProven(tensor.pieces.map(({ shard }) => shard)));
  const rows = new ArrivingRows(length, isProven);
  /** The places of the ids whose rows begin in a chunk; nothing here grows with what the header says of a row. */
  const beginning = new Map<number, number[]>();
  for (let place = 0; place < ids.length; place++) {
    const chunk = Math.floor(((ids[place] as number) * width) / chunkBytes);
    const known = beginning.get(chunk);
    if (known) known.push(place);
    else beginning.set(chunk, [place]);
  }
  const runs = [...beginning.keys()]
    .sort((a, b) => a - b)
    .map((first) => {
      const last = (beginning.get(first) as number[]).reduce((greatest, place) => Math.max(greatest, ids[place] as number), 0);
      return [first, Math.ceil(((last + 1) * width) / chunkBytes)] as const;
    });
  let open: number[] = [];
  await reader.readFrames(chosenFrames(tensor, entry, chunkBytes, runs), (bytes, { chunk }) => {
    const start = chunk * chunkBytes;
    const end = start + bytes.length;
    const here = open.concat(beginning.get(chunk) ?? []);
    open = [];
    for (const place of here) {
      const row = (ids[place] as number) * width;
      const from = Math.max(row, start);
      const to = Math.min(row + width, end);
      rows.set(bytes.subarray(from - start, to - start), place * width + from - row);
      if (to < row + width) open.push(place);
    }
  });
  return rows.bytes;
}

/** Parts of rows that come in any order. */
class ArrivingRows {
  readonly #length: number;
  #arrived = 0;
  #whole: Uint8Array<ArrayBuffer> | undefined;
  #parts: { readonly bytes: Uint8Array; readonly to: number }[] = [];

  constructor(length: number, proven: boolean) {
    this.#length = length;
    if (proven) this.#whole = new Uint8Array(length);
  }

  set(bytes: Uint8Array, to: number): void {
    this.#arrived += bytes.length;
    if (!this.#whole && 2 * this.#arrived < this.#length) {
      this.#parts.push({ bytes: bytes.slice(), to });
      return;
    }
    this.#whole ??= new Uint8Array(this.#length);
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) this.#whole.set(part.bytes, part.to);
    this.#whole.set(bytes, to);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#whole ?? new Uint8Array();
  }
}

function* chosenFrames(
  tensor: StoredTensor,
  entry: number,
  chunkBytes: number,
  runs: readonly (readonly [first: number, end: number])[],
): Generator<PlacedFrame> {
  for (let i = 0; i < runs.length;) {
    const [first, next] = runs[i] as readonly [number, number];
    let end = next;
    for (i++; i < runs.length; i++) {
      const [start, behind] = runs[i] as readonly [number, number];
      if (start > end) break;
      end = Math.max(end, behind);
    }
    yield* framesOf(tensor, entry, chunkBytes, [first, end]);
  }
}
