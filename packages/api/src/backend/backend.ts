/**
 * The contract between Rowan and a piece of hardware: memory, rows, and the dense mathematics of small heads.
 *
 * A backend is NOT a place for meaning. Shapes are inferred, ids are checked, names are resolved and gradients are derived in
 * `@rowan/api`; a backend receives valid arguments and computes. It knows no layers, no models, no optimizers' schedules.
 *
 * - A `Handle` is whatever a backend likes; api only passes it back. Tensors are dense, row-major.
 * - Members that return a `Handle` return a NEW one, which the caller frees; members that take a `target` write into it.
 * - All members but `read` return at once (work may be queued); a later `read` sees the effect of every earlier call.
 * - Floats are IEEE: NaN and Inf are carried. `max`, `maximum` and `minimum` carry a NaN on.
 * - Optional members have a default, built from the required ones, in `defaults.ts`.
 *
 * The suite in `@rowan/conformance` says exactly what each member must do; its naive backend is the shortest correct one.
 */
import type { DType, TypedArray } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Hardware } from "./hardware.ts";
import type { GatherReduceQuantizedArgs, NearestQuantizedArgs, QuantizedRows } from "./quantized-rows.ts";
import type { UpdateRule } from "./rule.ts";
import type { SharedSegment } from "./shared-segment.ts";

/** A piece of a backend's memory. Opaque outside of the backend that made it. */
export type Handle = object;

