import { BatchBuilder } from "./batch-builder.ts";
import type { CellInput } from "./cell-input.ts";
import type { CellReader } from "./cell-reader.ts";
import type { IdBatch, IdSource, Passed } from "./id-source.ts";

/** Batches out of an input whose ids come a line or a row at a time. */
export class CellSource implements IdSource {
  readonly shape: undefined;
  readonly #input: CellInput;
  readonly #reader: CellReader;
  readonly #builder: BatchBuilder;

  /**
   * @param input - The file.
   * @param reader - Turns what stands in it into ids.
   * @param options - How many vectors make a batch, whether bad lines are passed over, and how messages say that this would be possible.
   */
  constructor(
    input: CellInput,
    reader: CellReader,
    options: { readonly size: number; readonly skipBad: boolean; readonly skipRemedy: string },
  ) {
    this.#input = input;
    this.#reader = reader;
    this.#builder = new BatchBuilder(input.name, { ...options, isBag: reader.rules.isBag, placeOf: input.placeOf });
  }

  get name(): string {
    return this.#input.name;
  }

  get total(): number | undefined {
    return this.#input.total;
  }

  get passed(): Passed {
    return { ...this.#builder.passed, unknownWords: this.#reader.unknownWords };
  }

  part(): number | undefined {
    return this.#input.part();
  }

  async *batches(): AsyncGenerator<IdBatch> {
    const builder = this.#builder;
    for await (const cells of this.#input.cells()) {
      for (const { line, tokens, columns, weights, label, fault } of cells) {
        if (fault) builder.fail(line, fault);
        else builder.add(line, () => this.#reader.read(tokens, columns, weights), label);
        if (builder.isFull) yield builder.take();
      }
    }
    if (!builder.isEmpty) yield builder.take();
  }

  async close(): Promise<void> {
    await this.#input.close();
  }
}
