/** Exponents up to here are kept: gaps of a step's rows are mostly short, and the same in many rows. */
const mostKept = 1 << 12;

/** Powers of one number by whole exponents, each computed once: a step asks for two of them for every gap that its rows have. */
export class Powers {
  readonly #base: number;
  readonly #kept: number[] = [];

  /** @param base - Any number. */
  constructor(base: number) {
    this.#base = base;
  }

  /**
   * One power.
   *
   * @param exponent - A whole number, 0 or more.
   * @returns What Math.pow gives.
   */
  at(exponent: number): number {
    if (exponent >= mostKept) return Math.pow(this.#base, exponent);
    for (let next = this.#kept.length; next <= exponent; next++) this.#kept.push(Math.pow(this.#base, next));
    return this.#kept[exponent] as number;
  }
}