/** A handle with the shape and dtype under which an operation shall read it. */
export interface TensorRef {
  readonly handle: Handle;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a backend can do, as data. Code branches on these, never on a backend's name. */
export interface Capabilities {
  /** The dtypes that storage, `gather` and `copy` take; arithmetic is float32, ids are int32. */
  readonly dtypes: readonly DType[];
  /** The largest single allocation, in bytes; Infinity where only the attempt tells. */
  readonly maxTableBytes: number;
  /** `readSync` exists: results can be read without leaving the current turn. */
  readonly syncRead: boolean;
  /** Ids that the graph itself computes can be looked up inside of a step (needs `syncRead`). */
  readonly syncRows: boolean;
  /** Worker threads can read tables in place. */
  readonly sharedTables: boolean;
  /** The same calls give the same bits, run after run. */
  readonly deterministic: boolean;
}

/** Live handles and their bytes: equal before and after work that leaks nothing. */
export interface BackendMemory {
  readonly buffers: number;
  readonly bytes: number;
}

/** Elementwise functions of one float32 tensor. `isNan` and `logicalNot` (on bool) give bool. `round` is half to even; `sign` and `relu` carry NaN. */
export type UnaryOp =
  | "abs"
  | "ceil"
  | "erf"
  | "exp"
  | "expm1"
  | "floor"
  | "isNan"
  | "log"
  | "log1p"
  | "logicalNot"
  | "neg"
  | "relu"
  | "round"
  | "rsqrt"
  | "sigmoid"
  | "sign"
  | "softplus"
  | "sqrt"
  | "square"
  | "tanh";

/** Elementwise functions of two tensors with broadcasting: float32 or int32 in, the same dtype out (`div` and `pow`: float32 only). `pow(1, NaN)` and `pow(NaN, 0)` are 1. */
export type ArithmeticOp = "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "pow";

/** Comparisons of two tensors of one dtype with broadcasting; bool out. The logical ones take bool. A comparison with NaN is false, `notEqual` true. */
export type ComparisonOp = "equal" | "notEqual" | "greater" | "greaterEqual" | "less" | "lessEqual" | "logicalAnd" | "logicalOr";

/** Any elementwise function of two tensors. */
export type BinaryOp = ArithmeticOp | ComparisonOp;

/** Reductions. `sum`, `max` and `min` over any axes, float32 or int32; `argMax` over exactly one axis, int32 out, the first of equals. Axes of extent 0: sum 0, max -Inf, min Inf. No axes: a copy. */
export type ReduceOp = "sum" | "max" | "min" | "argMax";

/** How `gatherReduce` makes one row out of a bag. The divisor of `mean` is `Σw`, of `sqrtn` `sqrt(Σw²)`; a divisor of 0 gives zeros. */
export type BagMode = "sum" | "mean" | "sqrtn" | "max";

/** Arguments of `gatherReduce`. */
export interface GatherReduceArgs {
  /** Float32 `[rows, dim]`. */
  readonly source: TensorRef;
  /** Int32 `[n]`: rows of the source, valid. */
  readonly ids: TensorRef;
  /** Int32 `[bags + 1]`: bag b is made of `ids[offsets[b] .. offsets[b + 1])`; starts at 0, never decreases, ends at n. */
  readonly offsets: TensorRef;
  /** Float32 `[n]`: a factor for each id; absent means 1. Never together with `max`. */
  readonly weights?: TensorRef;
  readonly mode: BagMode;
  /** Float32 `[bags, dim]` to write to, instead of a new handle. */
  readonly into?: Handle;
}

/** Arguments of `gatherMax`: those of `gatherReduce`. */
export type GatherMaxArgs = Pick<GatherReduceArgs, "source" | "ids" | "offsets">;

/** What `gatherMax` gives: the maxima, and for each of them who attained it. */
export interface GatherMaxResult {
  /** Float32 `[bags, dim]`, as `gatherReduce` with `max`. */
  readonly values: Handle;
  /** Int32 `[bags, dim]`: the first position in ids whose row attains the maximum, or is the first NaN; -1 for an empty bag. */
  readonly winners: Handle;
}

/** Arguments of `sumWinners`: the way back of `gatherMax`, over a plan of its ids. */
export interface SumWinnersArgs {
  /** Float32 `[bags, dim]`: the gradient of the maxima. */
  readonly source: TensorRef;
  /** Int32 `[bags, dim]`, from `gatherMax`. */
  readonly winners: TensorRef;
  /** Int32 `[n]`: positions in the ids of `gatherMax`, each once. */
  readonly positions: TensorRef;
  /** Int32 `[n]`: the bag of each of these positions. */
  readonly bags: TensorRef;
  /** Int32 `[u + 1]`: result i is made of `positions[offsets[i] .. offsets[i + 1])`. */
  readonly offsets: TensorRef;
}

/** Arguments of `update`. */
export interface UpdateArgs {
  readonly rule: UpdateRule;
  /** Float32 parameter; with `ids` it is `[rows, dim]`. */
  readonly target: TensorRef;
  /** The rule's state, by `slotNames(rule)`, each of `slotShape(rule, target.shape)`. */
  readonly slots: readonly TensorRef[];
  /** Float32, of the target's shape; with `ids`, `[u, dim]`, row i for row `ids[i]`. */
  readonly gradient: TensorRef;
  /** Int32 `[u]`, valid, each at most once: only these rows of target and slots are read and written. */
  readonly ids?: TensorRef;
}

/**
 * Arguments of `catchUp`: the skipped steps of some rows, folded into a few numbers, which rows share that were left behind at one step.
 * With D, A, B and nodes (C, R) of a row, for each of its elements:
 *
 * - adam: `w = D (w - m Σ C / (R sqrt(v) + epsilon))`, with amsgrad's largest v where the rule has it; `m = A m`, `v = B v`.
 * - sgd, rmsprop with momentum: `w = D (w - m Σ C)`, `m = A m`; rmsprop: `v = B v`, centered `a = B a`.
 * - otherwise `w = D w`.
 *
 * Momenta and second moments below 1e-38 become 0, as in `update`.
 */
export interface CatchUpArgs {
  readonly rule: UpdateRule;
  /** Float32 `[rows, dim]`. */
  readonly target: TensorRef;
  /** The rule's state, by `slotNames(rule)`. */
  readonly slots: readonly TensorRef[];
  /** Int32 `[u]`, valid, each at most once: only these rows are read and written. */
  readonly ids: TensorRef;
  /** Float32 `[g, 3 + 2 nodes]`: D, A, B, then C and R of each node. */
  readonly factors: TensorRef;
  /** Int32 `[u]`, valid: row `ids[i]` takes the factors `groups[i]`. */
  readonly groups: TensorRef;
}

/** Arguments of `catchUpGather`: those of `catchUp`, and a lookup of n ids with its plan, of whose rows `ids` are some, in the same order. */
export interface CatchUpGatherArgs extends CatchUpArgs {
  /** Int32 `[n]`: the ids of the lookup. */
  readonly places: TensorRef;
  /** Int32 `[u]`, ascending: each of these ids once. */
  readonly unique: TensorRef;
  /** Int32 `[u + 1]`: where the positions of each begin. */
  readonly offsets: TensorRef;
  /** Int32 `[n]`: positions of `places`, row by row. */
  readonly positions: TensorRef;
}

/**
 * Arguments of `takeBehind`: lists on the host. For each of `ids` in turn, `last[id]` becomes `next`; where it was neither `now` nor
 * `next` the row was behind, and its id and the step it was at are appended to `rows` and `before`. The result is how many were.
 */
export interface TakeBehindArgs {
  /** For each row of a table, the step at which it is. */
  readonly last: Int32Array;
  /** Valid row numbers, repeated or not. */
  readonly ids: Int32Array;
  readonly now: number;
  readonly next: number;
  /** Room for as many as there are ids; what lies behind the result is undefined. */
  readonly rows: Int32Array;
  /** As much room. */
  readonly before: Int32Array;
}

/** How near two vectors are. */
export type SimilarityMetric = "cosine" | "dot" | "euclidean";

/** Arguments of `nearestRows`. */
export interface NearestRowsArgs {
  /** Float32 `[rows, dim]`. */
  readonly source: TensorRef;
  /** Float32 `[q, dim]`. */
  readonly queries: TensorRef;
  readonly metric: SimilarityMetric;
  /** How many rows for each query, at most `rows`. */
  readonly k: number;
  /** Float32 `[rows]`: the lengths of the rows, which a cosine needs, where they are known. */
  readonly lengths?: TensorRef;
}

/** A region of a flat copy, in elements. */
export interface CopyRegion {
  readonly sourceOffset: number;
  readonly targetOffset: number;
  readonly length: number;
}

/** The unique ids of a step and where each of them was used, in compressed form; see `planRows`. */
export interface PlanArrays {
  /** Int32 `[u]`: each id once. */
  readonly unique: Int32Array;
  /** Int32 `[u + 1]`: positions of `unique[i]` are `positions[offsets[i] .. offsets[i + 1])`. */
  readonly offsets: Int32Array;
  /** Int32 `[n]`: indices into the step's ids; ascending for each id. */
  readonly positions: Int32Array;
}

/** What every piece of hardware implements. */
export interface Backend {
  /** A short name: `"cpu"`, `"tfjs"`, `"webgpu"`. */
  readonly name: string;
  /** One line for people: what the numbers run on, e.g. `"WASM SIMD, shared memory"`. */
  readonly device: string;
  readonly capabilities: Capabilities;

