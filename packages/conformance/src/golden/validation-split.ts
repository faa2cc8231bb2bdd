import { Dense, InvalidArgumentError, Layer, Sequential } from "@rowan/api";
import type { Backend, CallContext, PartialShape, Tensor } from "@rowan/api";
import { expect } from "vitest";
import type { FixtureCase, FixtureTensor } from "./fixture.ts";

/** Which of `count` samples a validation split holds back. */
export interface SplitCase extends FixtureCase {
  readonly kind: "validationSplit";
  readonly count: number;
  readonly split: number;
  readonly held?: FixtureTensor;
  readonly error?: true;
}

/** Hands its input on and notes the samples that it sees outside of training. */
class Watcher extends Layer {
  readonly className = "Watcher";
  readonly seen: number[] = [];

  call(inputs: Tensor, { training }: CallContext): Tensor {
    if (!training && inputs.host) this.seen.push(...inputs.host.data);
    return inputs;
  }

  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }
}

/**
 * Trains for an epoch with a split and compares the samples that were held back.
 *
 * @param item - The case.
 * @param backend - Where to.
 */
export async function runSplit(item: SplitCase, backend: Backend): Promise<void> {
  const watcher = new Watcher({ inputShape: [1] });
  const model = new Sequential([watcher, new Dense({ units: 1 })], { backend });
  const x = Array.from({ length: item.count }, (_, index) => [index]);
  try {
    model.compile({ optimizer: "sgd", loss: "mse" });
    const run = model.fit(x, x, { validationSplit: item.split, verbose: 0 });
    if (item.error) {
      await expect(run).rejects.toThrow(InvalidArgumentError);
      return;
    }
    await run;
    expect(watcher.seen).toEqual(item.held?.data);
  } finally {
    model.dispose();
  }
}
