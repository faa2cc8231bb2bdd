import type { TextStream } from "../terminal.ts";
import { createOutFile } from "./out-file.ts";
import type { OutFile } from "./out-file.ts";
import type { SinkOptions, SinkState, VectorSink } from "./vector-sink.ts";

/** Text is handed on in pieces of about this many characters. */
const pieceLength = 1 << 16;

/** JSON lines of vectors: an array each, or an object with what it is of. */
function* format(data: Float32Array, dim: number, labels: readonly string[] | undefined): Generator<string> {
  let text = "";
  for (let row = 0; row * dim < data.length; row++) {
    const vector = [...data.subarray(row * dim, (row + 1) * dim)];
    text += `${JSON.stringify(labels === undefined ? vector : { text: labels[row], vector })}\n`;
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

class JsonlSink implements VectorSink {
  readonly #file: OutFile;
  readonly #dim: number;
  #reached: SinkState;

  constructor(file: OutFile, dim: number, from: SinkState | undefined) {
    this.#file = file;
    this.#dim = dim;
    this.#reached = from ?? { rows: 0, bytes: 0 };
  }

  get rows(): number {
    return this.#reached.rows;
  }

  async write(data: Float32Array, labels?: readonly string[]): Promise<void> {
    for (const text of format(data, this.#dim, labels)) await this.#file.write(Buffer.from(text));
    this.#reached = { rows: this.rows + data.length / this.#dim, bytes: this.#file.bytes };
  }

  async save(): Promise<SinkState> {
    await this.#file.sync(this.#reached.bytes);
    return this.#reached;
  }

  async finish(): Promise<void> {
    await this.#file.commit();
  }

  async abort(keep?: boolean): Promise<void> {
    await this.#file.abort(keep);
  }
}

/**
 * Begins a file of JSON lines.
 *
 * @param options - Where.
 */
export async function createJsonlSink({ path, dim, from }: SinkOptions): Promise<VectorSink> {
  return new JsonlSink(await createOutFile(path, from?.bytes), dim, from);
}

class StdoutSink implements VectorSink {
  readonly #stdout: TextStream;
  readonly #dim: number;
  #rows = 0;

  constructor(stdout: TextStream, dim: number) {
    this.#stdout = stdout;
    this.#dim = dim;
  }

  get rows(): number {
    return this.#rows;
  }

  async write(data: Float32Array, labels?: readonly string[]): Promise<void> {
    for (const text of format(data, this.#dim, labels)) {
      this.#stdout.write(text);
      await this.#stdout.flush?.();
    }
    this.#rows += data.length / this.#dim;
  }

  save(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  abort(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * JSON lines on standard output.
 *
 * @param options - The output.
 */
export function createStdoutSink({ stdout, dim }: SinkOptions): VectorSink {
  return new StdoutSink(stdout, dim);
}
