import { FileAccessError, InvalidArgumentError, describeValue } from "@rowan/api";
import type { ByteSink } from "./byte-sink.ts";
import { FileSink } from "./file-sink.ts";
import { pathOf } from "./open-source.ts";
import { StreamSink } from "./stream-sink.ts";

/** Where a file may go: a path (Node, Deno, Bun), a `file:` URL, or a stream, which is closed at the end. */
export type FileTarget = string | URL | WritableStream<Uint8Array>;

/**
 * Opens a file for writing.
 *
 * @param target - Where it goes. A path appears when all of it is written; a stream gets its bytes as they are made.
 * @returns The file; end it with `commit` or `abort`.
 * @throws InvalidArgumentError for anything else; FileAccessError where it cannot be written, as to a server.
 */
export async function openTarget(target: FileTarget): Promise<ByteSink> {
  if (typeof target === "string" || target instanceof URL) {
    const path = pathOf(target);
    if (path !== undefined) return FileSink.create(path);
    throw new FileAccessError(
      `A file is written to a path, a \`file:\` URL or a stream. Received: ${describeValue(String(target))}, which cannot be written to here. Write it to a stream, or take the bytes of a checkpoint from checkpointBytes, and send them.`,
    );
  }
  const given: unknown = target;
  if (typeof given === "object" && given !== null && "getWriter" in given) return new StreamSink(target);
  throw new InvalidArgumentError(
    `A file to write is a path, a \`file:\` URL, or a WritableStream. Received: ${describeValue(given)}. For a stream of Node's use Writable.toWeb(stream).`,
  );
}
