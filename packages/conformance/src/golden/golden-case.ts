import { GradientTape, NDArray, Tensor, Variable, getInitializer, isRowGradient, ops, scope } from "@rowan/api";
import type { Backend } from "@rowan/api";
import { arrayOf } from "./fixture.ts";
import type { FixtureTensor } from "./fixture.ts";

/**
 * A fixture's values on a backend, owned by the running scope.
 *
 * @param tensor - What the file holds.
 * @param backend - Where to.
 * @returns The tensor.
 */
export function upload(tensor: FixtureTensor, backend: Backend): Tensor {
  return Tensor.fromHost(arrayOf(tensor), backend);
}

/**
 * A variable with a fixture's values.
 *
 * @param tensor - What the file holds.
 * @param backend - Where to.
 * @param options - `name`; `isTable`.
 * @returns The variable; the caller disposes it.
 */
export function variableOf(
  tensor: FixtureTensor,
  backend: Backend,
  options: { readonly name?: string; readonly isTable?: boolean } = {},
): Variable {
  const variable = new Variable({
    name: options.name ?? "x",
    shape: tensor.shape,
    initializer: getInitializer("zeros"),
    isTable: options.isTable ?? false,
  });
  variable.assign(arrayOf(tensor));
  variable.materialize(backend);
  return variable;
}

/** A function's values, and the gradient of `sum(values * upstream)`. */
export interface Differentiated {
  readonly value: NDArray;
  /** Null where the values do not depend on the input. */
  readonly gradient: NDArray | null;
}

/**
 * Runs a function of one tensor forwards and backwards.
 *
 * @param backend - Where to.
 * @param x - The input.
 * @param fn - The function.
 * @param upstream - The gradient that comes back to the values; ones when left out.
 * @returns Values and gradient, on the host.
 */
export async function differentiate(
  backend: Backend,
  x: FixtureTensor,
  fn: (x: Tensor) => Tensor,
  upstream?: FixtureTensor,
): Promise<Differentiated> {
  const variable = variableOf(x, backend);
  const results = scope(() => {
    const tape = new GradientTape();
    let value: Tensor | undefined;
    const target = tape.record(() => {
      value = fn(variable.value);
      return ops.sum(upstream ? ops.multiply(value, upload(upstream, backend)) : value);
    });
    const [gradient] = tape.gradient(target, [variable]);
    return { value: value as Tensor, gradient: gradient as Tensor | null };
  });
  try {
    return { value: await results.value.read(), gradient: results.gradient && (await results.gradient.read()) };
  } finally {
    results.gradient?.dispose();
    results.value.dispose();
    variable.dispose();
  }
}

/**
 * A gradient as Keras has it: that of a table spread over all of its rows.
 *
 * @param gradient - What the tape gave.
 * @param shape - The variable's shape.
 * @returns Values of the variable's shape, on the host; zeros for a variable that the target does not reach.
 */
export async function denseGradient(gradient: ReturnType<GradientTape["gradient"]>[number], shape: readonly number[]): Promise<NDArray> {
  if (gradient === null) return NDArray.zeros(shape);
  if (!isRowGradient(gradient)) return gradient.read();
  const dense = NDArray.zeros(shape);
  const [ids, rows] = await Promise.all([gradient.plan.unique.read(), gradient.values.read()]);
  const width = shape[1] as number;
  ids.data.forEach((id, index) => {
    dense.data.set(rows.data.subarray(index * width, (index + 1) * width), id * width);
  });
  return dense;
}
