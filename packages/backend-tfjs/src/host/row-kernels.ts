import { InternalError } from "@rowan/api";
import type { BagMode, TypedArray, UpdateRule } from "@rowan/api";
import type { KernelFunc, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { TfjsCore } from "../tfjs-core.ts";
import type { HostMemory } from "./host-memory.ts";
import { catchUpRows } from "./kernels/catch-up.ts";
import { foldBags, gatherRows, scatterRows } from "./kernels/rows.ts";
import { stepRows } from "./kernels/update.ts";

/** The kernels that TensorFlow.js lacks: what they write is an input, `out` or `target`, in place; they have no output. */
export type RowKernel = "RowanGather" | "RowanScatter" | "RowanFoldBags" | "RowanUpdate" | "RowanCatchUp";

type Attributes = Readonly<Record<string, unknown>>;

/** The work of each of them on tensors of one engine. */
export type RowKernels = Readonly<Record<RowKernel, (inputs: NamedTensorInfoMap, attributes: Attributes) => void>>;

/** Finds the arrays behind a kernel's inputs. */
interface Inputs {
  any(name: string): TypedArray;
  floats(name: string): Float32Array;
  integers(name: string): Int32Array;
  has(name: string): boolean;
  /** The product of all extents but the first. */
  width(name: string): number;
}

const kernels: Readonly<Record<RowKernel, (inputs: Inputs, attributes: Attributes) => void>> = {
  RowanGather: (x) => gatherRows(x.any("source"), x.integers("ids"), x.any("out"), x.width("source")),
  RowanScatter: (x) => scatterRows(x.any("target"), x.integers("ids"), x.any("rows"), x.width("target")),
  RowanFoldBags(x, { mode }) {
    const bags = { source: x.floats("source"), ids: x.integers("ids"), offsets: x.integers("offsets"), dim: x.width("source") };
    foldBags(bags, x.has("weights") ? x.floats("weights") : undefined, mode as BagMode, x.floats("out"));
  },
  RowanUpdate(x, { rule, slots, count, dim }) {
    const arrays = { w: x.floats("target"), slots: slotArrays(x, slots as number), g: x.floats("gradient") };
    const ids = x.has("ids") ? x.integers("ids") : undefined;
    stepRows(rule as UpdateRule, arrays, { ids, count: count as number, dim: dim as number });
  },
  RowanCatchUp(x, { rule, slots }) {
    const arrays = {
      w: x.floats("target"),
      slots: slotArrays(x, slots as number),
      ids: x.integers("ids"),
      factors: x.floats("factors"),
      groups: x.integers("groups"),
    };
    catchUpRows(rule as UpdateRule, arrays, x.width("target"), x.width("factors"));
  },
};

function slotArrays(inputs: Inputs, count: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => inputs.floats(`slot${i}`));
}

/**
 * Our kernels in TypeScript, on tensors whose arrays JavaScript can reach.
 *
 * @param memory - Where the arrays are.
 * @returns One function for each kernel that we register.
 */
export function arrayKernels(memory: Pick<HostMemory, "view">): RowKernels {
  const on =
    (name: RowKernel) =>
    (inputs: NamedTensorInfoMap, attributes: Attributes): void =>
      kernels[name](arraysBehind(memory, inputs), attributes);
  return {
    RowanGather: on("RowanGather"),
    RowanScatter: on("RowanScatter"),
    RowanFoldBags: on("RowanFoldBags"),
    RowanUpdate: on("RowanUpdate"),
    RowanCatchUp: on("RowanCatchUp"),
  };
}

/** Which kernels work in the memory of a backend of TensorFlow.js. Its registry knows names of backends only, and a backend may be removed and started anew. */
const kernelsOf = new WeakMap<object, RowKernels>();

/**
 * Adds our kernels to the registry of TensorFlow.js, once for each name of a backend.
 *
 * @param tf - The core.
 * @param memory - Where the kernels shall work.
 */
export function registerRowKernels(tf: TfjsCore, memory: HostMemory): void {
  kernelsOf.set(memory.backend, memory.kernels);
  for (const kernelName of Object.keys(kernels) as RowKernel[]) {
    if ((tf.getKernel(kernelName, memory.backendName) as unknown) !== undefined) continue;
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
      const own = kernelsOf.get(backend);
      if (!own) throw new InternalError(`the kernel ${kernelName} must be called with a backend that Rowan has started.`);
      own[kernelName](inputs, attrs ?? {});
      return [];
    };
    tf.registerKernel({ kernelName, backendName: memory.backendName, kernelFunc });
  }
}

const ours = { float32: "float32", int32: "int32", bool: "uint8" } as const;

function arraysBehind(memory: Pick<HostMemory, "view">, inputs: NamedTensorInfoMap): Inputs {
  const infoOf = (name: string): TensorInfo => {
    const info = inputs[name];
    if (!info) throw new InternalError(`a kernel must have its input "${name}". Received: ${Object.keys(inputs).join(", ")}.`);
    return info;
  };
  const any = (name: string): TypedArray => {
    const info = infoOf(name);
    let length = 1;
    for (const extent of info.shape) length *= extent;
    return memory.view(info, ours[info.dtype as keyof typeof ours], length);
  };
  return {
    any,
    floats: any as (name: string) => Float32Array,
    integers: any as (name: string) => Int32Array,
    has: (name) => inputs[name] !== undefined,
    width: (name) =>
      infoOf(name)
        .shape.slice(1)
        .reduce((product, extent) => product * extent, 1),
  };
}
