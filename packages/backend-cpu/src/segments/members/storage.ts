import { OutOfMemoryError, bytesPerElement, sizeOf } from "@rowan/api";
import type { Backend, DType, Handle } from "@rowan/api";
import { outOfMemory } from "../../out-of-memory.ts";
import type { Desk } from "../desk.ts";
import { overSegments } from "../segmented-block.ts";
import type { Segments } from "../segments.ts";

type StorageMembers = Pick<
  Backend,
  | "allocate"
  | "allocateUnset"
  | "allocateRows"
  | "write"
  | "read"
  | "readSync"
  | "hostView"
  | "share"
  | "allocateBeside"
  | "copy"
  | "fill"
  | "free"
  | "memory"
  | "dispose"
>;

/** Blocks below this never become segments because the first memory is full: a memory for each of them would cost more than it gives. */
const leastSegmented = 1 << 20;

type Allocate = Backend["allocate"];

/** Where blocks go. */
export interface SpaceLimits {
  /** The most that all blocks together may have, in bytes. */
  readonly maximumBytes: number;
  /** Larger blocks are made of segments, wherever there is room. */
  readonly homeBlockBytes: number;
  /** What large blocks leave free in the first memory, for results. */
  readonly reserveBytes: number;
}

/**
 * Memory as callers see it: the first memory while it has room, segments beyond.
 *
 * @param desk - The first memory.
 * @param segments - What gives out segments.
 * @param limits - Where blocks go.
 * @returns Members of the contract.
 */
export function segmentedStorage<F, I, U>(desk: Desk<F, I, U>, segments: Segments<F, I, U>, limits: SpaceLimits): Required<StorageMembers> {
  const { home } = desk;
  const { maximumBytes, homeBlockBytes, reserveBytes } = limits;
  const homeBytes = desk.context.storage.limit;

  function take(allocate: Allocate, dtype: DType, length: number, rowLength: number): Handle {
    const size = bytesPerElement(dtype);
    const bytes = length * size;
    const small = bytes < leastSegmented;
    if (small && bytes <= homeBlockBytes) return allocate(dtype, length);
    const [atHome, beside] = [home.memory().bytes, segments.memory().bytes];
    if (atHome + beside + bytes > maximumBytes) throw outOfMemory(bytes, atHome + beside, maximumBytes);
    if (bytes <= homeBlockBytes && atHome + bytes <= homeBytes - reserveBytes) {
      try {
        return allocate(dtype, length);
      } catch (error) {
        // Free, but in pieces.
        if (!(error instanceof OutOfMemoryError)) throw error;
      }
    }
    return segments.allocate(bytes, rowLength * size);
  }

  const readSync: Required<Backend>["readSync"] = (source, offset, length) => desk.readSync(source, offset, length);
  return {
    allocate: (dtype, length) => take(home.allocate, dtype, length, 1),
    allocateUnset: (dtype, length) => take(home.allocateUnset, dtype, length, 1),
    allocateRows(dtype, shape) {
      const length = sizeOf(shape);
      return take(home.allocate, dtype, length, length === 0 ? 1 : length / (shape[0] ?? 1));
    },
    write(target, data, offset) {
      const whole = desk.segmented(target);
      if (!whole) home.write(target, data, offset);
      else
        overSegments(whole, bytesPerElement(target.dtype), offset, data.length, ({ memory, block }, local, from, count) => {
          memory.context.storage.view(block, target.dtype, local, count).set(data.subarray(from, from + count));
        });
    },
    read: async (source, offset, length) => readSync(source, offset, length),
    readSync,
    hostView(tensor) {
      const whole = desk.segmented(tensor);
      if (!whole) return home.hostView(tensor);
      const [only, second] = whole.segments;
      return only && !second ? only.memory.members.hostView({ handle: only.block, shape: tensor.shape, dtype: tensor.dtype }) : undefined;
    },
    share(tensor) {
      const whole = desk.segmented(tensor);
      if (!whole) return home.share(tensor);
      const rowBytes = sizeOf(tensor.shape.slice(1)) * bytesPerElement(tensor.dtype);
      if (rowBytes === 0 || whole.segmentBytes % rowBytes !== 0) return undefined;
      const places = whole.segments.flatMap(({ memory, block, start, bytes }) => {
        const place = memory.context.storage.share(block);
        return place ? [{ ...place, firstRow: start / rowBytes, rows: bytes / rowBytes }] : [];
      });
      return places.length === whole.segments.length ? places : undefined;
    },
    allocateBeside: (segment, bytes) => segments.beside(segment.memory, bytes) ?? home.allocateBeside(segment, bytes),
    copy(source, target, region) {
      if (!desk.segmented(source) && !desk.segmented(target)) home.copy(source, target, region);
      else {
        const size = bytesPerElement(source.dtype);
        desk.copyBytes(source.handle, region.sourceOffset * size, target.handle, region.targetOffset * size, region.length * size);
      }
    },
    fill(target, value) {
      const whole = desk.segmented(target);
      if (!whole) home.fill(target, value);
      else
        for (const { memory, block, bytes } of whole.segments)
          memory.members.fill({ handle: block, shape: [bytes / bytesPerElement(target.dtype)], dtype: target.dtype }, value);
    },
    free(handle) {
      const whole = desk.segmented({ handle, shape: [], dtype: "uint8" });
      if (!whole) home.free(handle);
      else segments.free(whole);
    },
    memory() {
      const [first, rest] = [home.memory(), segments.memory()];
      return { buffers: first.buffers + rest.buffers, bytes: first.bytes + rest.bytes };
    },
    dispose() {
      segments.dispose();
      home.dispose();
    },
  };
}
