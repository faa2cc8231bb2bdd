import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet-writer";
import { createOutFile } from "./out-file.ts";
import type { OutFile } from "./out-file.ts";
import type { SinkOptions, SinkState, VectorSink } from "./vector-sink.ts";

/** A group of rows has about so many values: they are held as JavaScript's numbers while it is made. */
const groupValues = 1 << 19;

/** A Parquet file with a column `vector`, a list of float32, and before it `text` where vectors have labels. Not packed: such values hardly shrink. */
class ParquetSink implements VectorSink {
  readonly #file: OutFile;
  readonly #bytes: ByteWriter;
  readonly #writer: ParquetWriter;
  readonly #dim: number;
  /** What was written whole: rows, groups of them and bytes. */
  #reached: { readonly rows: number; readonly groups: number; readonly bytes: number };

  constructor(file: OutFile, { dim, labelled, from }: SinkOptions) {
    this.#file = file;
    this.#dim = dim;
    this.#bytes = new ByteWriter();
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(labelled),
      codec: "UNCOMPRESSED",
      statistics: false,
      createdBy: "rowan",
    });
    if (from !== undefined) {
      this.#bytes.index = 0;
      this.#bytes.offset = from.bytes;
      this.#writer.num_rows = BigInt(from.rows);
      this.#writer.row_groups = parseGroups(from.more as string);
    }
    this.#reached = { rows: from?.rows ?? 0, groups: this.#writer.row_groups.length, bytes: file.bytes };
  }

  get rows(): number {
    return this.#reached.rows;
  }

  async write(data: Float32Array, labels?: readonly string[]): Promise<void> {
    const count = data.length / this.#dim;
    const step = Math.max(1, Math.floor(groupValues / this.#dim));
    for (let from = 0; from < count; from += step) {
      const to = Math.min(from + step, count);
      const vectors = Array.from({ length: to - from }, (_, i) =>
        Array.from(data.subarray((from + i) * this.#dim, (from + i + 1) * this.#dim)),
      );
      await this.#writer.write({
        columnData: [
          ...(labels ? [{ name: "text", data: labels.slice(from, to), encoding: "PLAIN" as const, offsetIndex: false }] : []),
          { name: "vector", data: vectors, encoding: "PLAIN", offsetIndex: false },
        ],
        rowGroupSize: step,
      });
      // Their places are in the groups; pages have no index.
      this.#writer.pendingIndexes = [];
      await this.#drain();
    }
    this.#reached = { rows: this.rows + count, groups: this.#writer.row_groups.length, bytes: this.#file.bytes };
  }

  async save(): Promise<SinkState> {
    const { rows, groups, bytes } = this.#reached;
    await this.#file.sync(bytes);
    return { rows, bytes, more: formatGroups(this.#writer.row_groups.slice(0, groups)) };
  }

  async finish(): Promise<void> {
    await this.#writer.finish();
    await this.#drain();
    await this.#file.commit();
  }

  async abort(keep?: boolean): Promise<void> {
    await this.#file.abort(keep);
  }

  async #drain(): Promise<void> {
    await this.#file.write(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

function schemaOf(labelled: boolean): SchemaElement[] {
  return [
    { name: "root", num_children: labelled ? 2 : 1 },
    ...(labelled ? [{ name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" } as const] : []),
    { name: "vector", repetition_type: "REQUIRED", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
}

/** JSON has no big integers: they are texts with an `n`. */
function formatGroups(groups: ParquetWriter["row_groups"]): string {
  return JSON.stringify(groups, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

function parseGroups(text: string): ParquetWriter["row_groups"] {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as ParquetWriter["row_groups"];
}

/**
 * Begins a Parquet file.
 *
 * @param options - Where, and from where on.
 */
export async function createParquetSink(options: SinkOptions): Promise<VectorSink> {
  return new ParquetSink(await createOutFile(options.path, options.from?.bytes), options);
}
