import { sizeOf } from "@rowan/api";
import type { Backend, BagMode, Handle, TensorRef } from "@rowan/api";
import { rowBytesOf } from "../desk.ts";
import type { Desk, Keep } from "../desk.ts";
import type { RowTraffic } from "../row-traffic.ts";

type RowMembers = Pick<
  Backend,
  "gather" | "gatherReduce" | "scatter" | "gatherMax" | "sumWinners" | "rowDots" | "gatherQuantized" | "gatherReduceQuantized"
>;

/** Bags, wherever their rows come from. */
interface Bags {
  readonly ids: TensorRef;
  readonly offsets: TensorRef;
  readonly weights?: TensorRef;
  readonly mode: BagMode;
  readonly into?: Handle;
}

/** Bags of one piece, with rows that follow one another. */
type PieceBags = Bags & { readonly into: Handle };

/**
 * Rows by id, of tables in segments: the rows that are asked for are brought to the first memory, where the usual kernels take over.
 *
 * @param desk - The first memory.
 * @param traffic - Brings rows.
 * @returns Members of the contract.
 */
export function segmentedRows<F, I, U>(desk: Desk<F, I, U>, traffic: RowTraffic<F, I, U>): Required<RowMembers> {
  const { home } = desk;
  const isFar = (...tensors: (TensorRef | undefined)[]): boolean => tensors.some((tensor) => tensor && desk.segmented(tensor));
  const farInto = (handle: Handle | undefined): boolean =>
    handle !== undefined && desk.segmented({ handle, shape: [], dtype: "uint8" }) !== undefined;

  /** Rows `ids` of any tensor, in the first memory. */
  function rowsByIds(keep: Keep, source: TensorRef, ids: Int32Array): TensorRef {
    const rows = desk.temporary(keep, source.dtype, [ids.length, ...source.shape.slice(1)]);
    const whole = desk.segmented(source);
    if (whole) traffic.gather(whole, ids, rowBytesOf(source), desk.context.block(rows));
    else home.gather(source, desk.upload(keep, ids), rows.handle);
    return rows;
  }

  /** Bags in pieces, each with few enough rows. */
  function foldPieces(bags: Bags, dim: number, work: (keep: Keep, ids: Int32Array, piece: PieceBags) => void): Handle {
    const { context } = desk;
    const [ids, offsets] = [desk.idsOf(bags.ids), desk.idsOf(bags.offsets)];
    const count = offsets.length - 1;
    const most = desk.rowsOfPiece(dim * 4);
    return desk.deliver(bags.into, "float32", count * dim, (out) => {
      desk.with((keepAll) => {
        const weights = bags.weights && desk.bring(keepAll, bags.weights);
        for (let from = 0, to = 0; from < count; from = to) {
          const start = offsets[from] as number;
          do to++;
          while (to < count && (offsets[to + 1] as number) - start <= most);
          const end = offsets[to] as number;
          desk.with((keep) => {
            work(keep, ids.subarray(start, end), {
              ids: desk.countUp(keep, end - start),
              offsets: desk.upload(
                keep,
                offsets.subarray(from, to + 1).map((offset) => offset - start),
              ),
              ...(weights && { weights: desk.rows(keep, weights, start, end - start) }),
              mode: bags.mode,
              into: context.storage.window(out, from * dim * 4),
            });
          });
        }
      });
    });
  }

  return {
    gather(source, ids, into) {
      if (!isFar(source, ids) && !farInto(into)) return home.gather(source, ids, into);
      const whole = desk.segmented(source);
      const length = sizeOf(ids.shape) * sizeOf(source.shape.slice(1));
      return desk.deliver(into, source.dtype, length, (out) => {
        if (whole) traffic.gather(whole, desk.idsOf(ids), rowBytesOf(source), out);
        else desk.with((keep) => home.gather(source, desk.bring(keep, ids), out));
      });
    },
    scatter(target, ids, rows) {
      if (!isFar(target, ids, rows)) {
        home.scatter(target, ids, rows);
        return;
      }
      desk.with((keep) => {
        const [whole, values] = [desk.segmented(target), desk.bring(keep, rows)];
        if (whole) traffic.scatter(whole, desk.idsOf(ids), rowBytesOf(target), desk.context.block(values));
        else home.scatter(target, desk.bring(keep, ids), values);
      });
    },
    gatherReduce(args) {
      const { source, ids, offsets, weights, into } = args;
      if (!isFar(source, ids, offsets, weights) && !farInto(into)) return home.gatherReduce(args);
      return foldPieces(args, sizeOf(source.shape.slice(1)), (keep, part, piece) => {
        home.gatherReduce({ ...piece, source: rowsByIds(keep, source, part) });
      });
    },
    gatherQuantized(source, ids, into) {
      const { data, scale, zero, dim } = source;
      if (!isFar(data, scale, zero, ids) && !farInto(into)) return home.gatherQuantized(source, ids, into);
      const given = desk.idsOf(ids);
      const step = desk.rowsOfPiece(dim * 4);
      return desk.deliver(into, "float32", given.length * dim, (out) => {
        for (let from = 0; from < given.length; from += step) {
          const part = given.subarray(from, from + step);
          desk.with((keep) => {
            const rows = {
              ...source,
              data: rowsByIds(keep, data, part),
              ...(scale && { scale: rowsByIds(keep, scale, part) }),
              ...(zero && { zero: rowsByIds(keep, zero, part) }),
            };
            home.gatherQuantized(rows, desk.countUp(keep, part.length), desk.context.storage.window(out, from * dim * 4));
          });
        }
      });
    },
    gatherReduceQuantized(args) {
      const { source, ids, offsets, weights, into } = args;
      const { data, scale, zero, dim } = source;
      if (!isFar(data, scale, zero, ids, offsets, weights) && !farInto(into)) return home.gatherReduceQuantized(args);
      return foldPieces(args, dim, (keep, part, piece) => {
        const rows = {
          ...source,
          data: rowsByIds(keep, data, part),
          ...(scale && { scale: rowsByIds(keep, scale, part) }),
          ...(zero && { zero: rowsByIds(keep, zero, part) }),
        };
        home.gatherReduceQuantized({ ...piece, source: rows });
      });
    },
    gatherMax(args) {
      const { source, ids, offsets } = args;
      if (!isFar(source, ids, offsets)) return home.gatherMax(args);
      // All rows of a step at once, so that winners are positions in it.
      return desk.with((keep) => {
        const given = desk.idsOf(ids);
        const rows = rowsByIds(keep, source, given);
        return home.gatherMax({ source: rows, ids: desk.countUp(keep, given.length), offsets: desk.bring(keep, offsets) });
      });
    },
    sumWinners(args) {
      const { source, winners, positions, bags, offsets } = args;
      if (!isFar(source, winners, positions, bags, offsets)) return home.sumWinners(args);
      return desk.with((keep) =>
        home.sumWinners({
          source: desk.bring(keep, source),
          winners: desk.bring(keep, winners),
          positions: desk.bring(keep, positions),
          bags: desk.bring(keep, bags),
          offsets: desk.bring(keep, offsets),
        }),
      );
    },
    rowDots(a, aIds, b, bIds) {
      if (!isFar(a, aIds, b, bIds)) return home.rowDots(a, aIds, b, bIds);
      return desk.with((keep) => {
        const [left, right] = [rowsByIds(keep, a, desk.idsOf(aIds)), rowsByIds(keep, b, desk.idsOf(bIds))];
        const order = desk.countUp(keep, sizeOf(aIds.shape));
        return home.rowDots(left, order, right, order);
      });
    },
  };
}
