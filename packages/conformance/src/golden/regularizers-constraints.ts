import { getConstraint, getRegularizer, scope } from "@rowan/api";
import { expect } from "vitest";
import { Judge } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import { differentiate, upload } from "./golden-case.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface RegularizerCase extends FixtureCase {
  readonly kind: "regularizer";
  readonly regularizer: Described;
  readonly w: FixtureTensor;
  readonly value: FixtureTensor;
  readonly gradient: FixtureTensor;
}

interface ConstraintCase extends FixtureCase {
  readonly kind: "constraint";
  readonly constraint: Described;
  readonly w: FixtureTensor;
  readonly projected: FixtureTensor;
}

/** Penalties with their gradients, and projections. */
export const regularizersAndConstraints: ApiGroup = {
  name: "regularizers-constraints",
  async cases() {
    const fixture = await loadFixture<RegularizerCase | ConstraintCase>("regularizers-constraints");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        if (item.kind === "regularizer") {
          const regularizer = getRegularizer(item.regularizer);
          const { value, gradient } = await differentiate(backend, item.w, (w) => regularizer?.call(w) ?? w);
          judge.expectTensor(value, item.value, "value");
          if (gradient) judge.expectTensor(gradient, item.gradient, "gradient");
          else judge.expectNumbers(Array<number>(item.gradient.data.length).fill(0), item.gradient, "gradient");
          return;
        }
        const constraint = getConstraint(item.constraint);
        const projected = scope(() => constraint?.call(upload(item.w, backend)));
        expect(projected, "a projection").toBeDefined();
        if (projected) judge.expectTensor(await projected.read(), item.projected, "projected");
        projected?.dispose();
      },
    }));
  },
};
