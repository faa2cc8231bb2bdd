import { Adagrad, Adam, AdamW, RMSprop, RowwiseAdagrad, SGD } from "@rowan/api";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { pushMany, sameAsDense } from "./stage.ts";
import type { MakeOptimizer } from "./stage.ts";

const schedules = {
  cosine: { call: (step: number) => 0.005 * (1 + Math.cos(step / 50)) },
  jumping: { call: (step: number) => (step % 60 < 30 ? 1e-4 : 1e-2) },
  "zero for a while": { call: (step: number) => (step % 120 < 60 ? 0 : 5e-3) },
};

const optimizers: Record<string, MakeOptimizer> = {
  sgd: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.05 }),
  "sgd, weight decay": (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.05, weightDecay: 0.02 }),
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }),
  "momentum that never fades": (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 1e-4, momentum: 1 }),
  nesterov: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9, nesterov: true }),
  "nesterov, weight decay": (sparseUpdate) =>
    new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005 }),
  "adam, cosine": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: schedules.cosine }),
  "adam, jumping rates": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: schedules.jumping }),
  "adam, rates of zero": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: schedules["zero for a while"] }),
  "adam, slow momentum": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0.99 }),
  "adam, momentum as slow as the second moment": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0.999 }),
  "adam, faster second moment": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta2: 0.99 }),
  "adam, fast second moment": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta2: 0.9 }),
  "adam without momentum": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0 }),
  "adam, large epsilon": (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, epsilon: 1e-3 }),
  amsgrad: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005, amsgrad: true }),
  "amsgrad, cosine and weight decay": (sparseUpdate) =>
    new Adam({ sparseUpdate, learningRate: schedules.cosine, amsgrad: true, weightDecay: 0.1 }),
  adamw: (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.005, weightDecay: 0.05 }),
  "adamw, jumping rates": (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: schedules.jumping, weightDecay: 0.5 }),
  "adamw, a decay that outruns the momentum": (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.005, weightDecay: 30 }),
  rmsprop: (sparseUpdate) => new RMSprop({ sparseUpdate }),
  "rmsprop, weight decay": (sparseUpdate) => new RMSprop({ sparseUpdate, weightDecay: 0.05 }),
  "rmsprop, centered": (sparseUpdate) => new RMSprop({ sparseUpdate, centered: true, epsilon: 1e-5 }),
  "rmsprop, momentum": (sparseUpdate) => new RMSprop({ sparseUpdate, momentum: 0.8 }),
  "rmsprop, everything": (sparseUpdate) =>
    new RMSprop({ sparseUpdate, centered: true, momentum: 0.8, weightDecay: 0.02, epsilon: 1e-5, learningRate: schedules.cosine }),
  adagrad: (sparseUpdate) => new Adagrad({ sparseUpdate, learningRate: 0.02 }),
  "adagrad, weight decay": (sparseUpdate) => new Adagrad({ sparseUpdate, learningRate: 0.02, weightDecay: 0.05 }),
  "row-wise adagrad": (sparseUpdate) => new RowwiseAdagrad({ sparseUpdate, learningRate: 0.02 }),
  "row-wise adagrad, weight decay": (sparseUpdate) => new RowwiseAdagrad({ sparseUpdate, learningRate: 0.02, weightDecay: 0.05 }),
};

/** Every rule with every option: the weights of all rows after 301 steps. */
export const rules: ApiGroup = {
  name: "rules",
  cases: () =>
    Object.entries(optimizers).map(([name, make]) =>
      sameAsDense(name, async (stage) => {
        const table = stage.table(24);
        await pushMany(table, stage.optimizer(make), 0, 301);
        return [await table.read()];
      }),
    ),
};
