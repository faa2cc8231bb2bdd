import { InvalidArgumentError, describeValue } from "@rowan/api";
import type { Stop } from "./stop.ts";

/**
 * Asks a source for its items before they are used, so many ahead, and begins something with each. What comes of them is taken in their
 * order; an error of the source comes after the items that it gave before. No item waits for the next one to arrive.
 */
export class AskAhead<Item, Begun> {
  readonly #source: AsyncIterator<Item> | Iterator<Item>;
  readonly #ahead: number;
  readonly #begin: (item: Item) => Begun;
  readonly #stop: Stop;
  readonly #begun: Begun[] = [];
  #isAsking = false;
  /** Whether the source has no more, and knows it. */
  #isDry = false;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /**
   * @param items - The source.
   * @param ahead - How many items may be begun and not taken.
   * @param begin - Called with each item. What it throws ends the asking, as an error of the source does.
   * @param stop - Ends the waiting for the source.
   */
  constructor(items: AsyncIterable<Item> | Iterable<Item>, ahead: number, begin: (item: Item) => Begun, stop: Stop) {
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#ahead = ahead;
    this.#begin = begin;
    this.#stop = stop;
  }

  /**
   * What came of the next item.
   *
   * @returns It, or undefined after the last one.
   * @throws What the source or `begin` threw; the reason of `stop`, where the source is waited for.
   */
  async take(): Promise<Begun | undefined> {
    void this.#ask();
    const forget = this.#stop.onStop(() => this.#wake());
    try {
      while (this.#begun.length === 0) {
        if (this.#failure) throw this.#failure.error;
        if (this.#isDry) return undefined;
        this.#stop.check();
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      forget();
    }
    const first = this.#begun.shift();
    // Its place is free: the source is asked while this one is used.
    void this.#ask();
    return first;
  }

  /**
   * Asks for no more.
   *
   * @returns What was begun and not taken.
   */
  drop(): readonly Begun[] {
    this.#hasEnded = true;
    return this.#begun.splice(0);
  }

  /**
   * Asks for no more, and tells the source so where it does not know. One that still owes an item is not waited for: it may never bring it.
   *
   * @throws What the source throws at that.
   */
  async close(): Promise<void> {
    this.#hasEnded = true;
    if (this.#isDry) return;
    this.#isDry = true;
    const told = this.#source.return?.();
    if (this.#isAsking) void Promise.resolve(told).catch(() => undefined);
    else await told;
  }

  /** Never rejects. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (!this.#isDry && !this.#failure && !this.#hasEnded && this.#begun.length < this.#ahead) await this.#askOnce();
    this.#isAsking = false;
  }

  async #askOnce(): Promise<void> {
    try {
      const next = await this.#next();
      if (this.#hasEnded) return;
      if (next.done === true) this.#isDry = true;
      else this.#begun.push(this.#begin(next.value));
    } catch (error) {
      this.#failure = { error };
    }
    this.#wake();
  }

  async #next(): Promise<IteratorResult<Item>> {
    try {
      return await this.#source.next();
    } catch (error) {
      // It has ended by that, and is told no more.
      this.#isDry = true;
      throw error;
    }
  }
}

/**
 * Checks what shall give one item after another.
 *
 * @param name - What it is to the caller.
 * @param items - What was given.
 * @throws InvalidArgumentError where it cannot be iterated.
 */
export function checkIterable(name: string, items: unknown): void {
  const isIterable = typeof items === "object" && items !== null && (Symbol.asyncIterator in items || Symbol.iterator in items);
  if (isIterable) return;
  throw new InvalidArgumentError(
    `\`${name}\` must be an array, a generator or another iterable, whose items come at once or later. Received: ${name}=${describeValue(items)}.`,
  );
}
