import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { ByteSource } from "./byte-source.ts";
import { FileSource } from "./file-source.ts";
import { openUrl } from "./http-source.ts";
import { BlobSource, MemorySource } from "./memory-source.ts";
import { nodeModule } from "./node.ts";
import { StreamSource, readAll } from "./stream-source.ts";
import type { ByteStream } from "./stream-source.ts";

/**
 * Where bytes come from: a path (Node, Deno, Bun), a URL, a Blob or File, bytes, or a stream. A string with `http:` or the like before
 * it is a URL, any other a path; in a browser every string is a URL.
 */
export type Source = string | URL | Blob | ArrayBuffer | Uint8Array | ByteStream;

/**
 * Opens a source.
 *
 * @param source - See `Source`.
 * @param forwards - Whether reading forwards is enough: streams are then not kept in memory.
 * @returns Bytes by their place.
 * @throws InvalidArgumentError when it is none; FileAccessError when it cannot be opened.
 */
export async function openSource(source: Source, forwards: boolean): Promise<ByteSource> {
  if (typeof source === "string" || source instanceof URL) {
    const path = pathOf(source);
    return path === undefined ? openUrl(String(source), forwards) : FileSource.open(path);
  }
  if (source instanceof Uint8Array) return new MemorySource(source, "the bytes");
  if (source instanceof ArrayBuffer) return new MemorySource(new Uint8Array(source), "the bytes");
  if (typeof Blob !== "undefined" && source instanceof Blob) return new BlobSource(source);
  if (isStream(source)) {
    return forwards ? new StreamSource(source, "the stream") : new MemorySource(await readAll(source, "the stream"), "the stream");
  }
  throw new InvalidArgumentError(
    `A checkpoint is read from a path, a URL, a Blob, a stream or bytes. Received: ${describeValue(source)}. Pass one of these.`,
  );
}

/**
 * The path that a string or URL means.
 *
 * @param place - Any string or URL.
 * @returns A path, or undefined for what must be fetched.
 */
export function pathOf(place: string | URL): string | undefined {
  const text = String(place);
  if (text.startsWith("file:")) return nodeModule("node:url")?.fileURLToPath(text) ?? text;
  // A single letter before the colon is a drive of Windows.
  if (place instanceof URL || /^[a-z][a-z0-9+.-]+:/i.test(text)) return undefined;
  return nodeModule("node:fs") ? text : undefined;
}

function isStream(value: unknown): value is ByteStream {
  return typeof value === "object" && value !== null && ("getReader" in value || Symbol.asyncIterator in value);
}
