import { BackendUnavailableError, bytesPerElement, viewTypedArray } from "@rowan/api";
import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { loadPeer, startTfjsBackend } from "../tfjs-core.ts";
import type { TfjsCore } from "../tfjs-core.ts";
import { tfjsType } from "./host-memory.ts";
import type { HostMemory } from "./host-memory.ts";
import { arrayKernels } from "./row-kernels.ts";
import { loadRowModule } from "./wasm/load-row-module.ts";
import type { WasmMemoryObject } from "./wasm/load-row-module.ts";
import { placedKernels } from "./wasm/placed-kernels.ts";

/** What we use of the class BackendWasm. */
interface WasmBackend extends KernelBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    /** Where one thread computes, the memory is among the module's exports. */
    readonly asm?: { readonly memory?: WasmMemoryObject };
    readonly wasmMemory?: WasmMemoryObject;
    _malloc(bytes: number): number;
    _free(place: number): void;
    readonly tfjs: {
      registerTensor(id: number, size: number, place: number): void;
      disposeData(id: number): void;
      getThreadsCount(): number;
    };
  };
  readonly dataIdMap: { get(dataId: object): { readonly id: number; readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: TensorInfo["dtype"], memoryOffset: number): TensorInfo;
}

const limit = 2 ** 30;

/**
 * TensorFlow.js in WASM: tensors lie in the memory of its module.
 *
 * @param tf - The core.
 * @param most - How many threads it may take; what TensorFlow.js takes when left out.
 * @returns Its memory.
 * @throws BackendUnavailableError when the package is not there, or its binary is not found.
 */
export async function openWasmMemory(tf: TfjsCore, most?: number): Promise<HostMemory> {
  const wasm = await loadPeer(
    () => import("@tensorflow/tfjs-backend-wasm"),
    "wasm",
    "@tensorflow/tfjs-core @tensorflow/tfjs-backend-cpu @tensorflow/tfjs-backend-wasm",
  );
  if (most === 1) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  else if (most !== undefined) wasm.setThreadsCount(most);
  const backend = await startWasm(tf);
  const malloc = (bytes: number): number => backend.wasm._malloc(bytes) >>> 0;
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) ? " SIMD" : "";
  // The package's own function knows nothing of a module that another copy of the package has started.
  const threads = backend.wasm.tfjs.getThreadsCount();
  const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
  const rows = memory && (await loadRowModule(memory));
  const placeOf = (info: TensorInfo): number => backend.dataIdMap.get(info.dataId).memoryOffset;
  const view: HostMemory["view"] = (info, dtype, length) => viewTypedArray(dtype, backend.wasm.HEAPU8.buffer, placeOf(info), length);
  return {
    backendName: "wasm",
    backend,
    kernels: rows ? placedKernels(rows, placeOf) : arrayKernels({ view }),
    device: `TensorFlow.js WASM${simd}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    limit,
    stableViews: false,
    allocate(dtype, length) {
      // A failed malloc gives 0, and a tensor there would write over the module's own data: so it is ours to ask for memory.
      const place = malloc(Math.max(1, length * bytesPerElement(dtype)));
      return place === 0 ? undefined : backend.makeOutput([length], tfjsType(dtype), place);
    },
    hasRoomFor(bytes) {
      const place = malloc(bytes);
      if (place !== 0) backend.wasm._free(place);
      return place !== 0;
    },
    forgetDerived(info) {
      // To the module the tensor ends and another one begins in its place; the memory itself is freed by JavaScript alone.
      const { id, memoryOffset } = backend.dataIdMap.get(info.dataId);
      backend.wasm.tfjs.disposeData(id);
      backend.wasm.tfjs.registerTensor(
        id,
        info.shape.reduce((product, extent) => product * extent, 1),
        memoryOffset,
      );
    },
    view,
  };
}

async function startWasm(tf: TfjsCore): Promise<WasmBackend> {
  try {
    return (await startTfjsBackend(tf, "wasm")) as WasmBackend;
  } catch (cause) {
    const reason = (cause as Partial<Error> | undefined)?.message?.split("\n")[0] ?? String(cause);
    throw new BackendUnavailableError(
      `TensorFlow.js must start its backend "wasm", and find its binary for that. Received: ${reason}. In a browser, call setWasmPaths of @tensorflow/tfjs-backend-wasm with the folder of its .wasm files first.`,
      { cause },
    );
  }
}
