import type { DType, TypedArray } from "@rowan/api";
import type { DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import type { RowKernels } from "./row-kernels.ts";

/** How a backend of TensorFlow.js is known that keeps its tensors where JavaScript can reach them. */
export interface HostMemory {
  readonly backendName: "cpu" | "wasm";
  readonly backend: KernelBackend;
  /** Our kernels over rows, in this memory. */
  readonly kernels: RowKernels;
  /** One line for people. */
  readonly device: string;
  /** The most that one allocation may take, in bytes. */
  readonly limit: number;
  /** Views stay valid while memory grows. */
  readonly stableViews: boolean;
  /** Memory of any content, or undefined when there is none left. */
  allocate(dtype: DType, length: number): TensorInfo | undefined;
  /** Whether so many bytes are left; called before a kernel that takes memory by itself. */
  hasRoomFor(bytes: number): boolean;
  /**
   * Forgets what kernels have derived from a tensor. In TensorFlow.js values never change, so the product of matrices in WASM keeps its
   * right side in another order, for the next time.
   */
  forgetDerived(info: TensorInfo): void;
  /** All elements of a tensor, until memory grows. */
  view(info: TensorInfo, dtype: DType, length: number): TypedArray;
}

const tfjsTypes = { float32: "float32", int32: "int32", bool: "bool", uint8: "bool", int8: "bool" } as const satisfies Record<
  DType,
  DataType
>;

/**
 * The dtype under which TensorFlow.js keeps elements: it has no integers of one byte, but truth values take as much.
 *
 * @param dtype - Ours.
 * @returns Theirs.
 */
export function tfjsType(dtype: DType): DataType {
  return tfjsTypes[dtype];
}
