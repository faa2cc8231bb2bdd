import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MaxNorm, MinMaxNorm, NonNeg, UnitNorm } from "../constraints/index.ts";
import type { Constraint } from "../constraints/constraint.ts";
import { Constant } from "../initializers/index.ts";
import { Variable } from "../table/variable.ts";
import { setWarningHandler } from "../warnings.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { RMSprop } from "./rmsprop.ts";
import { RowwiseAdagrad } from "./rowwise-adagrad.ts";
import { SGD } from "./sgd.ts";
import { planTable } from "./table-plan.ts";
import type { TablePlan } from "./table-plan.ts";

const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
  setWarningHandler((message) => warnings.push(message));
});

afterEach(() => {
  setWarningHandler(undefined);
});

function planOf(optimizer: Optimizer, constraint: Constraint | null = null): TablePlan {
  const variable = new Variable({ name: "rows", shape: [5, 2], initializer: new Constant({ value: 0 }), constraint, isTable: true });
  return planTable({
    rule: optimizer.rule(1, 0, 0),
    variable,
    sparseUpdate: optimizer.sparseUpdate,
    decays: (optimizer.weightDecay ?? 0) > 0,
    averages: optimizer.useEma,
  });
}

describe("how a table is updated", () => {
  test.each<[string, Optimizer, TablePlan]>([
    ["SGD moves only what has a gradient", new SGD(), "rows"],
    ["Adagrad too", new Adagrad(), "rows"],
    ["row-wise Adagrad too", new RowwiseAdagrad(), "rows"],
    ["weight decay moves every row", new SGD({ weightDecay: 0.1 }), "fold"],
    ["a weight decay of 0 does not", new SGD({ weightDecay: 0 }), "rows"],
    ["Adagrad with weight decay", new Adagrad({ weightDecay: 0.1 }), "fold"],
    ["momentum", new SGD({ momentum: 0.9 }), "fold"],
    ["momentum that never fades", new SGD({ momentum: 1 }), "replay"],
    ["Adam", new Adam(), "fold"],
    ["AdamW", new AdamW(), "fold"],
    ["Adam without momentum", new Adam({ beta1: 0 }), "fold"],
    ["amsgrad, whatever its betas", new Adam({ amsgrad: true, beta2: 0.9 }), "fold"],
    ["Adam with a fast second moment", new Adam({ beta2: 0.9 }), "replay"],
    ["Adam with a first moment as slow as the second", new Adam({ beta1: 0.999 }), "replay"],
    ["Adam without an epsilon: 0 / 0 in every row", new Adam({ epsilon: 0 }), "replay"],
    ["RMSprop: its mean of squares decays", new RMSprop(), "fold"],
    ["RMSprop with everything", new RMSprop({ centered: true, momentum: 0.9 }), "fold"],
    ["lazy", new Adam({ sparseUpdate: "lazy" }), "rows"],
    ["dense", new Adam({ sparseUpdate: "dense" }), "dense"],
  ])("%s", (_name, optimizer, plan) => {
    expect(planOf(optimizer)).toBe(plan);
    expect(warnings).toEqual([]);
  });

  test.each([new MaxNorm({ axis: 1 }), new UnitNorm({ axis: 1 }), new MinMaxNorm({ axis: 1 }), new NonNeg()])(
    "a constraint that is per row is replayed",
    (constraint) => {
      expect(planOf(new SGD(), constraint)).toBe("replay");
      expect(warnings).toEqual([]);
    },
  );

  test("a constraint over columns needs the whole table, and says so", () => {
    expect(planOf(new Adam(), new MaxNorm())).toBe("dense");
    expect(warnings).toEqual([expect.stringContaining("MaxNorm")]);
  });

  test("so does a moving average", () => {
    expect(planOf(new Adam({ useEma: true }))).toBe("dense");
    expect(warnings).toEqual([expect.stringContaining("useEma")]);
  });
});
