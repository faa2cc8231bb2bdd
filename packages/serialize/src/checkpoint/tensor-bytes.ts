import type { NDArray, Tensor } from "@rowan/api";
import type { BytesToWrite } from "./checkpoint-writer.ts";

/** What is read from a backend at once, where its memory cannot be seen: a chunk by itself would cost a journey each. */
const windowBytes = 4_194_304;

/**
 * The bytes of host values.
 *
 * @param array - Not to be changed until they are written.
 * @returns Its bytes as they lie.
 */
export function arrayBytes(array: NDArray | ArrayBufferView): BytesToWrite {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(array) ? array : (array.data as ArrayBufferView);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return {
    length: byteLength,
    copy: (into, from) => {
      into.set(bytes.subarray(from, from + into.length));
    },
  };
}

/**
 * The bytes of a tensor on a backend, of which no second copy is made.
 *
 * @param tensor - Not to be changed until they are written.
 * @param elementBytes - 1 or 4.
 * @returns Its bytes.
 */
export function tensorBytesOf(tensor: Tensor, elementBytes: 1 | 4): BytesToWrite {
  const { backend } = tensor;
  const length = tensor.size * elementBytes;
  const view = tensor.size > 0 ? backend.hostView?.(tensor) : undefined;
  if (view) return arrayBytes(view);
  let window: Uint8Array = new Uint8Array();
  let windowStart = 0;
  return {
    length,
    copy: async (into, from) => {
      if (from < windowStart || from + into.length > windowStart + window.length) {
        const count = Math.min(Math.max(windowBytes, into.length), length - from);
        const values = await backend.read(tensor, from / elementBytes, count / elementBytes);
        window = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        windowStart = from;
      }
      into.set(window.subarray(from - windowStart, from - windowStart + into.length));
    },
  };
}
