// The public face alone: it names no type of TensorFlow.js, so that declarations can be read where that is not installed.
import type { Backend } from "@rowan/api";

/** What the backend has done so far, and where its memory is. */
export interface WebGpuStats {
  /** Times that work was sent to the device. */
  readonly submits: number;
  /** Runs of our own kernels; those of TensorFlow.js are not counted. */
  readonly dispatches: number;
  /** Reads that were begun, and the most that were under way at once: more than one where batches overlap. */
  readonly reads: number;
  readonly readsAtOnce: number;
  /** Compiled kernels of our own. */
  readonly pipelines: number;
  /** Bytes on the device: in use, and kept for later. */
  readonly allocatedBytes: number;
  /** Bytes in use. */
  readonly usedBytes: number;
  /** The most bytes that one binding of a kernel can reach; larger tables lie in several buffers. */
  readonly blockBytes: number;
  /** Live tensors that lie in several buffers. */
  readonly splitTensors: number;
  /** Live tensors whose rows lie on the host, since the device has no room for them: tables, and the state that trains them. */
  readonly hostedTensors: number;
  /** Bytes of those on the host, and of their caches on the device. */
  readonly hostedBytes: number;
  readonly cacheBytes: number;
  /** Of the rows that were asked for: how many were in a cache, and how many had to be brought. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** The contract, and what only a GPU has to tell. */
export interface WebGpuBackend extends Backend {
  readonly name: "webgpu";
  /** What was done so far. */
  stats(): WebGpuStats;
  /** The device went away by itself; every call throws DeviceLostError from now on. */
  readonly isLost: boolean;
  /** Ends the device as its loss would, for tests of programs that shall survive one. */
  loseDevice(): void;
}
