import type { Backend } from "../backend/backend.ts";
import { defaultBackend } from "../backend/registry.ts";
import { DTypeError, InvalidArgumentError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { NDArray } from "../tensor/ndarray.ts";
import type { NestedArray } from "../tensor/ndarray.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What ops take: tensors, or host values that become tensors beside the other operand. */
export type TensorLike = Tensor | NDArray | NestedArray;

/**
 * The backend on which an op runs: that of its tensors.
 *
 * @param operands - The op's arguments.
 * @returns The common backend; the default one when no operand is a tensor.
 * @throws InvalidArgumentError when tensors of two backends meet.
 */
export function commonBackend(operands: readonly TensorLike[]): Backend {
  let backend: Backend | undefined;
  for (const operand of operands) {
    if (!(operand instanceof Tensor)) continue;
    if (backend && backend !== operand.backend) {
      throw new InvalidArgumentError(
        `The tensors of one op must live on one backend. Received: tensors of "${backend.name}" and "${operand.backend.name}". Read one of them and make it a tensor of the other.`,
      );
    }
    backend = operand.backend;
  }
  return backend ?? defaultBackend();
}

/**
 * Makes a tensor of an operand.
 *
 * @param operand - A tensor or host values.
 * @param backend - Where host values go.
 * @param dtype - The dtype of host values that say none themselves.
 * @returns The operand itself when it is a tensor.
 */
export function asTensor(operand: TensorLike, backend: Backend, dtype: DType = "float32"): Tensor {
  if (operand instanceof Tensor) return operand;
  return Tensor.fromHost(operand instanceof NDArray ? operand : NDArray.from(operand, dtype), backend);
}

/**
 * Checks an operand's dtype.
 *
 * @param op - The op's name, for the message.
 * @param x - The operand.
 * @param allowed - The dtypes that the op takes.
 * @throws DTypeError with the remedy.
 */
export function requireDType(op: string, x: Tensor, ...allowed: readonly DType[]): void {
  if (allowed.includes(x.dtype)) return;
  throw new DTypeError(
    `\`${op}\` takes ${allowed.join(" or ")}. Received: a tensor of dtype ${x.dtype}. Convert it with cast(x, "${allowed[0] ?? "float32"}").`,
  );
}

/**
 * Two operands of one dtype on one backend. Host numbers take the dtype of the tensor beside them.
 *
 * @param op - The op's name, for the message.
 * @param a - One operand.
 * @param b - The other.
 * @returns Both as tensors.
 * @throws DTypeError when two dtypes meet.
 */
export function operandPair(op: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  const backend = commonBackend([a, b]);
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const x = asTensor(a, backend, dtype);
  const y = asTensor(b, backend, dtype);
  if (x.dtype !== y.dtype)
    throw new DTypeError(`\`${op}\` takes two tensors of one dtype. Received: ${x.dtype} and ${y.dtype}. Convert one of them with cast.`);
  return [x, y];
}
