import { FormatError, describeValue } from "@rowan/api";
import type { FileEntry } from "@zip.js/zip.js";
import { ByteReader } from "../../io/byte-reader.ts";
import { checkedExpansion } from "../../io/gzip.ts";
import type { OpenFile } from "../../io/open-file.ts";

/** No archive of arrays has more of them. */
const mostEntries = 1 << 16;

/** An open `.npz`: a zip of `.npy` files. */
export interface NpzArchive {
  /** The names of the arrays, without `.npy`, in the order of the file. */
  readonly names: readonly string[];
  /** The bytes of one of them, as a `.npy` file; its checksum is verified where it is read to its end. `size`: its length. */
  open(name: string): { readonly reader: ByteReader; readonly size: number };
}

/**
 * Opens a `.npz` as `numpy.savez` and `numpy.savez_compressed` write it, also beyond 4 GiB.
 *
 * @param file - Its bytes; parts of them, where that is possible. Otherwise all of it is held.
 * @param maxExpansion - How many times its size an array may grow beyond 64 MiB when it is unpacked.
 * @returns The archive.
 * @throws FormatError where it is damaged, or has names that are there twice.
 */
export async function openNpz(file: OpenFile, maxExpansion?: number): Promise<NpzArchive> {
  // Loaded when the first archive is opened: most programs open none.
  const { Reader, ZipReader } = await import("@zip.js/zip.js/lib/zip-core-native.js");
  const { size, readAt } = file.size !== undefined && file.readAt ? { size: file.size, readAt: file.readAt } : await hold(file);
  class PartReader extends Reader<void> {
    override size = size;
    override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      return readAt(offset, Math.min(length, Math.max(size - offset, 0)));
    }
  }
  const zip = new ZipReader(new PartReader(), { strictness: "balanced", checkSignature: true, useWebWorkers: false });
  const entries = new Map<string, FileEntry>();
  try {
    let count = 0;
    for await (const entry of zip.getEntriesGenerator()) {
      if (++count > mostEntries)
        throw new FormatError(`${file.name} must have at most ${mostEntries} arrays. Received: more. It was not written by NumPy.`);
      if (entry.directory || !entry.filename.endsWith(".npy")) continue;
      const name = entry.filename.slice(0, -4);
      if (entries.has(name))
        throw new FormatError(
          `${file.name} must hold every array once. Received: ${describeValue(name)} twice. It is damaged, or two were joined.`,
        );
      entries.set(name, entry);
    }
  } catch (error) {
    throw damaged(file.name, "the list of its arrays", error);
  }
  return {
    names: [...entries.keys()],
    open(name) {
      const entry = entries.get(name);
      if (!entry)
        throw new FormatError(
          `${file.name} holds no array ${describeValue(name)}. Received: ${describeValue([...entries.keys()])}. Choose one of these.`,
        );
      const label = `${file.name}, array ${describeValue(name)}`;
      const stream = checkedExpansion(label, readEntry(file.name, entry), () => entry.compressedSize, maxExpansion);
      return { reader: new ByteReader(label, stream), size: entry.uncompressedSize };
    },
  };
}

async function* readEntry(name: string, entry: FileEntry): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const pieces = readable.getReader();
  // Where reading fails before its first byte, nobody closes the stream: the failure itself ends the waiting.
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const reading = entry.getData(writable, { checkSignature: true, useWebWorkers: false });
  reading.catch((error: unknown) => {
    fail(error);
  });
  try {
    for (;;) {
      const step = await Promise.race([pieces.read(), failed]);
      if (step.done) break;
      yield step.value;
    }
    await reading;
  } catch (error) {
    throw damaged(name, `the array ${describeValue(entry.filename)}`, error);
  } finally {
    await pieces.cancel().catch(() => undefined);
  }
}

async function hold(file: OpenFile): Promise<{ size: number; readAt: (offset: number, length: number) => Promise<Uint8Array> }> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of file.stream()) pieces.push(piece as Uint8Array<ArrayBuffer>);
  const blob = new Blob(pieces);
  return { size: blob.size, readAt: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()) };
}

function damaged(name: string, place: string, error: unknown): Error {
  if (error instanceof FormatError) return error;
  // The system's own errors stay what they are.
  if (error instanceof Error && "syscall" in error) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new FormatError(`${name} must be a whole .npz file. Received: damage in ${place} (${reason}). Write or download it again.`, {
    cause: error,
  });
}
