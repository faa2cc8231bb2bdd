import { NDArray, Tensor, getActivation, getLoss, scope } from "@rowan/api";
import type { Backend } from "@rowan/api";
import activations from "../../fixtures/numbers/activations.json" with { type: "json" };
import losses from "../../fixtures/numbers/losses.json" with { type: "json" };
import { isClose } from "../suite/is-close.ts";
import type { Tolerance } from "../suite/is-close.ts";
import type { NamedCheck } from "./named-check.ts";

interface Stored {
  readonly shape: readonly number[];
  readonly dtype?: "float32" | "int32" | "bool";
  readonly data: readonly (number | string)[];
}

interface Golden<C> {
  readonly tolerance: Tolerance;
  readonly cases: readonly (C & { readonly name: string; readonly tolerance?: Tolerance })[];
}

interface LossCase {
  readonly loss: { readonly className: string; readonly config: Readonly<Record<string, unknown>> };
  readonly yTrue: Stored;
  readonly yPred: Stored;
  readonly sampleWeight?: Stored;
  readonly mask?: Stored;
  readonly value: Stored;
}

interface ActivationCase {
  readonly activation: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly x: Stored;
  readonly y: Stored;
}

function upload({ shape, dtype = "float32", data }: Stored, backend: Backend): Tensor {
  const numbers = data.map(Number);
  const values = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].from(numbers);
  return Tensor.fromHost(new NDArray(values, shape, dtype), backend);
}

async function check(name: string, compute: () => Tensor, { data }: Stored, tolerance: Tolerance): Promise<void> {
  const result = scope(compute);
  const actual = (await result.read()).data;
  result.dispose();
  const wrong = data.findIndex((value, index) => !isClose(actual[index] as number, Number(value), tolerance));
  if (wrong >= 0 || actual.length !== data.length)
    throw new Error(`${name}: element ${wrong} is ${actual[wrong]}, Keras has ${data[wrong]}.`);
}

/**
 * Numbers of Keras: every loss, and every activation without options. What they differ by is judged against the fixture.
 *
 * @param backend - Where to.
 * @returns The checks.
 */
export function goldenChecks(backend: Backend): NamedCheck[] {
  const ofLosses = losses as Golden<LossCase>;
  const ofActivations = activations as Golden<ActivationCase>;
  return [
    [
      "golden losses",
      async () => {
        for (const item of ofLosses.cases) {
          const { sampleWeight, mask } = item;
          const compute = (): Tensor =>
            getLoss(item.loss).compute(upload(item.yTrue, backend), upload(item.yPred, backend), {
              sampleWeight: sampleWeight && upload(sampleWeight, backend),
              mask: mask && upload(mask, backend),
            });
          await check(item.name, compute, item.value, item.tolerance ?? ofLosses.tolerance);
        }
        return { same: `${ofLosses.cases.length} cases` };
      },
    ],
    [
      "golden activations",
      async () => {
        const plain = ofActivations.cases.filter(({ config }) => Object.keys(config).length === 0);
        for (const item of plain) {
          const compute = (): Tensor => getActivation(item.activation)(upload(item.x, backend));
          await check(item.name, compute, item.y, item.tolerance ?? ofActivations.tolerance);
        }
        return { same: `${plain.length} cases` };
      },
    ],
  ];
}