  // Storage

  /** Zeroed memory for `length` elements; 0 is valid, and such a handle is counted and freed like any other. Throws OutOfMemoryError with bytes and limit. */
  allocate(dtype: DType, length: number): Handle;
  /** Host values into a handle, from element `offset` on. The data may be changed by its owner afterwards. */
  write(target: TensorRef, data: TypedArray, offset: number): void;
  /** A copy on the host of `length` elements from `offset` on. */
  read(source: TensorRef, offset: number, length: number): Promise<TypedArray>;
  /** Flat copy of a region between two tensors of one dtype. */
  copy(source: TensorRef, target: TensorRef, region: CopyRegion): void;
  /** Gives memory back. Each handle is freed exactly once. */
  free(handle: Handle): void;
  memory(): BackendMemory;
  /** Ends the backend: every handle becomes invalid. */
  dispose(): void;

  // Rows

  /** `out[i] = source[ids[i]]` for rows of any dtype: source `[rows, ...row]`, ids int32 of n elements, out n rows. */
  gather(source: TensorRef, ids: TensorRef, into?: Handle): Handle;
  /** One row for each bag of ids, without the rows in between. Empty bags give zeros. Also sums row gradients over a plan. */
  gatherReduce(args: GatherReduceArgs): Handle;
  /** `target[ids[i]] = rows[i]`; each id at most once; target `[rows, ...row]`. */
  scatter(target: TensorRef, ids: TensorRef, rows: TensorRef): void;
  /** One optimizer step on a parameter, or on some rows of it. Differences such as `1 - beta` are taken in float64, then rounded. */
  update(args: UpdateArgs): void;

  // Dense

  /** `[..., m, k] x [..., k, n] -> [..., m, n]`, float32; either side transposed in its last two axes; batch axes are equal or absent on one side. */
  matmul(a: TensorRef, b: TensorRef, transposeA: boolean, transposeB: boolean): Handle;
  unary(op: UnaryOp, x: TensorRef): Handle;
  /** `shape` is the broadcast shape of a and b. */
  binary(op: BinaryOp, a: TensorRef, b: TensorRef, shape: Shape): Handle;
  /** Between any two dtypes. Float to integer truncates toward zero and saturates, NaN becomes 0; to bool: not equal 0, NaN is true. */
  cast(x: TensorRef, dtype: DType): Handle;
  /** Axes are sorted, from the front, each once; they disappear from the result. */
  reduce(op: ReduceOp, x: TensorRef, axes: readonly number[]): Handle;
  /** Axis i of the result is axis `axes[i]` of x; any dtype. */
  permute(x: TensorRef, axes: readonly number[]): Handle;

  // Optional: each has a default

