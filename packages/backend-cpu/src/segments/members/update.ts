import { bytesPerElement, sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import type { Desk, Keep } from "../desk.ts";
import type { RowTraffic } from "../row-traffic.ts";
import { segmentedRows } from "./rows.ts";

/**
 * Optimizer steps on tables in segments, or with state in segments: the rows go to the first memory, are updated there, and go back.
 *
 * @param desk - The first memory.
 * @param traffic - Brings rows.
 * @returns Members of the contract.
 */
export function segmentedUpdate<F, I, U>(
  desk: Desk<F, I, U>,
  traffic: RowTraffic<F, I, U>,
): Required<Pick<Backend, "update" | "catchUp">> & Pick<Backend, "catchUpGather"> {
  const { home } = desk;
  const { catchUpGather } = home;
  const isFar = (tensors: readonly TensorRef[]): boolean => tensors.some((tensor) => desk.segmented(tensor));

  /** Rows by id from wherever a tensor lies, and a function that puts them back. */
  function borrow(keep: Keep, tensor: TensorRef, ids: Int32Array, at: TensorRef): readonly [rows: TensorRef, giveBack: () => void] {
    const rows = desk.temporary(keep, tensor.dtype, [ids.length, ...tensor.shape.slice(1)]);
    const rowBytes = sizeOf(tensor.shape.slice(1)) * bytesPerElement(tensor.dtype);
    const whole = desk.segmented(tensor);
    if (!whole) {
      home.gather(tensor, at, rows.handle);
      return [rows, () => home.scatter(tensor, at, rows)];
    }
    traffic.gather(whole, ids, rowBytes, desk.context.block(rows));
    return [rows, () => traffic.scatter(whole, ids, rowBytes, desk.context.block(rows))];
  }

  /** Runs work on copies of rows, piece by piece. */
  function onRows(
    target: TensorRef,
    slots: readonly TensorRef[],
    ids: Int32Array,
    work: (keep: Keep, from: number, target: TensorRef, slots: readonly TensorRef[]) => void,
  ): void {
    const step = desk.rowsOfPiece(sizeOf(target.shape.slice(1)) * 4);
    for (let from = 0; from < ids.length; from += step) {
      const part = ids.subarray(from, from + step);
      desk.with((keep) => {
        const at = desk.upload(keep, part);
        const borrowed = [target, ...slots].map((tensor) => borrow(keep, tensor, part, at));
        const [rows, ...state] = borrowed.map(([copy]) => copy) as [TensorRef, ...TensorRef[]];
        work(keep, from, rows, state);
        for (const [, giveBack] of borrowed) giveBack();
      });
    }
  }

  const members: Required<Pick<Backend, "update" | "catchUp">> = {
    update(args) {
      const { rule, target, slots, gradient, ids } = args;
      if (!isFar([target, gradient, ...slots, ...(ids ? [ids] : [])])) {
        home.update(args);
        return;
      }
      if (ids) {
        onRows(target, slots, desk.idsOf(ids), (keep, from, rows, state) => {
          home.update({ rule, target: rows, slots: state, gradient: desk.rows(keep, gradient, from, rows.shape[0] as number) });
        });
        return;
      }
      const count = target.shape[0] ?? 1;
      const whole = (tensor: TensorRef): TensorRef => (tensor.shape.length === 0 ? { ...refOf(tensor), shape: [1] } : tensor);
      const step = desk.rowsOfPiece(sizeOf(target.shape.slice(1)) * 4);
      for (let from = 0; from < count; from += step) {
        const length = Math.min(step, count - from);
        desk.with((keep) => {
          const part = (tensor: TensorRef): TensorRef => desk.rows(keep, whole(tensor), from, length);
          const [rows, state] = [part(target), slots.map(part)];
          home.update({ rule, target: rows, slots: state, gradient: part(gradient) });
          [target, ...slots].forEach((tensor, i) => desk.putRows(whole(tensor), from, [rows, ...state][i] as TensorRef));
        });
      }
    },
    catchUp(args) {
      const { rule, target, slots, ids, factors, groups } = args;
      if (!isFar([target, ids, factors, groups, ...slots])) {
        home.catchUp(args);
        return;
      }
      desk.with((keepAll) => {
        const table = desk.bring(keepAll, factors);
        const group = desk.bring(keepAll, groups);
        onRows(target, slots, desk.idsOf(ids), (keep, from, rows, state) => {
          const count = rows.shape[0] as number;
          const order = desk.countUp(keep, count);
          home.catchUp({ rule, target: rows, slots: state, ids: order, factors: table, groups: desk.rows(keep, group, from, count) });
        });
      });
    },
  };
  if (!catchUpGather) return members;
  const { gather } = segmentedRows(desk, traffic);
  return {
    ...members,
    catchUpGather(args) {
      const { target, slots, ids, factors, groups, places, unique, offsets, positions } = args;
      if (!isFar([target, ids, factors, groups, places, unique, offsets, positions, ...slots])) return catchUpGather(args);
      return desk.with((keep) => {
        const wanted = desk.bring(keep, places);
        // Memory first: rows are brought up to date once, whether the lookup fits or not.
        return desk.deliver(undefined, "float32", sizeOf(places.shape) * sizeOf(target.shape.slice(1)), (out) => {
          members.catchUp(args);
          gather(target, wanted, out);
        });
      });
    },
  };
}

/** The parts of a tensor; its handle is a getter. */
function refOf({ handle, shape, dtype }: TensorRef): TensorRef {
  return { handle, shape, dtype };
}
