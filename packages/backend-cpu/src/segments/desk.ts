import { bytesPerElement, createTypedArray, sizeOf } from "@rowan/api";
import type { DType, Handle, Shape, TensorRef, TypedArray } from "@rowan/api";
import type { Context } from "../context.ts";
import type { Members } from "../cpu-backend.ts";
import type { Block } from "../storage.ts";
import { SegmentedBlock, overSegments } from "./segmented-block.ts";

/** Marks a tensor as temporary, and passes it on. It lies in the first memory, or in that of other members. */
export type Keep = (tensor: TensorRef, members?: Pick<Members, "free">) => TensorRef;

interface Place<F, I, U> {
  readonly context: Context<F, I, U>;
  readonly block: Block<F, I, U>;
  /** In the block, in bytes. */
  readonly offset: number;
  /** How many bytes follow here. */
  readonly left: number;
}

/** Where segmented operands are worked on: pieces of them are copied to the first memory, computed with there, and copied back. */
export class Desk<F, I, U> {
  /** The first memory. */
  readonly context: Context<F, I, U>;
  /** The contract over the first memory alone. */
  readonly home: Members;
  /** The size of a piece, which a cache holds. */
  readonly pieceBytes: number;

  constructor(context: Context<F, I, U>, home: Members, pieceBytes: number) {
    this.context = context;
    this.home = home;
    this.pieceBytes = pieceBytes;
  }

  /** The segments of a tensor that has some. */
  segmented(tensor: TensorRef): SegmentedBlock<F, I, U> | undefined {
    const { handle } = tensor;
    return handle instanceof SegmentedBlock ? (handle as SegmentedBlock<F, I, U>) : undefined;
  }

  /** How many rows of so many bytes make a piece. */
  rowsOfPiece(rowBytes: number): number {
    return Math.max(1, Math.min(65_536, Math.floor(this.pieceBytes / Math.max(1, rowBytes))));
  }

  /** Runs a piece of work and frees what it made on the way, also when it throws. */
  with<T>(work: (keep: Keep) => T): T {
    const temporaries: (() => void)[] = [];
    try {
      return work((tensor, members = this.home) => {
        temporaries.push(() => {
          members.free(tensor.handle);
        });
        return tensor;
      });
    } finally {
      for (const free of temporaries) free();
    }
  }

  /** Memory of any content. */
  temporary(keep: Keep, dtype: DType, shape: Shape): TensorRef {
    return keep({ handle: this.context.result(dtype, sizeOf(shape)), shape, dtype });
  }

  /** Host numbers as a vector. */
  upload(keep: Keep, data: Int32Array): TensorRef {
    const tensor = this.temporary(keep, "int32", [data.length]);
    this.home.write(tensor, data, 0);
    return tensor;
  }

  /** The numbers from 0 on, as ids. */
  countUp(keep: Keep, count: number): TensorRef {
    return this.upload(
      keep,
      Int32Array.from({ length: count }, (_, i) => i),
    );
  }

  /** Ids, on the host. */
  idsOf(tensor: TensorRef): Int32Array {
    return this.readSync(tensor, 0, sizeOf(tensor.shape)) as Int32Array;
  }

  /** A copy on the host. */
  readSync(tensor: TensorRef, offset: number, length: number): TypedArray {
    const whole = this.segmented(tensor);
    if (!whole) return this.home.readSync(tensor, offset, length);
    const values = createTypedArray(tensor.dtype, length);
    overSegments(whole, bytesPerElement(tensor.dtype), offset, length, ({ memory, block }, local, from, count) => {
      values.set(memory.context.storage.view(block, tensor.dtype, local, count), from);
    });
    return values;
  }

  /** The tensor in the first memory: itself, or a copy. */
  bring(keep: Keep, tensor: TensorRef): TensorRef {
    if (!this.segmented(tensor)) return tensor;
    const copy = this.temporary(keep, tensor.dtype, tensor.shape);
    this.copyBytes(tensor.handle, 0, copy.handle, 0, sizeOf(tensor.shape) * bytesPerElement(tensor.dtype));
    return copy;
  }

  /** Some rows of a tensor in the first memory: a part of itself, or a copy. */
  rows(keep: Keep, tensor: TensorRef, first: number, count: number): TensorRef {
    const shape = [count, ...tensor.shape.slice(1)];
    const rowBytes = rowBytesOf(tensor);
    if (!this.segmented(tensor)) {
      return { handle: this.context.storage.window(this.context.block(tensor), first * rowBytes), shape, dtype: tensor.dtype };
    }
    const copy = this.temporary(keep, tensor.dtype, shape);
    this.copyBytes(tensor.handle, first * rowBytes, copy.handle, 0, count * rowBytes);
    return copy;
  }

  /** Writes what `rows` gave back to where it came from. */
  putRows(tensor: TensorRef, first: number, rows: TensorRef): void {
    if (!this.segmented(tensor)) return;
    const bytes = sizeOf(rows.shape) * bytesPerElement(tensor.dtype);
    this.copyBytes(rows.handle, 0, tensor.handle, first * rowBytesOf(tensor), bytes);
  }

  /** A result that is computed in the first memory, wherever it shall lie. */
  deliver(into: Handle | undefined, dtype: DType, length: number, produce: (out: Block<F, I, U>) => void): Handle {
    if (into instanceof SegmentedBlock) {
      this.with((keep) => {
        const out = this.temporary(keep, dtype, [length]);
        produce(this.context.block(out));
        this.copyBytes(out.handle, 0, into, 0, length * bytesPerElement(dtype));
      });
      return into;
    }
    const out = this.context.result(dtype, length, into);
    try {
      produce(out);
    } catch (error) {
      if (into === undefined) this.context.storage.free(out);
      throw error;
    }
    return out;
  }

  /** Bytes from one handle to another, whatever memories these lie in. */
  copyBytes(source: Handle, sourceStart: number, target: Handle, targetStart: number, bytes: number): void {
    for (let done = 0; done < bytes;) {
      const from = this.#place(source, sourceStart + done);
      const to = this.#place(target, targetStart + done);
      const count = Math.min(bytes - done, from.left, to.left);
      if (from.context === to.context) to.context.kernels.copyBytes(from.block.u8, from.offset, to.block.u8, to.offset, count);
      else
        to.context.storage
          .view(to.block, "uint8", to.offset, count)
          .set(from.context.storage.view(from.block, "uint8", from.offset, count));
      done += count;
    }
  }

  #place(handle: Handle, byte: number): Place<F, I, U> {
    if (!(handle instanceof SegmentedBlock))
      return { context: this.context, block: handle as Block<F, I, U>, offset: byte, left: Infinity };
    const whole = handle as SegmentedBlock<F, I, U>;
    const { memory, block, start, bytes } = whole.segments[Math.floor(byte / whole.segmentBytes)] as (typeof whole.segments)[number];
    return { context: memory.context, block, offset: byte - start, left: bytes - (byte - start) };
  }
}

/**
 * The length of a row.
 *
 * @param table - Of any rank above 0.
 * @returns Bytes.
 */
export function rowBytesOf(table: TensorRef): number {
  return sizeOf(table.shape.slice(1)) * bytesPerElement(table.dtype);
}
