import { FormatError } from "@rowan/api";
import { defaultExpansion, growsTooMuch } from "./expansion-limit.ts";

/** The first bytes of every gzip file. */
export const gzipMagic = [0x1f, 0x8b] as const;

/**
 * Ends a stream that grows too much when it is unpacked.
 *
 * @param name - The file's name, for messages.
 * @param stream - What was unpacked.
 * @param packed - How many bytes it was made of so far.
 * @param maxExpansion - How many times its size a file may grow; more is taken for an attack.
 * @returns The same pieces.
 * @throws FormatError for more than that.
 */
export async function* checkedExpansion(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  packed: () => number,
  maxExpansion: number = defaultExpansion,
): AsyncGenerator<Uint8Array> {
  let unpacked = 0;
  for await (const piece of stream) {
    unpacked += piece.length;
    if (growsTooMuch(unpacked, packed(), maxExpansion)) {
      throw new FormatError(
        `${name} must not grow to more than ${maxExpansion} times its size when it is unpacked. Received: ${unpacked} bytes out of ${packed()}. If you trust it, pass a larger { maxExpansion }.`,
      );
    }
    yield piece;
  }
}

/**
 * Unpacks gzip, a piece at a time.
 *
 * @param name - The file's name, for messages.
 * @param stream - Its bytes.
 * @param maxExpansion - How many times its size a file may grow.
 * @returns What was packed. Ending the iteration early ends the reading of `stream`.
 * @throws FormatError for damaged or cut off files, and for those that grow too much.
 */
export function gunzip(name: string, stream: AsyncIterable<Uint8Array>, maxExpansion?: number): AsyncGenerator<Uint8Array> {
  const count = { packed: 0 };
  return checkedExpansion(name, unpack(name, stream, count), () => count.packed, maxExpansion);
}

async function* unpack(name: string, stream: AsyncIterable<Uint8Array>, count: { packed: number }): AsyncGenerator<Uint8Array> {
  const input = stream[Symbol.asyncIterator]();
  let fault: { readonly error: unknown } | undefined;
  const packedBytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const step = await input.next();
        if (step.done === true) {
          controller.close();
          return;
        }
        count.packed += step.value.length;
        controller.enqueue(step.value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        fault = { error };
        controller.error(error);
      }
    },
  });
  const unpacking: ReadableStream<Uint8Array> = packedBytes.pipeThrough(new DecompressionStream("gzip"));
  const output = unpacking.getReader();
  try {
    for (;;) {
      const step = await output.read().catch((error: unknown) => {
        if (fault) throw fault.error;
        throw new FormatError(`${name} must be a whole gzip file. Received: bytes that cannot be unpacked. Write or download it again.`, {
          cause: error,
        });
      });
      if (step.done) return;
      yield step.value;
    }
  } finally {
    await output.cancel().catch(() => undefined);
    await input.return?.();
  }
}
