/**
 * What the kernels of this backend are, said once for both of their forms.
 *
 * A kernel takes memory, numbers, and nothing else. Memory is named by how it is read: `F` as float32, `I` as int32, `U` as bytes.
 * In WASM all three are a byte address, and the exports of the module ARE the kernels. In plain TypeScript they are typed arrays.
 * A kernel may assume valid arguments and counts of 0 and more. A flag is 0 or 1. Outputs are dense and overlap no input, but for
 * `update` rules, which work in place.
 *
 * A layout (`layout`, `rank`) is int32 memory that says how operands are walked: `rank` extents, then `rank` strides in elements
 * for each operand, then `rank` words for the kernel to count in. See `layout.ts`.
 */
import type { ArithmeticOp, UnaryOp } from "@rowan/api";

/** Functions of float32 that give float32. */
export type FloatUnaryOp = Exclude<UnaryOp, "isNan" | "logicalNot">;

/** Arithmetic that int32 has too. */
export type IntegerArithmeticOp = Exclude<ArithmeticOp, "div" | "pow">;

/** The comparisons that every dtype has. */
export type RelationOp = "equal" | "notEqual" | "greater" | "greaterEqual" | "less" | "lessEqual";

/** `out[i] = f(x[i])` for `count` elements. */
export type Map1<X, Y> = (x: X, out: Y, count: number) => void;

/** `out = f(a, b)`, walked by a layout of the operands a and b, whose innermost strides are 0 or 1. */
export type Map2<X, Y, I> = (a: X, b: X, out: Y, layout: I, rank: number) => void;

/** Reduces the middle axis of `[outer, extent, inner]`. */
export type Reduction<X, Y> = (x: X, out: Y, outer: number, extent: number, inner: number) => void;

/** Memory moved as it is. */
export interface CopyKernels<I, U> {
  /** `bytes` bytes between two places that may overlap. */
  copyBytes(source: U, sourceStart: number, target: U, targetStart: number, bytes: number): void;
  fillWords(target: I, bits: number, count: number): void;
  fillBytes(target: U, value: number, count: number): void;
  /** A box of elements of 4 bytes between two strided places (operands: source, target), from given elements on. */
  copyBoxWords(source: I, sourceStart: number, target: I, targetStart: number, layout: I, rank: number): void;
  /** The same for elements of 1 byte. */
  copyBoxBytes(source: U, sourceStart: number, target: U, targetStart: number, layout: I, rank: number): void;
  /** `condition ? a : b`; operands: condition, a, b. */
  selectWords(condition: U, a: I, b: I, out: I, layout: I, rank: number): void;
  /** The same for elements of 1 byte. */
  selectBytes(condition: U, a: U, b: U, out: U, layout: I, rank: number): void;
}

/** Rows by id. */
export interface RowKernels<F, I, U> {
  /**
   * \`way\` 1 is another way to the same result, for large ones: WASM asks for the memory of \`out\` before it is written, native kernels
   * store past the caches. See \`gathering.ts\`.
   */
  gatherRows(source: U, ids: I, out: U, count: number, rowBytes: number, way?: number): void;
  scatterRows(target: U, ids: I, rows: U, count: number, rowBytes: number): void;
  /** Sums of bags: `mode` 0 is sum, 1 mean, 2 sqrtn; `weights` is read when `weighted`. */
  sumBags(source: F, ids: I, offsets: I, weights: F, weighted: number, out: F, bags: number, dim: number, mode: number): void;
  maxBags(source: F, ids: I, offsets: I, out: F, bags: number, dim: number): void;
}

/** What a step touches. */
export interface PlanKernels<I> {
  /**
   * Sorts `count` ids by `passes` digits of 11 bits, the lowest first: `unique` gets each id once, ascending, `positions` the places of
   * each in `ids`, ascending, and `offsets`, which has one element more, where they begin. The result is how many are unique. The three
   * lists have room for all ids differing; `room` is for three more lists and 2,048 counts.
   */
  planRows(ids: I, count: number, passes: number, unique: I, offsets: I, positions: I, room: I): number;
}

