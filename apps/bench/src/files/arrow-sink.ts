import { Field, FixedSizeList, Float32, RecordBatch, Schema, Struct, Utf8, makeData, vectorFromArray } from "apache-arrow";
import type { Data } from "apache-arrow";
import { ArrowWriter } from "./arrow-writer.ts";
import type { ArrowBlock } from "./arrow-writer.ts";
import { createOutFile } from "./out-file.ts";
import type { OutFile } from "./out-file.ts";
import type { SinkOptions, SinkState, VectorSink } from "./vector-sink.ts";

/** An Arrow IPC file (Feather version 2, not packed) with a column `vector`, and before it `text` where vectors have labels. */
class ArrowSink implements VectorSink {
  readonly #file: OutFile;
  readonly #writer: ArrowWriter;
  readonly #schema: Schema;
  readonly #list: FixedSizeList<Float32>;
  /** What was written whole: rows, batches and bytes. */
  #reached: { readonly rows: number; readonly batches: number; readonly bytes: number };

  constructor(file: OutFile, { dim, labelled, from }: SinkOptions) {
    this.#file = file;
    this.#list = new FixedSizeList(dim, new Field("item", new Float32(), false));
    const vector = new Field("vector", this.#list, false);
    this.#schema = new Schema(labelled ? [new Field("text", new Utf8(), false), vector] : [vector]);
    this.#writer = new ArrowWriter();
    this.#writer.begin(this.#schema, from && { bytes: from.bytes, blocks: from.more as ArrowBlock[] });
    this.#reached = { rows: from?.rows ?? 0, batches: this.#writer.blocks.length, bytes: file.bytes };
  }

  get rows(): number {
    return this.#reached.rows;
  }

  async write(data: Float32Array, labels?: readonly string[]): Promise<void> {
    const length = data.length / this.#list.listSize;
    const values = makeData({ type: new Float32(), length: data.length, nullCount: 0, data });
    const children: Data[] = [makeData({ type: this.#list, length, nullCount: 0, child: values })];
    if (labels) children.unshift(vectorFromArray([...labels], new Utf8()).data[0] as Data);
    const batch = new RecordBatch(this.#schema, makeData({ type: new Struct(this.#schema.fields), length, nullCount: 0, children }));
    this.#writer.write(batch);
    await this.#drain();
    this.#reached = { rows: this.rows + length, batches: this.#writer.blocks.length, bytes: this.#file.bytes };
  }

  async save(): Promise<SinkState> {
    const { rows, batches, bytes } = this.#reached;
    await this.#file.sync(bytes);
    return { rows, bytes, more: this.#writer.blocks.slice(0, batches) };
  }

  async finish(): Promise<void> {
    this.#writer.finish();
    await this.#drain();
    await this.#file.commit();
  }

  async abort(keep?: boolean): Promise<void> {
    await this.#file.abort(keep);
  }

  async #drain(): Promise<void> {
    for (const piece of this.#writer.take()) await this.#file.write(piece);
  }
}

/**
 * Begins an Arrow file.
 *
 * @param options - Where, and from where on.
 */
export async function createArrowSink(options: SinkOptions): Promise<VectorSink> {
  return new ArrowSink(await createOutFile(options.path, options.from?.bytes), options);
}
