/**
 * The skipped steps of a row, folded into a few numbers: `w = D·(w - m·Σ C / (R·s + ε))`, `m = A·m`, `v = B·v`, with `s = sqrt(v)`.
 *
 * - Adam: two nodes (C, R) of the measure that StepMoments describes, wide measures in pieces of two nodes each. The error is at most
 *   about 1e-6 of the change, whatever sqrt(v) and epsilon are: that of float32 dense steps. See `cutMeasure` for the bound.
 * - amsgrad: its maximum does not change in a gap, so one node at 1 is exact; SGD with momentum and RMSprop with momentum: no
 *   denominator, one node.
 * - Rules without a memory of motion (SGD, Adagrad, RMSprop): only D and B.
 */
import type { UpdateRule } from "../../backend/rule.ts";
import { cutMeasure } from "./cut-measure.ts";
import type { Piece } from "./cut-measure.ts";
import { Powers } from "./powers.ts";
import { gaussTwoNodes } from "./quadrature.ts";
import { StepMoments, windowOf } from "./step-moments.ts";

/** Numbers a row before its nodes: D, A, B. */
export const leadColumns = 3;

/** With more pieces than this, steps are better replayed: most gaps are shorter than the pieces are many. */
const mostPieces = 16;

/**
 * Whether the skipped steps of a rule fold into few enough numbers.
 *
 * @param rule - Any rule of an optimizer.
 * @returns False where the denominator changes so fast beside the momentum (a small beta2, a beta1 very near 1) that a replay is
 *   cheaper, and where the momentum does not fade at all.
 */
export function canFold(rule: UpdateRule): boolean {
  const { a, b, constantDenominator } = kindOf(rule);
  // A momentum that never fades has no window.
  if (a >= 1) return false;
  return a === 0 || constantDenominator || cutMeasure(a, b, mostPieces) !== undefined;
}

/** After so many steps all rows are brought up to date: a sweep that costs little beside them, and memory stays bounded. */
const longestHistory = 1 << 18;

/** The smallest float32 above 0. */
const leastFloat = 2 ** -149;

/** Folds the skipped steps of rows, for one optimizer rule. */
export class FoldedSteps {
  readonly #moments: StepMoments;
  /** The decays that float32 arithmetic really has: 1 - float32(1 - beta). */
  readonly #a: number;
  readonly #b: number;
  readonly #powersOfA: Powers;
  readonly #powersOfB: Powers;
  readonly #sizeOf: (rule: UpdateRule) => number;
  /** Lengths of the pieces that the measure is cut into, in steps; empty for rules without nodes. */
  readonly #pieces: readonly Piece[];
  readonly #constantDenominator: boolean;
  readonly #scratch = new Float64Array(4);
  /** After so many steps the nodes of a row no longer change. */
  readonly #final: number;
  /** The nodes that are final, by the step at which rows were touched last. */
  #nodesOf = new Float32Array(0);
  #isKnown = new Uint8Array(0);
  #decays = false;
  #lastDecay = 0;

  /** @param rule - Any rule of the optimizer for which `canFold` holds; rates and step sizes may differ from step to step, the rest may not. */
  constructor(rule: UpdateRule) {
    const { a, b, constantDenominator, sizeOf } = kindOf(rule);
    this.#a = a;
    this.#b = b;
    this.#powersOfA = new Powers(a);
    this.#powersOfB = new Powers(b);
    this.#constantDenominator = constantDenominator;
    this.#sizeOf = sizeOf;
    this.#moments = new StepMoments(a, constantDenominator ? 1 : b, constantDenominator ? 1 : 4);
    const whole: readonly Piece[] = [[0, Infinity]];
    this.#pieces = a === 0 ? [] : constantDenominator ? whole : (cutMeasure(a, b, mostPieces) ?? whole);
    this.#final = (this.#pieces.length === 1 ? 1 : 2) * windowOf(a);
  }

  /** How many numbers describe a row. */
  get columns(): number {
    return leadColumns + 2 * this.#nodes;
  }

  /** How many steps were made. */
  get steps(): number {
    return this.#moments.steps;
  }

