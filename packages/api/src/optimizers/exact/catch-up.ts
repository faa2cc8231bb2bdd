import type { Backend, CatchUpArgs, TensorRef } from "../../backend/backend.ts";
import { add, divide, multiply, subtract } from "../../ops/arithmetic.ts";
import { cast } from "../../ops/cast.ts";
import { greaterEqual } from "../../ops/comparison.ts";
import { slice } from "../../ops/shaping.ts";
import { withoutRecording } from "../../ops/tape.ts";
import { abs, sqrt } from "../../ops/unary.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { leadColumns } from "./folded-steps.ts";

/** Moments below this are 0. */
const leastMoment = 1e-38;

/**
 * Brings rows up to date by the folded form of their skipped steps.
 *
 * @param backend - Where the rows live; its own `catchUp` is taken where it has one, else ops over copies of the rows.
 * @param args - See the contract.
 */
export function catchUp(backend: Backend, args: CatchUpArgs): void {
  if (backend.catchUp) {
    backend.catchUp(args);
    return;
  }
  withoutRecording(() => {
    scope(() => {
      catchUpByOps(backend, args);
    });
  });
}

function catchUpByOps(backend: Backend, { rule, target, slots, ids, factors, groups }: CatchUpArgs): void {
  const [rows = 0] = ids.shape;
  const columns = factors.shape[1] as number;
  const dim = target.shape[1] as number;
  const gatherRows = (source: TensorRef): Tensor => Tensor.own(backend, backend.gather(source, ids), [rows, dim], "float32");
  const factorRows = Tensor.own(backend, backend.gather(factors, groups), [rows, columns], "float32");
  const factor = (column: number): Tensor => slice(factorRows, [0, column], [rows, 1]);
  const changes: (readonly [target: TensorRef, values: Tensor])[] = [];
  const decay = (slot: TensorRef | undefined, column: number): void => {
    if (slot) changes.push([slot, flushed(multiply(gatherRows(slot), factor(column)))]);
  };

  const named = namedSlots(rule, slots);
  let w = gatherRows(target);
  if (named.momentum) {
    const m = gatherRows(named.momentum);
    const s = named.denominator && sqrt(gatherRows(named.denominator));
    let moved: Tensor | undefined;
    for (let column = leadColumns; column < columns; column += 2) {
      const weight = factor(column);
      const part = s && rule.kind === "adam" ? divide(weight, add(multiply(s, factor(column + 1)), rule.epsilon)) : weight;
      moved = moved ? add(moved, part) : part;
    }
    if (moved) w = subtract(w, multiply(m, moved));
  }
  changes.push([target, multiply(w, factor(0))]);
  decay(named.momentum, 1);
  decay(named.second, 2);
  decay(named.average, 2);
  // Written last and together, so that a failure (memory that runs out) leaves nothing half done.
  for (const [to, values] of changes) backend.scatter(to, ids, values);
}

/** Moments that decay end as denormal numbers, on which processors are many times slower. */
function flushed(moment: Tensor): Tensor {
  return multiply(moment, cast(greaterEqual(abs(moment), leastMoment), "float32"));
}

interface NamedSlots {
  readonly momentum?: TensorRef | undefined;
  /** Decays by B. */
  readonly second?: TensorRef | undefined;
  readonly average?: TensorRef | undefined;
  /** Its square root is s. */
  readonly denominator?: TensorRef | undefined;
}

/** What each slot of a rule is to the folded form; by the order of `slotNames`. */
function namedSlots(rule: CatchUpArgs["rule"], slots: readonly TensorRef[]): NamedSlots {
  switch (rule.kind) {
    case "adam":
      return { momentum: slots[0], second: slots[1], denominator: rule.amsgrad ? slots[2] : slots[1] };
    case "sgd":
      return { momentum: slots[0] };
    case "rmsprop":
      return { second: slots[0], momentum: rule.momentum > 0 ? slots[1] : undefined, average: rule.centered ? slots.at(-1) : undefined };
    case "adagrad":
    case "rowwiseAdagrad":
      return {};
  }
}
