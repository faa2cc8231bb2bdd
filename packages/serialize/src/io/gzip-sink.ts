import type { ByteSink } from "./byte-sink.ts";
import { iterate } from "./iterate.ts";

/**
 * Packs with gzip what goes to a file.
 *
 * @param sink - Where the packed bytes go.
 * @returns A sink for the bytes as they are.
 */
export function gzipSink(sink: ByteSink): ByteSink {
  const { readable, writable } = new CompressionStream("gzip");
  const writer = (writable as WritableStream<Uint8Array>).getWriter();
  const moving = (async () => {
    for await (const piece of iterate(readable as ReadableStream<Uint8Array>)) await sink.write(piece);
  })();
  // A fault of the disk reaches the next write through the stream; whoever closes sees it itself.
  moving.catch(() => undefined);
  return {
    async write(bytes) {
      await Promise.race([writer.write(bytes.slice()), moving]);
    },
    async commit() {
      await Promise.all([writer.close(), moving]);
      await sink.commit();
    },
    async abort(reason) {
      await writer.abort(reason).catch(() => undefined);
      await moving.catch(() => undefined);
      await sink.abort(reason);
    },
  };
}
