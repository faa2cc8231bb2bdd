import { bytesPerElement, createTypedArray, viewTypedArray } from "@rowan/api";
import type { DType, TypedArray } from "@rowan/api";
import type { KernelBackend } from "@tensorflow/tfjs-core";
import { loadPeer, startTfjsBackend } from "../tfjs-core.ts";
import type { TfjsCore } from "../tfjs-core.ts";
import { tfjsType } from "./host-memory.ts";
import type { HostMemory } from "./host-memory.ts";
import { arrayKernels } from "./row-kernels.ts";

/** What we use of the class MathBackendCPU. */
interface CpuBackend extends KernelBackend {
  readonly data: { get(dataId: object): { values: TypedArray | number[] } };
}

const limit = 2 ** 32 - 4;

/**
 * TensorFlow.js in plain JavaScript: a tensor is a typed array.
 *
 * @param tf - The core.
 * @returns Its memory.
 * @throws BackendUnavailableError when the package is not there.
 */
export async function openCpuMemory(tf: TfjsCore): Promise<HostMemory> {
  await loadPeer(() => import("@tensorflow/tfjs-backend-cpu"), "cpu", "@tensorflow/tfjs-core @tensorflow/tfjs-backend-cpu");
  const backend = (await startTfjsBackend(tf, "cpu")) as CpuBackend;
  silenceBanner(tf, backend);
  const view: HostMemory["view"] = (info, dtype, length) => typed(backend, info.dataId, dtype, length);
  return {
    backendName: "cpu",
    backend,
    kernels: arrayKernels({ view }),
    device: "TensorFlow.js in plain JavaScript",
    limit,
    stableViews: true,
    allocate(dtype, length) {
      const shape = [length];
      try {
        // To the types of TensorFlow.js, int8 is one more form of its truth values.
        const values = createTypedArray(dtype, length) as Float32Array | Int32Array | Uint8Array;
        return { dataId: backend.write(values, shape, tfjsType(dtype)), shape, dtype: tfjsType(dtype) };
      } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    },
    hasRoomFor: () => true,
    forgetDerived: () => undefined,
    view,
  };
}

/** Kernels may leave an ordinary array, or one of another type, where values lie: it is replaced by the one that was expected. */
function typed(backend: CpuBackend, dataId: object, dtype: DType, length: number): TypedArray {
  const data = backend.data.get(dataId);
  const values: TypedArray | number[] = data.values;
  const size = bytesPerElement(dtype);
  if (Array.isArray(values) || values.BYTES_PER_ELEMENT !== size || values instanceof Float32Array !== (dtype === "float32")) {
    const converted = createTypedArray(dtype, values.length);
    converted.set(values);
    data.values = converted;
  }
  const held = data.values as TypedArray;
  const isWanted = size > 1 || held instanceof Int8Array === (dtype === "int8");
  return isWanted && held.length === length ? held : viewTypedArray(dtype, held.buffer, held.byteOffset, length);
}

/** In Node the first tensor prints an advertisement of another backend. A library does not print. */
function silenceBanner(tf: TfjsCore, backend: KernelBackend): void {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  backend.disposeData(backend.write(new Float32Array(0), [0], "float32"), true);
  tf.env().set("PROD", before);
}
