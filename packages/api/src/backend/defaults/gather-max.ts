import { sizeOf } from "../../tensor/shape.ts";
import type { DType } from "../../tensor/dtype.ts";
import type { Backend, GatherMaxArgs, GatherMaxResult, Handle, TensorRef } from "../backend.ts";
import { countUp, upload, withTemporaries } from "./upload.ts";
import { where } from "./where.ts";

/** `GatherMaxArgs`, and the offsets where a default can see them. */
export interface GatherMaxInput extends GatherMaxArgs {
  readonly hostOffsets: Int32Array;
}

/**
 * The maximum of each bag, with the position that attained it first.
 *
 * The default takes a few rows of memory for each id. It compares each row with its bag's maximum, and finds the first that is
 * equal as the maximum of the negated positions. Positions are counted from the start of a bag and go through float32, which
 * counts exactly up to 16,777,216 ids in a bag.
 *
 * @param backend - The backend of the rows; its own `gatherMax` is taken where it has one.
 * @param input - See the contract; `hostOffsets` are the same offsets, on the host.
 * @returns New handles: float32 values and int32 winners, both `[bags, dim]`.
 */
export function gatherMax(backend: Backend, input: GatherMaxInput): GatherMaxResult {
  const { source, ids, offsets, hostOffsets } = input;
  if (backend.gatherMax) return backend.gatherMax({ source, ids, offsets });
  const values = backend.gatherReduce({ source, ids, offsets, mode: "max" });
  return { values, winners: findWinners(backend, input, hostOffsets, values) };
}

function findWinners(backend: Backend, { source, ids, offsets }: GatherMaxArgs, starts: Int32Array, maxima: Handle): Handle {
  const count = sizeOf(ids.shape);
  const bags = starts.length - 1;
  const dim = source.shape[1] as number;
  const { bagOf, negated, firsts } = positionsOf(starts, count);
  return withTemporaries(backend, (keep) => {
    const perId = (handle: Handle, dtype: DType = "float32"): TensorRef => keep({ handle, shape: [count, dim], dtype });
    const perBag = (handle: Handle, dtype: DType): TensorRef => keep({ handle, shape: [bags, dim], dtype });
    const rows = perId(backend.gather(source, ids));
    const maximum: TensorRef = { handle: maxima, shape: [bags, dim], dtype: "float32" };
    const spread = perId(backend.gather(maximum, keep(upload(backend, bagOf, [count]))));
    // Nothing is equal to a NaN: where the maximum is one, those rows have attained it that are not a number either.
    const equal = perId(backend.binary("greaterEqual", rows, spread, [count, dim]), "bool");
    const attained = perId(backend.binary("logicalOr", equal, perId(backend.unary("isNan", rows), "bool"), [count, dim]), "bool");
    const lowest = keep(upload(backend, Float32Array.of(-Infinity), [1, 1]));
    const order = perId(where(backend, attained, keep(upload(backend, negated, [count, 1])), lowest, [count, dim]));
    const best = perBag(backend.gatherReduce({ source: order, ids: keep(countUp(backend, count)), offsets, mode: "max" }), "float32");
    const fromStart = perBag(backend.cast(perBag(backend.unary("neg", best), "float32"), "int32"), "int32");
    return backend.binary("add", fromStart, keep(upload(backend, firsts, [bags, 1])), [bags, dim]);
  });
}

/** For each id its bag and its negated position in it; for each bag the position of its first id, -1 for an empty one. */
function positionsOf(starts: Int32Array, count: number): { bagOf: Int32Array; negated: Float32Array; firsts: Int32Array } {
  const bagOf = new Int32Array(count);
  const negated = new Float32Array(count);
  const firsts = new Int32Array(starts.length - 1);
  for (let bag = 0; bag < firsts.length; bag++) {
    const start = starts[bag] as number;
    const end = starts[bag + 1] as number;
    firsts[bag] = start === end ? -1 : start;
    for (let i = start; i < end; i++) {
      bagOf[i] = bag;
      negated[i] = start - i;
    }
  }
  return { bagOf, negated, firsts };
}