  /**
   * Whether rows must be brought up to date now. The moments divide by what the decay leaves: where it takes away more than the
   * momentum fades, they would grow without end. And the history shall end somewhere.
   */
  get isFull(): boolean {
    return this.#lastDecay > (1 - this.#a) / 8 || this.steps >= longestHistory;
  }

  /** Whether a row that was never touched has moved all the same, by weight decay. */
  get movesUntouched(): boolean {
    return this.#decays;
  }

  /** Notes a step down. */
  push(rule: UpdateRule): void {
    this.#decays ||= rule.decay !== 0;
    this.#lastDecay = this.#pieces.length === 0 ? 0 : rule.decay;
    this.#moments.push(this.#sizeOf(rule), rule.decay);
  }

  /**
   * The numbers of a row.
   *
   * @param last - The step at which the row was touched last.
   * @param out - Receives `D, A, B`, then `C, R` of each node.
   * @param at - Where to write.
   */
  write(last: number, out: Float32Array, at: number): void {
    const gap = this.steps - last;
    out[at] = this.#decays ? this.#moments.decayFactor(last) : 1;
    out[at + 1] = this.#powersOfA.at(gap);
    // Never all the way to 0, which would turn an infinite second moment into a NaN.
    out[at + 2] = this.#b === 0 ? 0 ** gap : Math.max(this.#powersOfB.at(gap), leastFloat);
    const nodes = at + leadColumns;
    if (this.#constantDenominator) {
      if (this.#pieces.length === 0) return;
      this.#moments.read(last, this.#scratch);
      out[nodes] = this.#scratch[0] as number;
      out[nodes + 1] = 1;
      return;
    }
    const numbers = 2 * this.#nodes;
    if (this.#isKnown[last] === 1) {
      for (let i = 0; i < numbers; i++) out[nodes + i] = this.#nodesOf[last * numbers + i] as number;
      return;
    }
    this.#pieces.forEach(([begin, end], index) => {
      if (this.#pieces.length === 1) this.#moments.read(last, this.#scratch);
      else this.#moments.readBetween(last, begin, end, this.#scratch);
      gaussTwoNodes(this.#scratch, 0, out, nodes + 4 * index);
    });
    if (gap > this.#final) this.#remember(last, out.subarray(nodes, nodes + numbers));
  }

  /** Forgets everything: all rows are up to date, and time starts again at 0. */
  clear(): void {
    this.#moments.clear();
    this.#isKnown.fill(0);
  }

  #remember(last: number, nodes: Float32Array): void {
    const end = (last + 1) * nodes.length;
    if (this.#nodesOf.length < end) {
      const grown = new Float32Array(2 * end);
      grown.set(this.#nodesOf);
      this.#nodesOf = grown;
      const known = new Uint8Array(grown.length / nodes.length);
      known.set(this.#isKnown);
      this.#isKnown = known;
    }
    this.#nodesOf.set(nodes, last * nodes.length);
    this.#isKnown[last] = 1;
  }

  get #nodes(): number {
    return this.#constantDenominator ? this.#pieces.length : 2 * this.#pieces.length;
  }
}

interface Kind {
  readonly a: number;
  readonly b: number;
  readonly constantDenominator: boolean;
  readonly sizeOf: (rule: UpdateRule) => number;
}

function kindOf(rule: UpdateRule): Kind {
  const float32Decay = (beta: number): number => 1 - Math.fround(1 - beta);
  switch (rule.kind) {
    case "adam":
      return {
        a: float32Decay(rule.beta1),
        b: float32Decay(rule.beta2),
        constantDenominator: rule.amsgrad,
        sizeOf: (step) => (step.kind === "adam" ? step.stepSize : 0),
      };
    case "sgd":
      // SGD adds its momentum, the folded form subtracts; nesterov moves by momentum·m instead of m.
      return {
        a: Math.fround(rule.momentum),
        b: 1,
        constantDenominator: true,
        sizeOf: () => (rule.nesterov ? -Math.fround(rule.momentum) : -1),
      };
    case "rmsprop":
      return { a: Math.fround(rule.momentum), b: Math.fround(rule.rho), constantDenominator: true, sizeOf: () => 1 };
    case "adagrad":
    case "rowwiseAdagrad":
      return { a: 0, b: 1, constantDenominator: true, sizeOf: () => 0 };
  }
}
