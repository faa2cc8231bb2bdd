import type { Fixture, FixtureCase } from "./fixture.ts";

/** The files that the suite reads. */
export type FixtureName =
  | "activations"
  | "early-stopping"
  | "layers"
  | "losses"
  | "metrics"
  | "models"
  | "optimizers-long"
  | "optimizers-step"
  | "quantization"
  | "regularizers-constraints"
  | "schedules";

type Load = () => Promise<{ readonly default: unknown }>;

/** Each file is loaded when its group is asked for, in Node and in browsers alike. */
const files: Readonly<Record<FixtureName, Load>> = {
  activations: () => import("../../fixtures/numbers/activations.json", { with: { type: "json" } }),
  "early-stopping": () => import("../../fixtures/numbers/early-stopping.json", { with: { type: "json" } }),
  layers: () => import("../../fixtures/numbers/layers.json", { with: { type: "json" } }),
  losses: () => import("../../fixtures/numbers/losses.json", { with: { type: "json" } }),
  metrics: () => import("../../fixtures/numbers/metrics.json", { with: { type: "json" } }),
  models: () => import("../../fixtures/numbers/models.json", { with: { type: "json" } }),
  "optimizers-long": () => import("../../fixtures/numbers/optimizers-long.json", { with: { type: "json" } }),
  "optimizers-step": () => import("../../fixtures/numbers/optimizers-step.json", { with: { type: "json" } }),
  quantization: () => import("../../fixtures/numbers/quantization.json", { with: { type: "json" } }),
  "regularizers-constraints": () => import("../../fixtures/numbers/regularizers-constraints.json", { with: { type: "json" } }),
  schedules: () => import("../../fixtures/numbers/schedules.json", { with: { type: "json" } }),
};

/**
 * Reads a file of golden numbers.
 *
 * @param name - Which one.
 * @returns Its content; the type is the caller's word.
 */
export async function loadFixture<C extends FixtureCase, Inputs = undefined>(name: FixtureName): Promise<Fixture<C, Inputs>> {
  const { default: content } = await files[name]();
  return content as Fixture<C, Inputs>;
}
