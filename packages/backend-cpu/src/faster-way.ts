declare const performance: { now(): number };

/** Comparisons that count alike; from then on each new one counts as one of as many. */
const memory = 16;
/** Once there are so many comparisons, only every so many-th piece of work is compared. */
const between = 4;
/** A piece in which the system did something else says no more than this about the two ways: 2 to 1. */
const most = Math.log(2);

/**
 * Which of two ways to the same result is the faster one on this processor, found while they work: two equal pieces that follow each
 * other are done one way each, in changing order, and a running mean of the ratio of their times decides for everything else. Nothing
 * is computed for the measurement alone, and what changes later (other tables, other programs) is followed.
 */
export class FasterWay {
  readonly #now: () => number;
  /** The running mean of the logarithm of the times of way 1 over those of way 0. */
  #ratio = 0;
  #compared = 0;
  #waited = 0;
  #turn = 0;
  readonly #start: 0 | 1;

  /**
   * @param start - The way to go as long as nothing is known.
   * @param now - A clock, in milliseconds.
   */
  constructor(start: 0 | 1, now: () => number = (): number => performance.now()) {
    this.#start = start;
    this.#now = now;
  }

  /** The way that has been the faster one so far. */
  get best(): 0 | 1 {
    if (this.#ratio === 0) return this.#start;
    return this.#ratio < 0 ? 1 : 0;
  }

  /** Whether two pieces of the work ahead should be compared. Asked once for each two pieces that could be. */
  get wantsToCompare(): boolean {
    if (this.#compared < memory) return true;
    this.#waited = (this.#waited + 1) % between;
    return this.#waited === 0;
  }

  /**
   * Does two pieces of work, one each way.
   *
   * @param first - Does the first piece in the way that it is told.
   * @param second - The second piece, which is as much work.
   */
  compare(first: (way: 0 | 1) => void, second: (way: 0 | 1) => void): void {
    const way = this.#turn as 0 | 1;
    this.#turn = 1 - way;
    const start = this.#now();
    first(way);
    const middle = this.#now();
    second(way === 0 ? 1 : 0);
    const [a, b] = [middle - start, this.#now() - middle];
    // A clock that is too coarse for the pieces says nothing.
    if (a <= 0 || b <= 0) return;
    const ratio = way === 1 ? Math.log(a / b) : Math.log(b / a);
    this.#compared = Math.min(this.#compared + 1, memory);
    this.#ratio += (Math.min(Math.max(ratio, -most), most) - this.#ratio) / this.#compared;
  }
}