/** What bags need in training; the formulas are those of the members `gatherMax`, `sumWinners` and `rowDots`. */
export interface WinnerKernels<F, I> {
  /** The maxima of bags, and the positions in `ids` that attained them first; 0 and -1 for empty bags. */
  winBags(source: F, ids: I, offsets: I, values: F, winners: I, bags: number, dim: number): void;
  /** For each group of positions what they won of their bags' rows. */
  sumWon(source: F, winners: I, positions: I, bags: I, offsets: I, out: F, groups: number, dim: number): void;
  dotRows(a: F, aIds: I, b: F, bIds: I, out: F, count: number, dim: number): void;
}

/**
 * One step of an optimizer on `rows` rows of `dim` elements: of the rows `ids[i]` when `indexed`, else of all in order.
 * The formulas are those of `UpdateRule`; every operation is rounded to float32; moments below 1e-38 become 0.
 */
export interface UpdateKernels<F, I> {
  sgd(target: F, gradient: F, ids: I, indexed: number, rows: number, dim: number, decay: number, learningRate: number): void;
  momentum(
    target: F,
    moment: F,
    gradient: F,
    ids: I,
    indexed: number,
    rows: number,
    dim: number,
    decay: number,
    learningRate: number,
    momentum: number,
    nesterov: number,
  ): void;
  /** `keep1` and `keep2` are `1 - beta1` and `1 - beta2`; `largest` is read when `amsgrad`. */
  adam(
    target: F,
    moment: F,
    velocity: F,
    largest: F,
    gradient: F,
    ids: I,
    indexed: number,
    rows: number,
    dim: number,
    decay: number,
    stepSize: number,
    keep1: number,
    keep2: number,
    epsilon: number,
    amsgrad: number,
  ): void;
  /** `moment` is read when `momentum > 0`, `average` when `centered`; `keep` is `1 - rho`. */
  rmsprop(
    target: F,
    velocity: F,
    moment: F,
    average: F,
    gradient: F,
    ids: I,
    indexed: number,
    rows: number,
    dim: number,
    decay: number,
    learningRate: number,
    rho: number,
    keep: number,
    momentum: number,
    epsilon: number,
    centered: number,
  ): void;
  adagrad(
    target: F,
    accumulator: F,
    gradient: F,
    ids: I,
    indexed: number,
    rows: number,
    dim: number,
    decay: number,
    learningRate: number,
    epsilon: number,
  ): void;
  /** One accumulator for each row; without ids, rows follow one another. */
  rowwiseAdagrad(
    target: F,
    accumulator: F,
    gradient: F,
    ids: I,
    indexed: number,
    rows: number,
    dim: number,
    decay: number,
    learningRate: number,
    epsilon: number,
  ): void;
}

/**
 * Steps that were put off, applied at once to the rows `ids[i]`. Row `groups[i]` of `factors` (`columns` a row) is D, A, B, then C and
 * R of each node; the formulas are those of `CatchUpArgs`. Moments below 1e-38 become 0.
 */
export interface CatchUpKernels<F, I> {
  /** `largest` is read when `amsgrad`. */
  catchUpAdam(
    target: F,
    moment: F,
    velocity: F,
    largest: F,
    ids: I,
    factors: F,
    groups: I,
    rows: number,
    dim: number,
    columns: number,
    epsilon: number,
    amsgrad: number,
  ): void;
  /**
   * The same without amsgrad, and all rows of a plan as they are then at each of their positions: row `unique[k]` at `positions[offsets[k]]`
   * and so on in `out`. `unique` ascends, and `ids` are among them, in the same order. Where there is none, it is two kernels.
   */
  readonly catchUpAdamGather?: (
    target: F,
    moment: F,
    velocity: F,
    ids: I,
    factors: F,
    groups: I,
    rows: number,
    dim: number,
    columns: number,
    epsilon: number,
    unique: I,
    offsets: I,
    positions: I,
    count: number,
    out: F,
    streams: number,
  ) => void;
  catchUpMomentum(target: F, moment: F, ids: I, factors: F, groups: I, rows: number, dim: number, columns: number): void;
  /** Each row times its factor of one column. */
  scaleRows(target: F, ids: I, factors: F, groups: I, rows: number, dim: number, columns: number, column: number, flushes: number): void;
}

