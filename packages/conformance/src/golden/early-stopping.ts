import { Dense, EarlyStopping, InvalidArgumentError, Sequential } from "@rowan/api";
import type { EarlyStoppingOptions } from "@rowan/api";
import { expect } from "vitest";
import type { FixtureCase } from "./fixture.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface EarlyStoppingCase extends FixtureCase {
  readonly options: EarlyStoppingOptions;
  /** What is monitored, by epoch; null where it is missing. */
  readonly values: readonly (number | string | null)[];
  /** The direction cannot be told. */
  readonly error?: true;
  readonly epochsRun?: number;
  readonly stoppedEpoch?: number;
  readonly bestEpoch?: number;
  readonly best?: number | string | null;
  readonly waits?: readonly number[];
  /** The epoch whose weights the model has at the end. */
  readonly weightsOfEpoch?: number;
}

/** When EarlyStopping stops, and whose weights it brings back. */
export const earlyStopping: ApiGroup = {
  name: "early-stopping",
  async cases() {
    const fixture = await loadFixture<EarlyStoppingCase>("early-stopping");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const model = new Sequential([new Dense({ units: 1, useBias: false, inputShape: [1] })], { backend });
        try {
          model.compile({ optimizer: "sgd", loss: "mse", metrics: ["accuracy", "mse"] });
          await model.trainOnBatch([[0]], [[0]]);
          if (item.error) await expect(drive(item, model)).rejects.toThrow(InvalidArgumentError);
          else expect(await drive(item, model)).toEqual(expectedOf(item));
        } finally {
          model.dispose();
        }
      },
    }));
  },
};

type Outcome = Required<Omit<EarlyStoppingCase, "name" | "options" | "values" | "error" | "tolerance">>;

/** Calls the callback as `fit` would, with weights that tell their epoch. */
async function drive({ options, values }: EarlyStoppingCase, model: Sequential): Promise<Outcome> {
  const callback = new EarlyStopping(options);
  callback.model = model;
  const waits: number[] = [];
  callback.onTrainBegin();
  for (const [epoch, value] of values.entries()) {
    await model.setWeights([[[epoch]]]);
    await callback.onEpochEnd(epoch, value === null ? {} : { [callback.monitor]: Number(value) });
    waits.push(callback.wait);
    if (model.stopTraining) break;
  }
  await callback.onTrainEnd();
  const [weights] = await model.getWeights();
  const { stoppedEpoch, bestEpoch, best = null } = callback;
  return { epochsRun: waits.length, stoppedEpoch, bestEpoch, best, waits, weightsOfEpoch: weights?.at(0, 0) ?? NaN };
}

function expectedOf({ epochsRun, stoppedEpoch, bestEpoch, best, waits, weightsOfEpoch }: EarlyStoppingCase): Partial<Outcome> {
  return {
    epochsRun,
    stoppedEpoch,
    bestEpoch,
    best: typeof best === "string" ? Number(best) : best,
    waits,
    weightsOfEpoch,
  } as Partial<Outcome>;
}
