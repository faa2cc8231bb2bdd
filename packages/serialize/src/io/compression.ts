/** Deflate in the form of zlib (RFC 1950): by Node's zlib where there is one, else by the streams that every browser has. */
import { CheckpointFormatError, countOf } from "@rowan/api";
import { nodeModule } from "./node.ts";

/**
 * Compresses a chunk. The bytes depend on the runtime's implementation, and are the same for the same input in one runtime.
 *
 * @param bytes - The chunk.
 * @returns A zlib stream.
 */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const zlib = nodeModule("node:zlib");
  if (zlib) return zlib.deflateSync(bytes);
  const { stream, written } = feed(new CompressionStream("deflate"), bytes);
  const [parts] = await Promise.all([collect(stream, Infinity), written]);
  return parts ?? new Uint8Array();
}

/**
 * Expands a chunk, to the length that it must have: one that would give more is stopped there.
 *
 * @param bytes - A zlib stream.
 * @param length - The bytes that it must give.
 * @param where - Its place, for the message.
 * @returns Exactly `length` bytes.
 * @throws CheckpointFormatError when it is no such stream.
 */
export async function inflate(bytes: Uint8Array, length: number, where: () => string): Promise<Uint8Array> {
  let found: Uint8Array | undefined;
  let cause: unknown;
  try {
    found = await expand(bytes, length);
  } catch (error) {
    cause = error;
  }
  if (found?.length === length) return found;
  throw new CheckpointFormatError(
    `The chunk at ${where()} must give ${countOf(length, "byte")} when it is expanded. Received: ${found ? countOf(found.length, "byte") : "more, or a damaged stream"}. The file was damaged, or made to take memory.`,
    { cause },
  );
}

async function expand(bytes: Uint8Array, length: number): Promise<Uint8Array | undefined> {
  const zlib = nodeModule("node:zlib");
  if (zlib) return zlib.inflateSync(bytes, { maxOutputLength: Math.max(length, 1) });
  const { stream, written } = feed(new DecompressionStream("deflate"), bytes);
  const [found] = await Promise.all([collect(stream, length), written]);
  return found;
}

function feed(
  transform: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
): { stream: ReadableStream<Uint8Array>; written: Promise<void> } {
  const writer = transform.writable.getWriter();
  const written = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
  // A reader that stops early makes the writer fail: the reader knows why.
  return { stream: transform.readable as ReadableStream<Uint8Array>, written: written.catch(() => undefined) };
}

/** Undefined where more than `most` bytes come. */
async function collect(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array | undefined> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.length;
    if (total > most) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
