import type { ByteSink } from "../../io/byte-sink.ts";

/** A file of an archive: its name, and its pieces, which are asked for one after another. */
export interface NpzMember {
  readonly name: string;
  readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes a `.npz`: a zip of `.npy` files, as `numpy.savez` does, with the long form of sizes so that it may pass 4 GiB.
 *
 * @param sink - Where it goes.
 * @param members - The arrays, in order.
 * @param compress - Pack them, as `numpy.savez_compressed` does.
 */
export async function writeNpz(sink: ByteSink, members: readonly NpzMember[], compress: boolean): Promise<void> {
  const { ZipWriter } = await import("@zip.js/zip.js/lib/zip-core-native.js");
  const target = new WritableStream<Uint8Array>({ write: (bytes) => sink.write(bytes) });
  const zip = new ZipWriter(target, {
    useWebWorkers: false,
    zip64: true,
    level: compress ? 6 : 0,
    // The same arrays give the same bytes; this is the day that zip counts from.
    lastModDate: new Date(1980, 0, 1),
    extendedTimestamp: false,
    dataDescriptor: true,
    keepOrder: true,
  });
  for (const { name, pieces } of members) await zip.add(`${name}.npy`, streamOf(pieces));
  await zip.close();
}

function streamOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await iterator.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value.slice());
      },
    },
    { highWaterMark: 0 },
  );
}
