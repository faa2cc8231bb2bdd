import { Adam, Dense, Embedding, Flatten, NDArray, Sequential } from "@rowan/api";
import type { Backend, SparseUpdate } from "@rowan/api";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { split } from "./shapes.ts";

/** A model of ids, and its batches. */
export interface StepShape {
  readonly rows: number;
  readonly dim: number;
  readonly samples: number;
  /** Ids a sample. */
  readonly width: number;
  /** Different batches, for successive steps: the more there are, the more of the table is in use. */
  readonly sets: number;
}

/** First weights, and the ids and targets of all batches. */
export type StepInputs = Readonly<Record<"table" | "targets" | "head", Float32Array>> & { readonly ids: Int32Array };

/** How Rowan takes its steps. */
export interface RowanSteps {
  readonly name: string;
  readonly backend: Backend;
  readonly sparseUpdate?: SparseUpdate;
  /** Of so many first steps the losses are compared. */
  readonly losses: number;
}

/**
 * Training steps of Embedding, Flatten and Dense(1) with Adam: `trainOnBatch`, the loss read.
 *
 * @param shape - The model and its batches.
 * @param inputs - Weights, ids, targets.
 * @param steps - Backend and mode; the backend is disposed with the contender.
 */
export async function rowanSteps(
  { rows, dim, samples, width, sets }: StepShape,
  inputs: StepInputs,
  { name, backend, sparseUpdate, losses }: RowanSteps,
): Promise<Contender> {
  const table = new NDArray(inputs.table, [rows, dim]);
  const embedding = new Embedding({ inputDim: rows, outputDim: dim, inputLength: width, weights: [table] });
  const dense = new Dense({ units: 1 });
  const model = new Sequential([embedding, new Flatten(), dense], { backend });
  model.compile({ optimizer: new Adam({ ...(sparseUpdate && { sparseUpdate }) }), loss: "mse" });
  await dense.setWeights([new NDArray(inputs.head, [width * dim, 1]), new NDArray(new Float32Array(1), [1])]);
  const x = split(inputs.ids, sets).map((ids) => new NDArray(ids, [samples, width]));
  const y = x.map((_, set) => new NDArray(inputs.targets.subarray(set * samples, (set + 1) * samples), [samples, 1]));
  const call = async (set: number): Promise<number> => (await model.trainOnBatch(x[set] as NDArray, y[set] as NDArray))[0] ?? NaN;
  return inProcess({
    name,
    peer: "rowan",
    sets,
    call,
    result: async () => {
      const found: number[] = [];
      for (let step = 0; step < losses; step++) found.push(await call(step));
      return found;
    },
    dispose: () => backend.dispose(),
  });
}
