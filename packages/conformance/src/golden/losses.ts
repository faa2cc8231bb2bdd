import { getLoss } from "@rowan/api";
import { Judge } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import { differentiate, upload } from "./golden-case.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface LossCase extends FixtureCase {
  readonly loss: Described;
  readonly yTrue: FixtureTensor;
  readonly yPred: FixtureTensor;
  readonly sampleWeight?: FixtureTensor;
  readonly mask?: FixtureTensor;
  readonly value: FixtureTensor;
  /** Of the sum of the value, with respect to yPred. */
  readonly gradient: FixtureTensor;
}

/** Losses under every reduction, with weights and masks, and their gradients. */
export const losses: ApiGroup = {
  name: "losses",
  async cases() {
    const fixture = await loadFixture<LossCase>("losses");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        const loss = getLoss(item.loss);
        const { value, gradient } = await differentiate(backend, item.yPred, (yPred) =>
          loss.compute(upload(item.yTrue, backend), yPred, {
            sampleWeight: item.sampleWeight && upload(item.sampleWeight, backend),
            mask: item.mask && upload(item.mask, backend),
          }),
        );
        judge.expectTensor(value, item.value, "value");
        if (gradient) judge.expectTensor(gradient, item.gradient, "gradient");
        else
          judge.expectNumbers(
            item.gradient.data.map(() => 0),
            item.gradient,
            "gradient",
          );
      },
    }));
  },
};
