/**
 * How many steps after its last touch still move a row: what is left out weighs less than one part in 10^17 of what is kept.
 *
 * @param a - Decay of the momentum, from 0 to below 1.
 * @returns Steps.
 */
export function windowOf(a: number): number {
  return a > 0 ? Math.ceil(Math.log(1e-17) / Math.log(a)) : 1;
}

/**
 * Moments of what a row's skipped steps do to it, for every step at which a row may have been touched last.
 *
 * A row that was last touched at step L has, at skipped step j, the momentum m·a^j and the second moment v·b^j, so step j moves an
 * element by α(L+j)·a^j·m / (b^(j/2)·sqrt(v) + ε), and decoupled weight decay multiplies by d(L+j). Up to the factor
 * D = Π d over the gap, the change is m·Σ c_j / (r_j·sqrt(v) + ε) with c_j = α(L+j)·a^j / Π_{i≤j} d(L+i) and r_j = b^(j/2):
 * a measure that depends on L alone, not on the element. Its moments F_p(L) = Σ c_j r_j^p obey, with q_p = a·b^(p/2),
 *
 *     F_p(L) = q_p (α(L+1) + F_p(L+1)) / d(L+1),
 *
 * so one backward sweep gives all of them. Since a^j vanishes, F_p(L) no longer changes once `window` steps have followed: a step
 * costs one sweep over the window, whatever the gaps are. Prefix sums over the whole run would not do: their terms vanish.
 */
export class StepMoments {
  readonly #count: number;
  readonly #ratios: readonly number[];
  readonly #window: number;
  /** α(t) at index t - 1. */
  readonly #sizes: number[] = [];
  /** Σ ln d(1..t) at index t, so that a product over a gap is a difference. */
  readonly #logDecay: number[] = [0];
  /** F_p(L) at index L·count + p. */
  #moments = new Float64Array(0);
  /** The number of steps that `#moments` was computed for. */
  #computed = 0;

  /**
   * @param a - Decay of the momentum, from 0 to below 1.
   * @param b - Decay of the second moment; 1 where the denominator does not change.
   * @param count - How many moments: 4 for two nodes, 1 for the plain sum.
   */
  constructor(a: number, b: number, count: number) {
    this.#count = count;
    this.#ratios = Array.from({ length: count }, (_, p) => a * Math.pow(b, p / 2));
    this.#window = windowOf(a);
  }

  /** How many steps were made. */
  get steps(): number {
    return this.#sizes.length;
  }

  /**
   * Notes a step down.
   *
   * @param size - α of this step.
   * @param decay - The factor of its weight decay: d = 1 - decay.
   */
  push(size: number, decay: number): void {
    this.#sizes.push(size);
    this.#logDecay.push((this.#logDecay.at(-1) as number) + Math.log1p(-decay));
  }

  /**
   * What weight decay leaves of a row over its gap.
   *
   * @param last - The step at which the row was touched last.
   * @param until - The step up to which it is brought.
   * @returns The product of d over the gap.
   */
  decayFactor(last: number, until: number = this.steps): number {
    return Math.exp((this.#logDecay[until] as number) - (this.#logDecay[last] as number));
  }

  /**
   * The moments of the steps after `last`.
   *
   * @param last - The step at which a row was touched last.
   * @param out - Receives them at `out[0] ..`.
   */
  read(last: number, out: Float64Array): void {
    this.#sweep();
    for (let p = 0; p < this.#count; p++) out[p] = this.#moments[last * this.#count + p] as number;
  }

  /**
   * The moments of skipped steps `begin + 1 .. end` after `last` alone: what all steps after `last + begin` give, less what those
   * after `last + end` give, each seen from `last`.
   *
   * @param last - The step at which a row was touched last.
   * @param begin - The first skipped step is the one after this.
   * @param end - The last skipped step.
   * @param out - Receives the moments at `out[0] ..`.
   */
  readBetween(last: number, begin: number, end: number, out: Float64Array): void {
    this.#sweep();
    const { steps } = this;
    const from = Math.min(last + begin, steps);
    const to = Math.min(last + end, steps);
    const decayFrom = this.decayFactor(last, from);
    const decayTo = this.decayFactor(last, to);
    for (let p = 0; p < this.#count; p++) {
      const ratio = this.#ratios[p] as number;
      const first = ((this.#moments[from * this.#count + p] as number) * Math.pow(ratio, from - last)) / decayFrom;
      const rest = ((this.#moments[to * this.#count + p] as number) * Math.pow(ratio, to - last)) / decayTo;
      // What is left of two equal numbers is rounding, and moments of rounding have their nodes anywhere.
      if (p === 0 && !(first - rest > first * 1e-12)) {
        out.fill(0, 0, this.#count);
        return;
      }
      out[p] = first - rest;
    }
  }

  /** Forgets everything: all rows are up to date, and time starts again at 0. */
  clear(): void {
    this.#sizes.length = 0;
    this.#logDecay.length = 1;
    this.#computed = 0;
  }

  #sweep(): void {
    const { steps } = this;
    if (this.#computed === steps && steps > 0) return;
    const count = this.#count;
    if (this.#moments.length < (steps + 1) * count) {
      const grown = new Float64Array(2 * (steps + 1) * count);
      grown.set(this.#moments);
      this.#moments = grown;
    }
    const moments = this.#moments;
    moments.fill(0, steps * count, (steps + 1) * count);
    // Entries that were final when they were last computed stay as they are.
    const first = Math.max(0, this.#computed - this.#window);
    for (let last = steps - 1; last >= first; last--) {
      const decay = (this.#logDecay[last + 1] as number) - (this.#logDecay[last] as number);
      const keep = decay === 0 ? 1 : Math.exp(decay);
      const size = this.#sizes[last] as number;
      for (let p = 0; p < count; p++) {
        moments[last * count + p] = ((this.#ratios[p] as number) * (size + (moments[(last + 1) * count + p] as number))) / keep;
      }
    }
    this.#computed = steps;
  }
}
