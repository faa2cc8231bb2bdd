import { Arena, Tensor, getMetric } from "@rowan/api";
import { expect } from "vitest";
import { Judge, arrayOf } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import { upload } from "./golden-case.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface UpdateStep {
  readonly action: "update";
  readonly yTrue: FixtureTensor;
  readonly yPred: FixtureTensor;
  readonly sampleWeight?: FixtureTensor;
  readonly mask?: FixtureTensor;
  readonly result: FixtureTensor;
}

interface ResetStep {
  readonly action: "reset";
  readonly result: FixtureTensor;
}

interface MetricCase extends FixtureCase {
  readonly metric: Described | string;
  /** The class that a bare "accuracy" becomes. */
  readonly resolvesTo?: string;
  readonly logName?: string;
  readonly steps: readonly (UpdateStep | ResetStep)[];
}

/** Metrics over several batches, with weights and masks, and what "accuracy" means for which shapes. */
export const metrics: ApiGroup = {
  name: "metrics",
  async cases() {
    const fixture = await loadFixture<MetricCase>("metrics");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        const first = item.steps.find((step) => step.action === "update");
        const metric = getMetric(item.metric, first?.yTrue.shape ?? [], first?.yPred.shape ?? []);
        if (item.resolvesTo !== undefined) expect(metric.className).toBe(item.resolvesTo);
        if (item.logName !== undefined) expect(metric.name).toBe(item.logName);
        for (const [index, step] of item.steps.entries()) {
          if (step.action === "reset") {
            metric.reset();
          } else {
            const arena = new Arena();
            const { total, count } = arena.run(() =>
              metric.update(Tensor.fromHost(arrayOf(step.yTrue, "float32"), backend), upload(step.yPred, backend), {
                sampleWeight: step.sampleWeight && upload(step.sampleWeight, backend),
                mask: step.mask && upload(step.mask, backend),
              }),
            );
            metric.add((await total.read()).item(), (await count.read()).item());
            arena.release();
          }
          judge.expectNumbers([metric.result], step.result, `steps[${index}].result`);
        }
      },
    }));
  },
};
