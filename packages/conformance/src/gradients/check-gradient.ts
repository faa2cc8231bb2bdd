import { Constant, GradientTape, NDArray, Tensor, Variable, ops, scope, sizeOf } from "@rowan/api";
import type { Gradient, Shape } from "@rowan/api";
import { PreciseBackend } from "../naive/precise-backend.ts";
import { createRandom } from "../suite/random.ts";
import { expectClose } from "../suite/tolerance.ts";
import type { Tolerance } from "../suite/tolerance.ts";

/**
 * In float64 a central difference with this step is off by about 1e-11 (step² times a third derivative, and 1e-16 / step).
 * What remains are constants that programs keep in float32, 6e-8 each.
 */
const step = 1e-5;
const digits: Tolerance = { relative: 1e-6, absolute: 1e-8 };

/** A tensor to differentiate by. */
export interface GradientInput {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  /** A table of rows, which ops look up. */
  readonly isTable?: boolean;
}

/**
 * Compares the gradients of a function with central finite differences, both in float64.
 *
 * @param forward - The function; its result may have any shape. It is called many times and must give the same each time.
 * @param inputs - Where to differentiate: away from kinks, such as 0 for `abs`.
 */
export function checkGradient(forward: (variables: readonly Variable[]) => Tensor, inputs: readonly GradientInput[]): void {
  const backend = new PreciseBackend();
  const variables = inputs.map(({ values, shape, isTable = false }, i) => {
    const variable = new Variable({ name: `input${i}`, shape, initializer: new Constant({ value: 0 }), isTable });
    backend.writeExact(variable.materialize(backend), values);
    return variable;
  });
  expectGradients(backend, variables, () => forward(variables));
  for (const variable of variables) variable.dispose();
  expectClose([backend.memory().buffers], [0], { relative: 0, absolute: 0 }, "live buffers at the end");
}

/**
 * The same for variables that exist.
 *
 * @param backend - Where the variables live.
 * @param variables - What to differentiate by; every element of them is moved, and put back.
 * @param forward - The function of their values.
 */
export function expectGradients(backend: PreciseBackend, variables: readonly Variable[], forward: () => Tensor): void {
  const loss = (): Tensor => ops.sum(weighted(forward()));
  const analytic = scope(() => {
    const tape = new GradientTape();
    const gradients = tape.gradient(tape.record(loss), variables);
    return variables.map((variable, i) => denseValues(backend, variable, gradients[i] ?? null));
  });
  const lossValue = (): number => scope(() => backend.readExact(loss())[0] as number);
  for (const [i, variable] of variables.entries()) {
    expectClose(analytic[i] ?? [], differences(backend, variable, lossValue), digits, `gradient by ${variable.path}`);
  }
}

/** Multiplies a result by fixed numbers, so that errors of single elements do not cancel in the sum. */
function weighted(output: Tensor): Tensor {
  const weights = createRandom("projection").floats(output.size, 0.5, 1.5);
  return ops.multiply(output, Tensor.fromHost(new NDArray(weights, output.shape), output.backend));
}

function differences(backend: PreciseBackend, variable: Variable, lossValue: () => number): Float64Array {
  const values = backend.readExact(variable.value);
  const lossAt = (index: number, value: number): number => {
    backend.writeExact(variable.value, values.with(index, value));
    return lossValue();
  };
  const slopes = values.map((value, index) => (lossAt(index, value + step) - lossAt(index, value - step)) / (2 * step));
  backend.writeExact(variable.value, values);
  return slopes;
}

/** No gradient at all is one of zeros here; row gradients are spread out. */
function denseValues(backend: PreciseBackend, variable: Variable, gradient: Gradient | null): Float64Array {
  if (gradient instanceof Tensor) return backend.readExact(gradient);
  const dense = new Float64Array(sizeOf(variable.shape));
  if (gradient === null) return dense;
  const rows = backend.readExact(gradient.values);
  const dim = variable.shape[1] as number;
  backend.readExact(gradient.plan.unique).forEach((id, i) => dense.set(rows.subarray(i * dim, (i + 1) * dim), id * dim));
  return dense;
}
