import { activations as functions, getActivation } from "@rowan/api";
import type { ActivationFunction } from "@rowan/api";
import { expect } from "vitest";
import { Judge } from "./fixture.ts";
import type { FixtureCase, FixtureTensor } from "./fixture.ts";
import { differentiate } from "./golden-case.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface ActivationCase extends FixtureCase {
  /** Keras' name. */
  readonly activation: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly x: FixtureTensor;
  readonly y: FixtureTensor;
  readonly upstream?: FixtureTensor;
  readonly gradient?: FixtureTensor;
}

/** Activation functions, by name and with options. */
export const activations: ApiGroup = {
  name: "activations",
  async cases() {
    const fixture = await loadFixture<ActivationCase>("activations");
    return fixture.cases.map((item) => ({
      name: item.name,
      async run(backend) {
        const judge = new Judge(fixture, item);
        const { value, gradient } = await differentiate(backend, item.x, functionOf(item), item.upstream);
        judge.expectTensor(value, item.y, "y");
        if (!item.gradient) return;
        expect(gradient, "a gradient").not.toBeNull();
        if (gradient) judge.expectTensor(gradient, item.gradient, "gradient");
      },
    }));
  },
};

function functionOf({ activation, config }: ActivationCase): ActivationFunction {
  if (Object.keys(config).length === 0) return getActivation(activation);
  const name = activation.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const fn = functions[name as keyof typeof functions] as (
    x: Parameters<ActivationFunction>[0],
    options: object,
  ) => ReturnType<ActivationFunction>;
  return (x) => fn(x, config);
}
