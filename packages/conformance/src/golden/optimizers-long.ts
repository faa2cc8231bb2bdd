import { Embedding, NDArray, Sequential, getOptimizer } from "@rowan/api";
import type { Optimizer } from "@rowan/api";
import { Judge, arrayOf } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";
import { updateModes } from "./update-modes.ts";

interface LongCase extends FixtureCase {
  readonly optimizer: Described;
  /** `[step, rate]`: set before the step, counted from 0. */
  readonly learningRates?: readonly (readonly [number, number])[];
  /** After so many steps. */
  readonly weights: Readonly<Record<string, FixtureTensor>>;
}

interface LongInputs {
  readonly initial: FixtureTensor;
  /** `[step, batch, length]`. */
  readonly ids: FixtureTensor;
}

/** Hundreds of steps of a table with Zipf-distributed ids: rows that are in every step, in one, and in none. */
export const optimizersLong: ApiGroup = {
  name: "optimizers-long",
  async cases() {
    const fixture = await loadFixture<LongCase, LongInputs>("optimizers-long");
    return fixture.cases.flatMap((item) =>
      updateModes(item.optimizer).map((sparseUpdate): ApiCase => ({
        name: `${item.name}, ${sparseUpdate}`,
        async run(backend) {
          const judge = new Judge(fixture, item);
          const optimizer = getOptimizer({ ...item.optimizer, config: { ...item.optimizer.config, sparseUpdate } });
          const [inputDim = 0, outputDim = 0] = fixture.inputs.initial.shape;
          const embedding = new Embedding({ inputDim, outputDim, weights: arrayOf(fixture.inputs.initial) });
          const model = new Sequential([embedding], { backend });
          try {
            model.compile({ optimizer, loss: "mse" });
            await train(model, optimizer, item, fixture.inputs, async (step) => {
              const expected = item.weights[String(step)];
              if (expected) judge.expectTensor(await embedding.table.read(), expected, "weights", String(step));
            });
          } finally {
            model.dispose();
          }
        },
      })),
    );
  },
};

async function train(
  model: Sequential,
  optimizer: Optimizer,
  { learningRates }: LongCase,
  inputs: LongInputs,
  after: (step: number) => Promise<void>,
): Promise<void> {
  const rates = new Map(learningRates);
  const ids = arrayOf(inputs.ids);
  const [steps = 0, batch = 0, length = 0] = ids.shape;
  const columns = inputs.initial.shape[1] as number;
  for (let step = 0; step < steps; step++) {
    optimizer.learningRate = rates.get(step) ?? optimizer.learningRate;
    const x = ids.slice(step, step + 1).reshape([batch, length]);
    await model.trainOnBatch(x, targetsOf(x, columns, step));
    await after(step + 1);
  }
}

/** The formula that the fixture states; it keeps moving, so that gradients do not vanish. */
function targetsOf(ids: NDArray, columns: number, step: number): NDArray {
  const targets = new Float32Array(ids.size * columns);
  for (let i = 0; i < targets.length; i++) {
    const position = Math.floor(i / columns);
    targets[i] = (((7 * (ids.data[position] as number) + 3 * (i % columns) + 5 * step + 2 * position) % 11) - 5) / 10;
  }
  return new NDArray(targets, [...ids.shape, columns]);
}
