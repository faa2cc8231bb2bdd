import { checkPositiveInteger } from "../../tensor/shape.ts";
import { InvalidArgumentError, describeValue } from "../../errors.ts";

/** What a backend is chosen for. */
export interface Workload {
  /** Rows of the table. */
  readonly inputDim: number;
  /** Values of a row. */
  readonly outputDim: number;
  /** Ids of one lookup, or of one training step. */
  readonly batch: number;
  /** Whether rows are looked up and brought to the host, or trained. */
  readonly work: "lookup" | "train";
}

/** What is assumed where nothing is said: a table of 100,000 x 64, and 1,024 ids a lookup. */
const usual: Workload = { inputDim: 100_000, outputDim: 64, batch: 1024, work: "lookup" };

/** The names of a workload's fields. */
export const workloadNames: readonly (keyof Workload)[] = ["inputDim", "outputDim", "batch", "work"];

/**
 * A whole workload from what was given of one.
 *
 * @param given - Some of its fields.
 * @returns All of them, checked.
 * @throws InvalidArgumentError for a size that is no positive integer, or other work.
 */
export function completeWorkload(given: Partial<Workload>): Workload {
  const { inputDim, outputDim, batch, work } = { ...usual, ...given };
  if (!(["lookup", "train"] as readonly unknown[]).includes(work)) {
    throw new InvalidArgumentError(`\`work\` must be "lookup" or "train". Received: work=${describeValue(work)}.`);
  }
  return {
    inputDim: checkPositiveInteger("inputDim", inputDim),
    outputDim: checkPositiveInteger("outputDim", outputDim),
    batch: checkPositiveInteger("batch", batch),
    work,
  };
}

/**
 * A workload in words.
 *
 * @param workload - Which.
 */
export function describeWorkload({ inputDim, outputDim, batch, work }: Workload): string {
  return `${work === "lookup" ? "lookups" : "training steps"} of ${batch} ${batch === 1 ? "id" : "ids"} in a table of ${inputDim} x ${outputDim}`;
}

/**
 * The same text for workloads whose sizes lie within a fifth of each other.
 *
 * @param workload - Which.
 * @returns A key of a cache.
 */
export function workloadKey({ inputDim, outputDim, batch, work }: Workload): string {
  return [work, ...[inputDim, outputDim, batch].map((size) => Math.round(2 * Math.log2(size)))].join("/");
}