/** Between dtypes. Float to integer truncates and saturates, NaN becomes 0; integer to a shorter one keeps the low bits. */
export interface CastKernels<F, I, U> {
  castF32I32: Map1<F, I>;
  castF32I8: Map1<F, U>;
  castF32U8: Map1<F, U>;
  castF32Bool: Map1<F, U>;
  castI32F32: Map1<I, F>;
  castI32U8: Map1<I, U>;
  castI32Bool: Map1<I, U>;
  castI8F32: Map1<U, F>;
  castU8F32: Map1<U, F>;
  castI8I32: Map1<U, I>;
  castU8I32: Map1<U, I>;
  castU8Bool: Map1<U, U>;
}

/** Sums, extrema and their places. */
export interface ReduceKernels<F, I> {
  sumF32: Reduction<F, F>;
  maxF32: Reduction<F, F>;
  minF32: Reduction<F, F>;
  argMaxF32: Reduction<F, I>;
  sumI32: Reduction<I, I>;
  maxI32: Reduction<I, I>;
  minI32: Reduction<I, I>;
  argMaxI32: Reduction<I, I>;
}

/** What is left: products and order. */
export interface LinearKernels<F, I> {
  /**
   * Rows `from` to `to` of `batches` products `[m, k] x [k, n]`, or of transposed operands; a stride is the elements from one batch to
   * the next, 0 to repeat. An element has the same bits whichever rows it is computed with.
   */
  matmul(
    a: F,
    b: F,
    out: F,
    batches: number,
    strideA: number,
    strideB: number,
    m: number,
    n: number,
    k: number,
    transposeA: number,
    transposeB: number,
    from: number,
    to: number,
  ): void;
  /** The `k` largest of each of `rows` rows of `n`; NaN is the smallest of all. */
  topK(x: F, values: F, indices: I, rows: number, n: number, k: number): void;
}

/**
 * Rows in fewer bytes (see `QuantizedRows` of the contract). `code` says how: 0 int8, 1 int4, 2 int4 in blocks with zero points,
 * 3 float16, 4 bfloat16; `block` columns share a scale, at most `dim`. `scale` and `zeros` are read where the code has them.
 */
export interface QuantizedKernels<F, I, U> {
  gatherCoded(code: number, data: U, scale: F, zeros: U, ids: I, out: F, count: number, dim: number, block: number): void;
  /** Bags of such rows: `mode` as in `sumBags`, 3 is max; the factor of an id is multiplied with that of its row first. */
  foldCoded(
    code: number,
    data: U,
    scale: F,
    zeros: U,
    ids: I,
    offsets: I,
    weights: F,
    weighted: number,
    out: F,
    bags: number,
    dim: number,
    block: number,
    mode: number,
  ): void;
}

/** Search among rows. */
export interface NearestKernels<F, I, U> {
  /** The length of each row, with the bits that a search takes of it. */
  measureRows(source: F, out: F, rows: number, dim: number): void;
  /**
   * For each of `count` queries the `k` nearest of `rows` rows, the nearest first, the lower row first among equals, NaN last.
   * `metric` 0 is the cosine (0 where a vector is zero), 1 the dot product, 2 the negated squared distance. `lengths` is room for
   * `count` numbers; `rowLengths` has those of the rows where `measured` is 1, and is not looked at where it is 0.
   */
  nearestRows(
    source: F,
    queries: F,
    lengths: F,
    values: F,
    indices: I,
    rows: number,
    dim: number,
    count: number,
    k: number,
    metric: number,
    rowLengths: F,
    measured: number,
  ): void;
  /** The same among quantized rows, which `gatherCoded` describes. `room` is for four rows of floats. */
  nearestCoded(
    code: number,
    data: U,
    scale: F,
    zeros: U,
    block: number,
    queries: F,
    lengths: F,
    room: F,
    values: F,
    indices: I,
    rows: number,
    dim: number,
    count: number,
    k: number,
    metric: number,
    rowLengths: F,
    measured: number,
  ): void;
}

