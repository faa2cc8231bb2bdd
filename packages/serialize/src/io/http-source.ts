import { FileAccessError, CheckpointFormatError, countOf } from "@rowan/api";
import type { ByteSource } from "./byte-source.ts";
import { reasonOf } from "./files.ts";
import { MemorySource } from "./memory-source.ts";
import { StreamSource, readAll } from "./stream-source.ts";

/** What the first request brings: the header of most checkpoints. */
const firstBytes = 65_536;

/** A resource of a server that answers range requests. */
class RangeSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly certain = false;
  readonly forwardOnly = false;
  readonly #url: string;
  /** The version that was opened: a file that changes between two requests is noticed. */
  readonly #tag: string | null;
  readonly #first: Uint8Array;

  constructor(url: string, size: number, tag: string | null, first: Uint8Array) {
    this.#url = url;
    this.name = JSON.stringify(url);
    this.size = size;
    this.#tag = tag;
    this.#first = first;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    if (end <= offset) return new Uint8Array();
    if (end <= this.#first.length) return this.#first.subarray(offset, end);
    const response = await request(this.#url, offset, end - 1);
    if (response.status !== 206 || response.headers.get("etag") !== this.#tag || totalOf(response) !== this.size) {
      await response.body?.cancel();
      throw new FileAccessError(
        `${this.name} changed while it was read. Received: status ${response.status} for bytes ${offset} to ${end - 1}. Open it again.`,
      );
    }
    return bodyOf(response, this.name, end - offset);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Opens what a URL names. A server with range requests is asked only for what is read; any other for the whole.
 *
 * @param url - `http:`, `https:`, `blob:` or `data:`.
 * @param forwards - Whether reading forwards is enough: then the whole is never in memory.
 * @returns The source.
 * @throws FileAccessError when the server cannot be reached or says no.
 */
export async function openUrl(url: string, forwards: boolean): Promise<ByteSource> {
  const name = JSON.stringify(url);
  const hasRanges = /^https?:/.test(url);
  const response = await request(url, hasRanges && !forwards ? 0 : undefined, firstBytes - 1);
  const total = totalOf(response);
  if (response.status === 206 && total !== undefined) {
    return new RangeSource(url, total, response.headers.get("etag"), await bodyOf(response, name, Math.min(firstBytes, total)));
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new FileAccessError(`${name} cannot be read: the server answered ${response.status} ${response.statusText}. Check the address.`);
  }
  const length = response.headers.get("content-encoding") === null ? Number(response.headers.get("content-length") ?? NaN) : NaN;
  const stream = response.body as ReadableStream<Uint8Array>;
  if (forwards) return new StreamSource(stream, name, Number.isSafeInteger(length) && length > 0 ? length : undefined);
  return new MemorySource(await readAll(stream, name), name);
}

async function request(url: string, from: number | undefined, to: number): Promise<Response> {
  try {
    // A compressed answer would have other places.
    return await fetch(url, from === undefined ? {} : { headers: { range: `bytes=${from}-${to}`, "accept-encoding": "identity" } });
  } catch (cause) {
    throw new FileAccessError(`${JSON.stringify(url)} cannot be read: ${reasonOf(cause)}. Check the address and the connection.`, {
      cause,
    });
  }
}

function totalOf(response: Response): number | undefined {
  const match = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : undefined;
}

async function bodyOf(response: Response, name: string, length: number): Promise<Uint8Array> {
  const source = new StreamSource(response.body as ReadableStream<Uint8Array>, name);
  const bytes = await source.read(0, length);
  await source.close();
  if (bytes.length === length) return bytes;
  throw new CheckpointFormatError(
    `${name} must give ${countOf(length, "byte")} for this range. Received: ${bytes.length}. The connection broke off.`,
  );
}
