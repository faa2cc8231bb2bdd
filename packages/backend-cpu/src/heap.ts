import { InternalError } from "@rowan/api";

/** Every chunk starts and ends at a multiple of this: a cache line. */
export const alignment = 64;

/** Sizes of one class differ by less than an eighth. */
const stepBits = 3;
const steps = 1 << stepBits;
const classes = (32 - 6) * steps + steps;

/** A stretch of memory. Chunks lie side by side without gaps, and know their neighbours. */
export class Chunk {
  start: number;
  size: number;
  free: boolean;
  before: Chunk | undefined;
  after: Chunk | undefined;
  /** Neighbours in the list of free chunks of one class. */
  previous: Chunk | undefined;
  next: Chunk | undefined;

  constructor(start: number, size: number, before: Chunk | undefined, after: Chunk | undefined) {
    this.start = start;
    this.size = size;
    this.free = false;
    this.before = before;
    this.after = after;
    this.previous = undefined;
    this.next = undefined;
  }
}

/**
 * Gives out stretches of one growing address space and takes them back. Two-level segregated fit (Masmano et al., 2004): free
 * chunks are listed by size class, a bitmap names the classes that have any, and a freed chunk joins its free neighbours at once.
 * So both directions take constant time, and steps that repeat the same sizes get the same places.
 */
export class Heap {
  /** Where the given-out space has ended so far: memory from here on was never written. */
  touched: number;
  readonly #limit: number;
  readonly #grow: (end: number) => boolean;
  readonly #lists = new Array<Chunk | undefined>(classes);
  readonly #bitmap = new Uint32Array(Math.ceil(classes / 32));
  #end: number;
  #last: Chunk | undefined;

  /**
   * Makes a heap over `[start, end)`, which may grow.
   *
   * @param start - The first byte, a multiple of 64.
   * @param end - Where memory ends now.
   * @param limit - Where it may end at most.
   * @param grow - Makes memory reach to an end at least; false when that cannot be.
   */
  constructor(start: number, end: number, limit: number, grow: (end: number) => boolean) {
    this.touched = start;
    this.#limit = limit;
    this.#grow = grow;
    this.#end = start;
    this.#extend(end);
  }

  /**
   * Takes a stretch.
   *
   * @param bytes - Its length; 0 takes a place too.
   * @returns The chunk, or undefined when no stretch of this length is left.
   */
  allocate(bytes: number): Chunk | undefined {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const chunk = this.#find(size) ?? this.#findAtEnd(size);
    if (!chunk) return undefined;
    this.#unlist(chunk);
    chunk.free = false;
    if (chunk.size > size) this.#split(chunk, size);
    this.touched = Math.max(this.touched, chunk.start + size);
    return chunk;
  }

  /**
   * Gives a stretch back.
   *
   * @param chunk - What `allocate` returned.
   * @throws InternalError when it was given back before.
   */
  free(chunk: Chunk): void {
    if (chunk.free) throw new InternalError(`the memory at ${chunk.start} was freed twice.`);
    chunk.free = true;
    const { before, after } = chunk;
    if (after?.free) {
      this.#unlist(after);
      this.#absorb(chunk, after);
    }
    if (before?.free) {
      this.#unlist(before);
      // The caller's chunk is no part of the heap any more, but stays marked as free, so that freeing it again is noticed.
      this.#absorb(before, chunk);
      this.#list(before);
    } else this.#list(chunk);
  }

  /** A free chunk that is large enough: one of the size's own class, or any of the next class that has one. */
  #find(size: number): Chunk | undefined {
    const index = classOf(size);
    let chunk = this.#lists[index];
    // Chunks of one class differ a little. A step that repeats its sizes finds what it freed among the first.
    for (let tries = 0; chunk && tries < 8; tries++, chunk = chunk.next) if (chunk.size >= size) return chunk;
    const larger = index + 1;
    for (let word = larger >>> 5, mask = -1 << (larger & 31); word < this.#bitmap.length; word++, mask = -1) {
      const found = (this.#bitmap[word] as number) & mask;
      if (found !== 0) return this.#lists[(word << 5) + 31 - Math.clz32(found & -found)];
    }
    return undefined;
  }

  /** The last chunk, made longer by growing; or any that fits, where growing is over. */
  #findAtEnd(size: number): Chunk | undefined {
    const start = this.#last?.free ? this.#last.start : this.#end;
    const needed = start + size;
    if (needed > this.#end) {
      if (needed > this.#limit) return this.#search(size);
      // Growing by a quarter keeps the number of growths small while a table is filled.
      const generous = Math.min(this.#limit, needed + Math.min(this.#end / 4, 2 ** 26));
      const end = this.#grow(generous) ? generous : needed;
      if (end === needed && !this.#grow(needed)) return this.#search(size);
      this.#extend(end);
    }
    return this.#last;
  }

  /** Looks into the class of the size itself, some of whose chunks are shorter. */
  #search(size: number): Chunk | undefined {
    let chunk = this.#lists[classOf(size)];
    while (chunk && chunk.size < size) chunk = chunk.next;
    return chunk;
  }

  #extend(end: number): void {
    const whole = Math.floor(end / alignment) * alignment;
    if (whole <= this.#end) return;
    if (this.#last?.free) {
      this.#unlist(this.#last);
      this.#last.size += whole - this.#end;
      this.#list(this.#last);
    } else {
      const chunk = new Chunk(this.#end, whole - this.#end, this.#last, undefined);
      chunk.free = true;
      if (this.#last) this.#last.after = chunk;
      this.#last = chunk;
      this.#list(chunk);
    }
    this.#end = whole;
  }

  #split(chunk: Chunk, size: number): void {
    const rest = new Chunk(chunk.start + size, chunk.size - size, chunk, chunk.after);
    rest.free = true;
    chunk.size = size;
    if (chunk.after) chunk.after.before = rest;
    else this.#last = rest;
    chunk.after = rest;
    this.#list(rest);
  }

  #absorb(chunk: Chunk, next: Chunk): void {
    chunk.size += next.size;
    chunk.after = next.after;
    if (next.after) next.after.before = chunk;
    else this.#last = chunk;
  }

  #list(chunk: Chunk): void {
    const index = classOf(chunk.size);
    const head = this.#lists[index];
    chunk.previous = undefined;
    chunk.next = head;
    if (head) head.previous = chunk;
    this.#lists[index] = chunk;
    this.#bitmap[index >>> 5] = (this.#bitmap[index >>> 5] as number) | (1 << (index & 31));
  }

  #unlist(chunk: Chunk): void {
    const index = classOf(chunk.size);
    if (chunk.next) chunk.next.previous = chunk.previous;
    if (chunk.previous) chunk.previous.next = chunk.next;
    else {
      this.#lists[index] = chunk.next;
      if (!chunk.next) this.#bitmap[index >>> 5] = (this.#bitmap[index >>> 5] as number) & ~(1 << (index & 31));
    }
    chunk.previous = chunk.next = undefined;
  }
}

/** The class of a size: its highest bit, and the three bits below. */
function classOf(size: number): number {
  const units = Math.floor(size / alignment);
  const bit = 31 - Math.clz32(units);
  if (bit < stepBits) return units;
  return (bit - stepBits + 1) * steps + ((units >>> (bit - stepBits)) & (steps - 1));
}
