import { addAbortSignal } from "node:stream";
import type { Readable } from "node:stream";
import { stat } from "node:fs/promises";
import { FileError } from "../failure.ts";
import { openStream } from "./open-stream.ts";

/** A text that is read. */
export interface TextInput {
  /** As messages call it. */
  readonly name: string;
  readonly stream: Readable;
  /** The part that was read so far, 0 to 1; undefined where its length is not known. */
  readonly part: () => number | undefined;
}

/** No line of ids is as long; a file without line ends would fill the memory. */
const longestLine = 1 << 28;

/**
 * Opens a text.
 *
 * @param path - A file, or `-` for standard input.
 * @param signal - Ends the reading, also where nothing comes.
 * @throws The system's error where it cannot be opened.
 */
export async function openText(path: string, signal: AbortSignal): Promise<TextInput> {
  if (path === "-") return { name: "standard input", stream: addAbortSignal(signal, process.stdin), part: () => undefined };
  const stats = await stat(path);
  const stream = openStream(path, stats);
  const size = stats.isFile() ? stats.size : 0;
  return {
    name: path,
    stream: addAbortSignal(signal, stream),
    part: () => (size > 0 ? Math.min(1, stream.bytesRead / size) : undefined),
  };
}

/**
 * The lines of a text, as many at a time as come together.
 *
 * @param input - The text; UTF-8.
 * @yields Lines without their ends, in order.
 * @throws FileError for a line of more than 256 MiB.
 */
export async function* readLines({ name, stream }: TextInput): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  let lines = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const text = decoder.decode(chunk, { stream: true });
    const parts = text.split("\n");
    const last = parts.pop() as string;
    if (parts.length === 0) {
      rest += last;
      if (rest.length <= longestLine) continue;
      throw new FileError(
        `${name}, line ${lines + 1}: a line must end within ${longestLine} characters. Received: a longer one. Is it a text?`,
      );
    }
    parts[0] = rest + (parts[0] as string);
    rest = last;
    lines += parts.length;
    yield parts.map(withoutReturn);
  }
  rest += decoder.decode();
  if (rest !== "") yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
