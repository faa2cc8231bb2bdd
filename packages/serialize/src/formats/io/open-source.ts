import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { FileSource } from "./file-source.ts";
import { iterate } from "./iterate.ts";
import { openHttp } from "./http-source.ts";
import { openPath } from "./node-file.ts";

/** Where a file may come from: a path (Node, Deno, Bun), an address, a Blob or File, a stream, or its bytes. */
export type SourceInput = string | URL | Blob | ReadableStream<Uint8Array> | Uint8Array | ArrayBuffer;

/**
 * Opens a file for reading.
 *
 * @param input - Where it is.
 * @returns The file; close it.
 * @throws InvalidArgumentError for anything else; the system's error where a path cannot be opened; FormatError where a server refuses.
 */
export async function openSource(input: SourceInput): Promise<FileSource> {
  if (typeof input === "string" || input instanceof URL) {
    const address = String(input);
    if (/^(https?|blob|data):/i.test(address)) return openHttp(address);
    return openPath(input);
  }
  if (input instanceof Blob) return ofBlob(input);
  if (input instanceof ArrayBuffer) return ofBytes(new Uint8Array(input));
  if (input instanceof Uint8Array) return ofBytes(input);
  const given: unknown = input;
  if (given instanceof ReadableStream) return ofStream(input);
  throw new InvalidArgumentError(
    `A file to read is a path, a URL, a Blob, a ReadableStream, or bytes. Received: ${describeValue(given)}. Pass one of these.`,
  );
}

function ofBytes(bytes: Uint8Array): FileSource {
  return {
    name: "the bytes",
    size: bytes.length,
    async *stream() {
      yield bytes;
    },
    readAt: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  };
}

function ofBlob(blob: Blob): FileSource {
  const { name } = blob as Partial<File>;
  return {
    name: name ?? "the blob",
    size: blob.size,
    stream: () => iterate(blob.stream()),
    readAt: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => undefined,
  };
}

function ofStream(stream: ReadableStream<Uint8Array>): FileSource {
  return { name: "the stream", size: undefined, stream: () => iterate(stream), close: async () => undefined };
}