/** Word vectors with negative sampling (Mikolov and others, 2013). */
export interface WordVectorKernels<F, I> {
  /**
   * Trains on whole sentences, one word after the other: skip-gram predicts a word from each word near it, `bags` from their mean.
   *
   * `input` and `output` are rows of `columns` elements, a multiple of 4. Sentence i is the ids from `ends[i - 1]` to `ends[i]`. Words
   * have a chance of `keep / 2^32` to stay in a sentence; a window is drawn from 1 to `window` for each that stayed, and `negatives` words
   * of noise, which its whole window shares, by an alias table (`chances` of 2^32, `aliases`); those that are the word itself gain nothing. `curve` holds
   * `sigmoid(x)` and `softplus(-x)` for x from -16 on in steps of 1/64, 2,050 pairs; between them values are interpolated, beyond cut.
   * `state` is four words of xoshiro128++, which go on, and then how many words were kept and how many products were taken. `kept` is
   * room for the longest sentence, `targets` for `negatives + 1` words, `room` for two rows and `negatives + 1` numbers.
   *
   * With `pooled` above 0 noise comes from the `pool`, so many words that are drawn when the call begins; a use of one of them has a
   * chance of a quarter to put another in its place. So a word of noise comes four times in the mean while its row is near, as threads
   * want that write one another's rows.
   *
   * The result is the sum of the losses of all products. Several threads may run this over the same rows. Then each has copies of the
   * first `hot` rows of either side (`inputCopies` and `outputCopies`: the rows as they move, and after them the rows as they were
   * fetched) and a count for each (`inputLeft`, `outputLeft`): a copy that has moved `patience` times adds its way to the shared row and
   * is fetched anew. All zeros is where they begin. Plain kernels work on the shared rows alone.
   */
  trainWordVectors(
    input: F,
    output: F,
    words: number,
    columns: number,
    ids: I,
    ends: I,
    sentences: number,
    keep: I,
    chances: I,
    aliases: I,
    curve: F,
    state: I,
    kept: I,
    targets: I,
    room: F,
    pool: I,
    pooled: number,
    window: number,
    negatives: number,
    rate: number,
    bags: number,
    inputCopies: F,
    outputCopies: F,
    inputLeft: I,
    outputLeft: I,
    hot: number,
    patience: number,
  ): number;

  /** Adds what the copies of the first `hot` rows have moved to the shared `rows`, and lets them be fetched anew when they are used. */
  settleWordVectors(rows: F, copies: F, left: I, columns: number, hot: number): void;
}

type ArithmeticKernels<F, I> = Readonly<Record<`${ArithmeticOp}F32`, Map2<F, F, I>>> &
  Readonly<Record<`${IntegerArithmeticOp}I32`, Map2<I, I, I>>>;
type RelationKernels<F, I, U> = Readonly<Record<`${RelationOp}F32`, Map2<F, U, I>>> &
  Readonly<Record<`${RelationOp}I32`, Map2<I, U, I>>> &
  Readonly<Record<`${RelationOp}${"I8" | "U8"}`, Map2<U, U, I>>>;

/** Elementwise functions of one operand. */
export type UnaryKernels<F, U> = Readonly<Record<FloatUnaryOp, Map1<F, F>>> & {
  readonly isNan: Map1<F, U>;
  readonly logicalNot: Map1<U, U>;
};

/** Elementwise functions of two operands; the logical ones give 0 or 1 for any bytes. */
export type BinaryKernels<F, I, U> = ArithmeticKernels<F, I> &
  RelationKernels<F, I, U> & { readonly logicalAnd: Map2<U, U, I>; readonly logicalOr: Map2<U, U, I> };

/** Every kernel. */
export type Kernels<F, I, U> = CopyKernels<I, U> &
  RowKernels<F, I, U> &
  PlanKernels<I> &
  WinnerKernels<F, I> &
  QuantizedKernels<F, I, U> &
  UpdateKernels<F, I> &
  CatchUpKernels<F, I> &
  CastKernels<F, I, U> &
  ReduceKernels<F, I> &
  LinearKernels<F, I> &
  NearestKernels<F, I, U> &
  WordVectorKernels<F, I> &
  UnaryKernels<F, U> &
  BinaryKernels<F, I, U>;

/** The kernels over typed arrays. */
export type PlainKernels = Kernels<Float32Array, Int32Array, Uint8Array>;

/** The kernels over byte addresses in one WASM memory. */
export type WasmKernels = Kernels<number, number, number>;
