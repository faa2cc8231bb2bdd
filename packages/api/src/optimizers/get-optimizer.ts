import { pickOptions } from "../check-options.ts";
import { lookupName } from "../names.ts";
import { readSerialized } from "../serialized.ts";
import type { Serialized } from "../serialized.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import { Optimizer } from "./optimizer.ts";
import { RMSprop } from "./rmsprop.ts";
import { RowwiseAdagrad } from "./rowwise-adagrad.ts";
import { getSchedule } from "./schedules/index.ts";
import type { ScheduleIdentifier } from "./schedules/index.ts";
import { SGD } from "./sgd.ts";

/** An optimizer, its name in camelCase, PascalCase or snake_case, or what `serialize` or Keras wrote. */
export type OptimizerIdentifier = Optimizer | string | Serialized | { readonly class_name: string; readonly config?: object };

interface OptimizerClass {
  new (options: Readonly<Record<string, unknown>>): Optimizer;
  readonly optionNames?: readonly string[];
}

const optimizers: ReadonlyMap<string, OptimizerClass> = new Map<string, OptimizerClass>([
  ["sgd", SGD],
  ["adam", Adam],
  ["adamw", AdamW],
  ["rmsprop", RMSprop],
  ["adagrad", Adagrad],
  ["rowwiseAdagrad", RowwiseAdagrad],
]);

/**
 * The optimizer that is meant.
 *
 * @param identifier - An optimizer (returned as it is), a name such as `"adam"`, or a configuration.
 * @returns The optimizer; a name gives Keras' defaults.
 * @throws UnknownNameError when there is none of that name.
 */
export function getOptimizer(identifier: OptimizerIdentifier): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  const { className, config } =
    typeof identifier === "string" ? { className: identifier, config: {} } : readSerialized("optimizer", identifier);
  const { learningRate } = config as { readonly learningRate?: number | ScheduleIdentifier };
  const options = typeof learningRate === "object" ? { ...config, learningRate: getSchedule(learningRate) } : config;
  const found = lookupName("optimizer", className, optimizers);
  return new found(pickOptions(options, found.optionNames));
}
