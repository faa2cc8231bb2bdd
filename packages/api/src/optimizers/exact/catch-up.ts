import type { Backend, CatchUpArgs } from "../../backend/backend.ts";
import { add, divide, multiply, subtract } from "../../ops/arithmetic.ts";
import { reshape, slice } from "../../ops/shaping.ts";
import { withoutRecording } from "../../ops/tape.ts";
import { sqrt } from "../../ops/unary.ts";
import { scope } from "../../tensor/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { leadColumns } from "./folded-steps.ts";

/** CatchUpArgs with tensors. */
export type CatchUpTensors = {
  readonly [K in keyof CatchUpArgs]: CatchUpArgs[K] extends readonly unknown[]
    ? readonly Tensor[]
    : CatchUpArgs[K] extends object & { kind: string }
      ? CatchUpArgs[K]
      : Tensor;
};

/**
 * Brings rows up to date by the folded form of their skipped steps.
 *
 * @param backend - Where the rows live; its own `catchUp` is taken where it has one, else ops over copies of the rows.
 * @param args - See the contract.
 */
export function catchUp(backend: Backend, args: CatchUpTensors): void {
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

function catchUpByOps(backend: Backend, { rule, target, slots, ids, factors }: CatchUpTensors): void {
  const [rows = 0, columns = 0] = factors.shape;
  const dim = target.shape[1] as number;
  const gatherRows = (source: Tensor): Tensor => Tensor.own(backend, backend.gather(source, ids), [rows, dim], "float32");
  const factor = (column: number): Tensor => reshape(slice(factors, [0, column], [rows, 1]), [rows, 1]);
  const store = (target: Tensor, values: Tensor): void => {
    backend.scatter(target, ids, values);
  };
  const decay = (slot: Tensor | undefined, column: number): void => {
    if (slot) store(slot, multiply(gatherRows(slot), factor(column)));
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
  store(target, multiply(w, factor(0)));
  decay(named.momentum, 1);
  decay(named.second, 2);
  decay(named.average, 2);
}

interface NamedSlots {
  readonly momentum?: Tensor | undefined;
  /** Decays by B. */
  readonly second?: Tensor | undefined;
  readonly average?: Tensor | undefined;
  /** Its square root is s. */
  readonly denominator?: Tensor | undefined;
}

/** What each slot of a rule is to the folded form; by the order of `slotNames`. */
function namedSlots(rule: CatchUpArgs["rule"], slots: readonly Tensor[]): NamedSlots {
  switch (rule.kind) {
    case "adam":
      return { momentum: slots[0], second: slots[1], denominator: rule.amsgrad ? slots[2] : slots[1] };
    case "sgd":
      return { momentum: slots[0] };
    case "rmsprop":
      return { second: slots[0], momentum: rule.momentum > 0 ? slots[1] : undefined, average: rule.centered ? slots.at(-1) : undefined };
    case "adagrad":
      return {};
  }
}
