import { pickOptions } from "../../check-options.ts";
import { lookupName } from "../../names.ts";
import { readSerialized } from "../../serialized.ts";
import type { Serialized } from "../../serialized.ts";
import type { LearningRateSchedule } from "../schedule.ts";
import { CosineDecay } from "./cosine-decay.ts";
import { CosineDecayRestarts } from "./cosine-decay-restarts.ts";
import { ExponentialDecay } from "./exponential-decay.ts";
import { InverseTimeDecay } from "./inverse-time-decay.ts";
import { PiecewiseConstantDecay } from "./piecewise-constant-decay.ts";
import { PolynomialDecay } from "./polynomial-decay.ts";

interface ScheduleClass {
  new (options: never): LearningRateSchedule;
  readonly optionNames: readonly string[];
}

const schedules: ReadonlyMap<string, ScheduleClass> = new Map<string, ScheduleClass>([
  ["ExponentialDecay", ExponentialDecay],
  ["InverseTimeDecay", InverseTimeDecay],
  ["PiecewiseConstantDecay", PiecewiseConstantDecay],
  ["PolynomialDecay", PolynomialDecay],
  ["CosineDecay", CosineDecay],
  ["CosineDecayRestarts", CosineDecayRestarts],
]);

/** A schedule, or what `serialize` or Keras wrote. */
export type ScheduleIdentifier = LearningRateSchedule | Serialized | { readonly class_name: string; readonly config?: object };

/**
 * The schedule that is meant.
 *
 * @param identifier - A schedule (returned as it is) or its configuration.
 * @returns The schedule.
 * @throws UnknownNameError when there is no schedule of that class.
 */
export function getSchedule(identifier: ScheduleIdentifier): LearningRateSchedule {
  if ("call" in identifier) return identifier;
  const { className, config } = readSerialized("schedule", identifier);
  const found = lookupName("schedule", className, schedules);
  return new found(pickOptions(config, found.optionNames) as never);
}
