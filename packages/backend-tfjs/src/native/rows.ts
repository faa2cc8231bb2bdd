import { sizeOf } from "@rowan/api";
import type { Backend, BagMode, TensorRef } from "@rowan/api";
import { storageType, types } from "./binding.ts";
import { asRows } from "./native-context.ts";
import type { NativeContext } from "./native-context.ts";
import type { Id } from "./operations.ts";
import { caughtUp, stepOf } from "./rules.ts";

type RowMembers = Pick<Backend, "gather" | "gatherReduce" | "scatter" | "update" | "catchUp">;

/**
 * Rows by id. Tables are resource variables: their rows are read and written in place.
 *
 * @param context - TensorFlow.
 * @returns Members of the contract.
 */
export function rowMembers(context: NativeContext): Required<RowMembers> {
  const { ops } = context;
  const int32 = { type: types.int32 };
  const float32 = { type: types.float32 };

  function ids(ref: TensorRef): Id {
    return context.shaped(context.handle(ref.handle), [sizeOf(ref.shape)]);
  }

  function scatter(target: TensorRef, places: Id, rows: Id): void {
    const attributes = { dtype: { type: storageType(target.dtype) }, Tindices: int32 };
    ops.none("ResourceScatterUpdate", [context.variable(target), places, rows], attributes);
  }

  /** Writes rows of a table and its state, or none: where one of them cannot be written, those before it get back what they had. */
  function scatterTogether(state: readonly TensorRef[], places: Id, before: readonly Id[], after: readonly Id[]): void {
    let done = 0;
    try {
      for (const ref of state) {
        if (after[done] !== before[done]) scatter(ref, places, after[done] as Id);
        done++;
      }
    } catch (error) {
      // TensorFlow checks a write before its first row. Taking one back needs no memory: the table has its own by now.
      for (const [i, ref] of state.slice(0, done).entries()) scatter(ref, places, before[i] as Id);
      throw error;
    }
  }

  /** The bag of each id. */
  function segmentsOf(offsets: Int32Array): Int32Array {
    const segments = new Int32Array(offsets.at(-1) ?? 0);
    for (let bag = 0; bag < offsets.length - 1; bag++) segments.fill(bag, offsets[bag], offsets[bag + 1]);
    return segments;
  }

  function segments(name: string, data: Id, segmentIds: Id, bags: number): Id {
    return ops.one(name, [data, segmentIds, ops.integers([bags], [])], { T: float32, Tindices: int32, Tnumsegments: int32 });
  }

  /** What sums are divided by, `[bags, 1]`. */
  function divisors(mode: BagMode, weights: Id | undefined, offsets: Int32Array, segmentIds: Id, bags: number): Id {
    const counts = (): Id =>
      ops.floats(
        Float32Array.from({ length: bags }, (_, bag) => (offsets[bag + 1] as number) - (offsets[bag] as number)),
        [bags, 1],
      );
    const total = weights
      ? segments("UnsortedSegmentSum", mode === "mean" ? weights : ops.unary("Square", weights), segmentIds, bags)
      : counts();
    return mode === "mean" ? total : ops.unary("Sqrt", total);
  }

  /** Maxima of bags, NaN carried, zeros for empty bags. The last bags may be empty too, which the operation does not know. */
  function largest(rows: Id, offsets: Int32Array, bags: number): Id {
    const ids = segmentsOf(offsets);
    const segmentIds = ops.integers(ids);
    const most = (x: Id): Id => ops.one("SegmentMax", [x, segmentIds], { T: float32, Tindices: int32 });
    const hasNan = ops.scalar("Greater", most(ops.cast(ops.unary("IsNan", rows), types.bool, types.float32)), 0);
    const maxima = ops.select(hasNan, ops.constant(Number.NaN), most(rows));
    const missing = bags - 1 - (ids.at(-1) as number);
    if (missing === 0) return maxima;
    return ops.one("Pad", [maxima, ops.integers([0, missing, 0, 0], [2, 2])], { T: float32, Tpaddings: int32 });
  }

  return {
    gather(source, at, into) {
      const shape = [sizeOf(at.shape), asRows(source.shape)[1]];
      return ops.scoped(() => context.adopt(context.rows(source, ids(at)), source.dtype, shape, into));
    },
    gatherReduce({ source, ids: at, offsets, weights, mode, into }) {
      return ops.scoped(() => {
        const bounds = context.integers(offsets);
        const bags = bounds.length - 1;
        const shape = [bags, asRows(source.shape)[1]];
        const count = sizeOf(at.shape);
        if (count === 0 || sizeOf(shape) === 0) return context.adopt(ops.zeros(shape, types.float32), "float32", shape, into);
        const segmentIds = ops.integers(segmentsOf(bounds));
        const factors = weights && context.shaped(context.handle(weights.handle), [count, 1]);
        let result: Id;
        if (mode === "max") result = largest(context.rows(source, ids(at)), bounds, bags);
        else if (!factors && !context.handle(source.handle).isVariable) {
          // The rows in between are never made.
          const inputs = [
            context.shaped(context.handle(source.handle), asRows(source.shape)),
            ids(at),
            segmentIds,
            ops.integers([bags], []),
          ];
          const attributes = { T: float32, Tidx: int32, Tnumsegments: int32, Tsegmentids: int32, sparse_gradient: false };
          result = ops.one("SparseSegmentSumWithNumSegments", inputs, attributes);
        } else {
          const rows = context.rows(source, ids(at));
          result = segments("UnsortedSegmentSum", factors ? ops.binary("Mul", rows, factors) : rows, segmentIds, bags);
        }
        if (mode === "mean" || mode === "sqrtn") result = ops.binary("DivNoNan", result, divisors(mode, factors, bounds, segmentIds, bags));
        return context.adopt(result, "float32", shape, into);
      });
    },
    scatter(target, at, rows) {
      if (sizeOf(rows.shape) === 0) return;
      ops.scoped(() => {
        scatter(target, ids(at), context.shaped(context.handle(rows.handle), [sizeOf(at.shape), asRows(target.shape)[1]]));
      });
    },
    update({ rule, target, slots, gradient, ids: at }) {
      if (sizeOf(gradient.shape) === 0) return;
      ops.scoped(() => {
        const state = [target, ...slots];
        if (!at) {
          const shape = asRows(target.shape);
          const shapes = state.map((ref) => asRows(ref.shape));
          const before = state.map((ref, i) => context.shaped(context.handle(ref.handle), shapes[i] as readonly number[]));
          const after = stepOf(rule, ops, before, context.shaped(context.handle(gradient.handle), shape), shape[1]);
          state.forEach((ref, i) => context.replace(context.handle(ref.handle), after[i] as Id, shapes[i] as readonly number[]));
          return;
        }
        const places = ids(at);
        const width = asRows(target.shape)[1];
        const grads = context.shaped(context.handle(gradient.handle), [sizeOf(at.shape), width]);
        // A table becomes a variable before its rows are read, so that nothing is copied.
        for (const ref of state) context.variable(ref);
        const before = state.map((ref) => context.rows(ref, places));
        scatterTogether(state, places, before, stepOf(rule, ops, before, grads, width));
      });
    },
    catchUp({ rule, target, slots, ids: at, factors, groups }) {
      if (sizeOf(at.shape) === 0) return;
      ops.scoped(() => {
        const places = ids(at);
        const state = [target, ...slots];
        for (const ref of state) context.variable(ref);
        const [count, columns] = [sizeOf(groups.shape), asRows(factors.shape)[1]];
        const chosen = context.rows(factors, ids(groups));
        const column = (index: number): Id => ops.slice(chosen, [0, index], [count, 1], types.float32);
        const before = state.map((ref) => context.rows(ref, places));
        scatterTogether(state, places, before, caughtUp(rule, ops, before, column, columns));
      });
    },
  };
}
