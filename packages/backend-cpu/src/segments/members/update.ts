import { sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import { rowBytesOf } from "../desk.ts";
import type { Desk, Keep } from "../desk.ts";
import type { RowTraffic } from "../row-traffic.ts";

/** Lends rows by ids, on the host and as a tensor. */
type Lend = (keep: Keep, ids: Int32Array, at: TensorRef) => readonly [rows: TensorRef, giveBack: () => void];

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

  /**
   * A function that lends rows of a tensor by id, wherever it lies, and tells how they are put back. Room for the way of all of them is
   * taken here.
   */
  function lender(keepAll: Keep, tensor: TensorRef, all: Int32Array, most: number): Lend {
    const whole = desk.segmented(tensor);
    const crossing = whole && traffic.open(keepAll, whole, rowBytesOf(tensor), all, most);
    return (keep, ids, at) => {
      const rows = desk.temporary(keep, tensor.dtype, [ids.length, ...tensor.shape.slice(1)]);
      if (!crossing) {
        home.gather(tensor, at, rows.handle);
        return [rows, () => home.scatter(tensor, at, rows)];
      }
      const block = desk.context.block(rows);
      crossing.gather(ids, block);
      return [rows, () => crossing.scatter(ids, block)];
    };
  }

  /**
   * Runs work on copies of rows, piece by piece. Rows are written to when there is memory for all pieces: for their way it is taken before,
   * and the copies of the first piece, which no later one exceeds, are made before anything is written.
   */
  function onRows(
    target: TensorRef,
    slots: readonly TensorRef[],
    ids: Int32Array,
    work: (keep: Keep, from: number, target: TensorRef, slots: readonly TensorRef[]) => void,
  ): void {
    const step = desk.rowsOfPiece(sizeOf(target.shape.slice(1)) * 4);
    desk.with((keepAll) => {
      const lenders = [target, ...slots].map((tensor) => lender(keepAll, tensor, ids, Math.min(step, ids.length)));
      for (let from = 0; from < ids.length; from += step) {
        const part = ids.subarray(from, from + step);
        desk.with((keep) => {
          const at = desk.upload(keep, part);
          const lent = lenders.map((lend) => lend(keep, part, at));
          const [rows, ...state] = lent.map(([copy]) => copy) as [TensorRef, ...TensorRef[]];
          work(keep, from, rows, state);
          for (const [, giveBack] of lent) giveBack();
        });
      }
    });
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
  return {
    ...members,
    catchUpGather(args) {
      const { target, slots, ids, factors, groups, places, unique, offsets, positions } = args;
      if (!isFar([target, ids, factors, groups, places, unique, offsets, positions, ...slots])) return catchUpGather(args);
      return desk.with((keep) => {
        const whole = desk.segmented(target);
        const wanted = desk.bring(keep, places);
        // Memory first, for the result and for the way to it: rows are brought up to date once, whether the lookup fits or not.
        const rows = whole && desk.idsOf(wanted);
        const crossing = rows && traffic.open(keep, whole, rowBytesOf(target), rows);
        return desk.deliver(undefined, "float32", sizeOf(places.shape) * sizeOf(target.shape.slice(1)), (out) => {
          members.catchUp(args);
          if (crossing) crossing.gather(rows, out);
          else home.gather(target, wanted, out);
        });
      });
    },
  };
}

/** The parts of a tensor; its handle is a getter. */
function refOf({ handle, shape, dtype }: TensorRef): TensorRef {
  return { handle, shape, dtype };
}
