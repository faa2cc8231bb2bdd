import { InvalidArgumentError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import type { Logs } from "./callback.ts";

/**
 * The learning rate that a callback may set.
 *
 * @param model - The model in training.
 * @param callback - The callback's name, for the message.
 * @returns The rate.
 * @throws InvalidArgumentError when the optimizer has a schedule, which decides by itself.
 */
export function plainLearningRate(model: Model, callback: string): number {
  const { learningRate } = model.optimizer;
  if (typeof learningRate === "number") return learningRate;
  throw new InvalidArgumentError(
    `${callback} needs an optimizer whose learning rate is a number. Received: an optimizer with a schedule. Use the schedule or the callback, not both.`,
  );
}

/**
 * Puts the learning rate into the logs of an epoch, under Keras' name.
 *
 * @param model - The model in training.
 * @param logs - The logs that all callbacks of the epoch share; the history, which comes last, keeps what it finds in them.
 */
export function noteLearningRate(model: Model, logs: Logs): void {
  (logs as Record<string, number>)["learning_rate"] = model.optimizer.currentLearningRate;
}
