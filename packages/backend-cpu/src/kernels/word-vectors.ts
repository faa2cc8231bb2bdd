import type { WordVectorKernels } from "../kernels.ts";
import { nextWord, scaleWord } from "./xoshiro.ts";

const { fround } = Math;

/** A word of the noise distribution by its alias table: the upper half of a product chooses a place, the lower half decides there. */
function drawNoise(state: Int32Array, chances: Int32Array, aliases: Int32Array, words: number): number {
  const random = nextWord(state);
  const word = scaleWord(random, words);
  return Math.imul(random, words) >>> 0 < (chances[word] as number) >>> 0 ? word : (aliases[word] as number);
}

/** Of 2^32 uses of a place of the pool, after how many it gets another word, less one: a word is used four times in the mean. */
const renewed = 0x3fffffff;

/** A word of the pool; some leave it with their use. */
function drawPooled(state: Int32Array, pool: Int32Array, pooled: number, chances: Int32Array, aliases: Int32Array, words: number): number {
  const random = nextWord(state);
  const place = scaleWord(random, pooled);
  const word = pool[place] as number;
  if (Math.imul(random, pooled) >>> 0 <= renewed) pool[place] = drawNoise(state, chances, aliases, words);
  return word;
}

/** The product of two rows as four lanes sum it. */
function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, columns: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let j = 0; j < columns; j += 4) {
    s0 = fround(s0 + fround((a[atA + j] as number) * (b[atB + j] as number)));
    s1 = fround(s1 + fround((a[atA + j + 1] as number) * (b[atB + j + 1] as number)));
    s2 = fround(s2 + fround((a[atA + j + 2] as number) * (b[atB + j + 2] as number)));
    s3 = fround(s3 + fround((a[atA + j + 3] as number) * (b[atB + j + 3] as number)));
  }
  return fround(fround(s0 + s1) + fround(s2 + s3));
}

/** `into += row`. */
function addRow(into: Float32Array, atInto: number, row: Float32Array, at: number, columns: number): void {
  for (let j = 0; j < columns; j++) into[atInto + j] = (into[atInto + j] as number) + (row[at + j] as number);
}

/** Turns products into gains; the targets after the first that are the centre itself gain nothing. Returns the sum of the losses. */
function gainAll(targets: Int32Array, gains: Float32Array, count: number, rate: number, curve: Float32Array): number {
  let loss = 0;
  for (let k = 0; k < count; k++) {
    const x = Math.min(Math.max(gains[k] as number, -16), 16);
    const place = fround(fround(x + 16) * 64);
    const step = Math.trunc(place) || 0;
    const rest = fround(place - step);
    const between = (entry: number): number => {
      const low = curve[entry] as number;
      return fround(low + fround(fround((curve[entry + 2] as number) - low) * rest));
    };
    const sigmoid = between(2 * step);
    const softplus = between(2 * step + 1);
    if (k === 0) {
      gains[k] = fround(1 - sigmoid) * rate;
      loss += softplus;
    } else if (targets[k] === targets[0]) gains[k] = 0;
    else {
      gains[k] = -sigmoid * rate;
      loss += fround(softplus + x);
    }
  }
  return loss;
}

/** As many targets as the WASM form walks together: their parts are summed before they reach the row. */
const together = 6;

/** One row against its targets: `work` gets what moves the row, and the targets move along the row. Returns the sum of the losses. */
function learn(
  source: Float32Array,
  at: number,
  output: Float32Array,
  work: Float32Array,
  targets: Int32Array,
  gains: Float32Array,
  count: number,
  columns: number,
  rate: number,
  curve: Float32Array,
): number {
  for (let k = 0; k < count; k++) gains[k] = dot(source, at, output, (targets[k] as number) * columns, columns);
  const loss = gainAll(targets, gains, count, rate, curve);
  work.fill(0);
  for (let first = 0, size = 0; first < count; first += size) {
    size = first + together <= count ? together : 1;
    for (let j = 0; j < columns; j++) {
      const x = source[at + j] as number;
      let sum = 0;
      for (let k = first; k < first + size; k++) {
        const place = (targets[k] as number) * columns + j;
        const y = output[place] as number;
        output[place] = y + fround((gains[k] as number) * x);
        sum = fround(sum + fround((gains[k] as number) * y));
      }
      work[j] = (work[j] as number) + sum;
    }
  }
  return loss;
}

/** Word vectors, over typed arrays. Every product and sum is rounded to float32, in the order of the WASM form. */
export const wordVectorKernels: WordVectorKernels<Float32Array, Int32Array> = {
  trainWordVectors(
    input,
    output,
    words,
    columns,
    ids,
    ends,
    sentences,
    keep,
    chances,
    aliases,
    curve,
    state,
    kept,
    targets,
    room,
    pool,
    pooled,
    window,
    negatives,
    rate,
    bags,
  ) {
    const count = negatives + 1;
    const step = fround(rate);
    const hidden = room.subarray(0, columns);
    const work = room.subarray(columns, 2 * columns);
    const gains = room.subarray(2 * columns);
    let [loss, used, learned, from] = [0, 0, 0, 0];
    const learnFrom = (source: Float32Array, at: number): void => {
      loss += learn(source, at, output, work, targets, gains, count, columns, step, curve);
      learned += count;
    };
    for (let k = 0; k < pooled; k++) pool[k] = drawNoise(state, chances, aliases, words);
    const drawWord = (): number =>
      pooled > 0 ? drawPooled(state, pool, pooled, chances, aliases, words) : drawNoise(state, chances, aliases, words);
    for (let sentence = 0; sentence < sentences; sentence++) {
      const end = ends[sentence] as number;
      let length = 0;
      for (; from < end; from++) {
        const word = ids[from] as number;
        if (nextWord(state) <= (keep[word] as number) >>> 0) kept[length++] = word;
      }
      used += length;
      for (let i = 0; i < length; i++) {
        const reach = window - scaleWord(nextWord(state), window);
        const first = Math.max(0, i - reach);
        const last = Math.min(i + reach + 1, length);
        if (last - first < 2) continue;
        targets[0] = kept[i] as number;
        for (let k = 1; k < count; k++) targets[k] = drawWord();
        if (bags !== 0) {
          hidden.fill(0);
          for (let j = first; j < last; j++) if (j !== i) addRow(hidden, 0, input, (kept[j] as number) * columns, columns);
          const share = fround(1 / (last - first - 1));
          for (let j = 0; j < columns; j++) hidden[j] = (hidden[j] as number) * share;
          learnFrom(hidden, 0);
        }
        for (let j = first; j < last; j++) {
          if (j === i) continue;
          const row = (kept[j] as number) * columns;
          if (bags === 0) learnFrom(input, row);
          addRow(input, row, work, 0, columns);
        }
      }
    }
    state[4] = used;
    state[5] = learned;
    return loss;
  },

  settleWordVectors(rows, copies, left, columns, hot) {
    const size = hot * columns;
    for (let i = 0; i < size; i++) {
      rows[i] = (rows[i] as number) + fround((copies[i] as number) - (copies[size + i] as number));
      copies[i] = copies[size + i] = rows[i] as number;
    }
    left.fill(0, 0, hot);
  },
};