  /** What the numbers run on, as data; the processor where it is absent. See `hardwareOf`. */
  readonly hardware?: Hardware;
  /** The device went away by itself, and each call throws: `selectBackend` makes the backend anew. */
  readonly isLost?: boolean;
  /** Whether ids of the host are all from 0 to `rows - 1`, where the backend looks over them faster than a loop does; nothing is brought over. */
  idsBelow?(ids: Int32Array, rows: number): boolean;
  /** Takes the rows that are behind out of a list on the host, where the backend does so faster than a loop; nothing is brought over. See the arguments. */
  takeBehind?(args: TakeBehindArgs): number;
  /** `allocate` where every element is written before any is read: the values may be anything. */
  allocateUnset?(dtype: DType, length: number): Handle;
  /** `allocate` for a tensor of a shape whose rows lie whole, each of them, where large memory is made of pieces. */
  allocateRows?(dtype: DType, shape: Shape): Handle;
  /** A synchronous `read`; present exactly when `capabilities.syncRead`. */
  readSync?(source: TensorRef, offset: number, length: number): TypedArray;
  /** A host view of a handle's memory that stays valid until `free`: results gathered `into` it need no second copy. */
  hostView?(tensor: TensorRef): TypedArray | undefined;
  /** Where a tensor's rows lie for other threads, in the order of the rows; undefined where they cannot be seen from there. Valid until `free`. */
  share?(tensor: TensorRef): readonly SharedSegment[] | undefined;
  /** `allocate` of bytes in the memory of a segment: kernels read and write one memory at a time. */
  allocateBeside?(segment: SharedSegment, bytes: number): Handle;
  /** Every element to one value. */
  fill?(target: TensorRef, value: number): void;
  /** `condition ? a : b`, elementwise with broadcasting to `shape`; bool condition; a and b of one dtype. */
  where?(condition: TensorRef, a: TensorRef, b: TensorRef, shape: Shape): Handle;
  /** Tensors of one dtype joined along an axis. */
  concat?(parts: readonly TensorRef[], axis: number): Handle;
  /** The box from `begin` of extents `size`; any dtype. */
  slice?(x: TensorRef, begin: readonly number[], size: Shape): Handle;
  /** The k largest of each row of a float32 `[rows, n]`, largest first, the lower index first among equals, NaN last: values `[rows, k]` and int32 indices `[rows, k]`. */
  topK?(x: TensorRef, k: number): { values: Handle; indices: Handle };
  /** `gatherReduce` with `max` that also says which id attained each maximum. */
  gatherMax?(args: GatherMaxArgs): GatherMaxResult;
  /** Float32 `[u, dim]`: of the source's row of each position's bag, the elements that this position won, summed in order; 0 for none. */
  sumWinners?(args: SumWinnersArgs): Handle;
  /** `out[i]` is the dot product of rows `a[aIds[i]]` and `b[bIds[i]]`: float32 `[n]`; a and b have rows of one length, ids are int32 `[n]`, valid. */
  rowDots?(a: TensorRef, aIds: TensorRef, b: TensorRef, bIds: TensorRef): Handle;
  /**
   * The k nearest rows to each query, by exhaustive search: float32 scores and int32 row numbers, both `[q, k]`, as `topK` orders them.
   * The score is the cosine (0 where a vector is zero), the dot product, or the negated squared distance.
   */
  nearestRows?(args: NearestRowsArgs): { values: Handle; indices: Handle };
  /** The length of each row of a float32 `[rows, dim]`, with the bits that a cosine of `nearestRows` takes: float32 `[rows]`. */
  rowLengths?(source: TensorRef): Handle;
  /** `gather` of quantized rows, as float32 `[n, dim]`: of the formula's value, integers may lie three roundings apart; 16 bits are exact. */
  gatherQuantized?(source: QuantizedRows, ids: TensorRef, into?: Handle): Handle;
  /** `gatherReduce` of quantized rows. */
  gatherReduceQuantized?(args: GatherReduceQuantizedArgs): Handle;
  /** `nearestRows` of quantized rows, by the values that `gatherQuantized` gives; the default searches them in blocks of copies. */
  nearestQuantized?(args: NearestQuantizedArgs): { values: Handle; indices: Handle };
  /** Brings rows up to date whose steps were put off; the default goes through ops on copies of the rows, and writes when all is computed. */
  catchUp?(args: CatchUpArgs): void;
  /**
   * `catchUp`, and then `gather(target, places)`, in one pass over the rows, where the backend has such a pass: float32 `[n, dim]`. Nothing
   * has changed where there is no memory for it.
   */
  catchUpGather?(args: CatchUpGatherArgs): Handle;
  /** The plan of a step's ids; the default runs on the host. */
  planRows?(ids: Int32Array, rows: number): PlanArrays;
}
