import type { Suite } from "./bench-case.ts";
import type { Measurement } from "./measure.ts";
import type { CaseResult } from "./report.ts";
import { pairRatio, spreadOf } from "./statistics.ts";
import type { Spread } from "./statistics.ts";

/** A number that Rowan must reach, and how it comes out of measurements. */
export interface Target {
  readonly work: string;
  readonly against: string;
  readonly sense: "at least" | "at most";
  /** Undefined where there is an aim only. */
  readonly must: number | undefined;
  readonly aim: number;
  /** `x` for ratios. */
  readonly unit: "x" | "ms";
  readonly suite: Suite;
  /** Which of the suite's cases count. */
  readonly counts: RegExp;
  /** Undefined where somebody who is needed did not take part. */
  measure(of: (name: string) => readonly number[] | undefined): Spread | undefined;
}

/** What was measured for a target. */
export interface Outcome {
  readonly target: Target;
  /** Of each case that counts. */
  readonly found: readonly { readonly name: string; readonly measured: Spread }[];
  /** The case that is furthest from what must be reached. */
  readonly worst?: { readonly name: string; readonly measured: Spread };
  readonly verdict: "aim reached" | "reached" | "short of the aim" | "short" | "not measured";
}

type Ends = Pick<Target, "work" | "against" | "suite" | "counts" | "must" | "aim">;

/** How many times faster `ours` is than `theirs`. */
function faster(ends: Ends, theirs: string, ours = "Rowan"): Target {
  return { ...ends, sense: "at least", unit: "x", measure: (of) => divide(of(theirs), of(ours)) };
}

function divide(a: readonly number[] | undefined, b: readonly number[] | undefined): Spread | undefined {
  return a && b && pairRatio(a, b);
}

/** Of turns that both sides have. */
function inPairs(a: readonly number[], b: readonly number[], join: (a: number, b: number) => number): number[] {
  return a.slice(0, b.length).map((value, turn) => join(value, b[turn] as number));
}

/** What the first ones take on top of the second ones, in milliseconds. */
function above(whole: readonly number[] | undefined, empty: readonly number[] | undefined): Spread | undefined {
  const more = empty && whole && inPairs(whole, empty, (a, b) => a - b);
  return more && spreadOf(more);
}

/** The times of one who is compared with nobody. */
function timesOf(who: string): Target["measure"] {
  return (of) => {
    const times = of(who);
    return times && spreadOf(times);
  };
}

function growth(of: (name: string) => readonly number[] | undefined, who: string): number[] | undefined {
  const small = of(`${who}, V = 10k`);
  const large = of(`${who}, V = 1M`);
  return small && large && inPairs(large, small, (a, b) => a / b);
}

/** How many times faster two threads are than one, turn by turn. */
function gain(of: (name: string) => readonly number[] | undefined, who: string): number[] | undefined {
  const one = of(`${who}, 1 thread`);
  const two = of(`${who}, 2 threads`);
  return one && two && inPairs(one, two, (a, b) => a / b);
}

const step1M = /^V = 1M, /;
const growing = { suite: "train", counts: /^growth/, sense: "at most", must: 1.3, aim: 1.1, unit: "x" } as const;

/** A time that may be at most so many times another. */
function within(ends: Ends, theirs: string): Target {
  return { ...ends, sense: "at most", unit: "x", measure: (of) => divide(of("Rowan"), of(theirs)) };
}

const inline = "Rowan, 1 thread";
const pooled = "Rowan, 2 threads";

/** What Rowan must reach. The first number is a must, the second one what it aims for. */
export const targets: readonly Target[] = [
  faster(
    { work: "gather", against: "torch index_select(out=)", suite: "lookup", counts: /./, must: 1, aim: 1.3 },
    "torch index_select(out=)",
  ),
  faster({ work: "gather", against: "the C ceiling", suite: "lookup", counts: /./, must: 0.6, aim: 0.9 }, "C ceiling"),
  faster({ work: "gather 1M x 64", against: "tfjs-node", suite: "lookup", counts: /^1M x 64,/, must: 4, aim: 6 }, "tfjs-node"),
  faster({ work: "gather 1M x 64", against: "tfjs WASM", suite: "lookup", counts: /^1M x 64,/, must: 40, aim: 60 }, "tfjs wasm"),
  faster({ work: "gather 1M x 64", against: "tfjs CPU", suite: "lookup", counts: /^1M x 64,/, must: 40, aim: 60 }, "tfjs cpu"),
  faster(
    { work: "bags of 16", against: "torch embedding_bag", suite: "bag", counts: / (?<!int8 )(sum|mean),/, must: 1, aim: 1 },
    "torch embedding_bag",
  ),
  faster(
    { work: "bags of 16", against: "C without prefetch", suite: "bag", counts: / (?<!int8 )(sum|mean),/, must: undefined, aim: 1 },
    "C without prefetch, 16-byte vectors",
  ),
  faster({ work: "bags of 16", against: "FBGEMM", suite: "bag", counts: / (?<!int8 )(sum|mean),/, must: undefined, aim: 1 }, "FBGEMM"),
  faster({ work: "int8 bags", against: "our own float32", suite: "bag", counts: /int8/, must: 1.5, aim: 2.5 }, "Rowan", "Rowan int8"),
  faster(
    { work: "lazy step, V = 1M", against: "torch SparseAdam", suite: "train", counts: step1M, must: 1, aim: 2 },
    "torch SparseAdam",
    "Rowan lazy",
  ),
  {
    ...{ work: "exact step, V = 1M", against: "our own lazy step", suite: "train", counts: step1M, must: 1.5, aim: 1.2 },
    sense: "at most",
    unit: "x",
    measure: (of) => divide(of("Rowan exact"), of("Rowan lazy")),
  },
  faster(
    {
      work: "exact step, V = 1M, 32 x 20",
      against: "Keras/TensorFlow Adam",
      suite: "train",
      counts: /^V = 1M, 32 x 20/,
      must: 50,
      aim: 100,
    },
    "Keras/TensorFlow Adam",
    "Rowan exact",
  ),
  ...(["Rowan exact", "Rowan lazy"] as const).map((who): Target => ({
    ...growing,
    work: `growth of the ${who === "Rowan exact" ? "exact" : "lazy"} step, V = 10k to 1M`,
    against: "that of the C floor",
    measure: (of) => divide(growth(of, who), growth(of, "C floor")),
  })),
  faster(
    { work: "pool of two", against: "one thread", suite: "pool", counts: /^(262144|2097152) ids/, must: 1.7, aim: 1.9 },
    inline,
    pooled,
  ),
  {
    ...{ work: "what the second thread brings to a pool", against: "what it brings to C", suite: "pool" },
    ...{ counts: /^(262144|2097152) ids/, sense: "at least", must: undefined, aim: 1, unit: "x" },
    measure: (of) => divide(gain(of, "Rowan"), gain(of, "C ceiling")),
  },
  faster(
    {
      work: "pool of two",
      against: "torch index_select(out=), 2 threads",
      suite: "pool",
      counts: /^(262144|2097152) ids/,
      must: 1,
      aim: 1,
    },
    "torch index_select(out=), 2 threads",
    pooled,
  ),
  faster(
    { work: "pool of two, any size", against: "one thread", suite: "pool", counts: /^\S+ ids? of (?!.*always)/, must: 0.9, aim: 1 },
    inline,
    pooled,
  ),
  {
    ...{ work: "a call of workers", against: "its work", suite: "pool", counts: /always by workers/ },
    ...{ sense: "at most", must: 0.3, aim: 0.15, unit: "ms" },
    measure: (of) => above(of(pooled), of(inline)),
  },
  faster(
    { work: "exact step on two threads", against: "one thread", suite: "pool", counts: /^step/, must: 1.4, aim: 1.7 },
    "Rowan exact, 1 thread",
    "Rowan exact, 2 threads",
  ),
  faster(
    { work: "step on native TensorFlow, V = 100k", against: "plain tfjs", suite: "engines", counts: /^node, step/, must: 5, aim: 10 },
    "plain tfjs",
  ),
  faster(
    { work: "step in plain JavaScript, V = 2k", against: "plain tfjs", suite: "engines", counts: /^cpu, step/, must: 1000, aim: 1000 },
    "plain tfjs",
  ),
  within(
    {
      ...{ work: "step in WASM, V = 100k", against: "plain tfjs, forward and dense part" },
      ...{ suite: "engines", counts: /^wasm, step/, must: 1.5, aim: 1 },
    },
    "plain tfjs, forward and dense part",
  ),
  within(
    { work: "gather on an engine of tfjs", against: "its tf.gather", suite: "engines", counts: /gather/, must: 1.2, aim: 1 },
    "tf.gather",
  ),
  ...(["save", "load"] as const).map((work) =>
    faster(
      {
        work: `checkpoint: ${work} 2 GiB`,
        against: "the same bytes, plain fs stream",
        suite: "checkpoint",
        counts: new RegExp(`^${work}`),
        must: 0.7,
        aim: 1,
      },
      "plain fs stream",
    ),
  ),
  {
    ...{ work: "checkpoint: 1,000 rows of 256 bytes", against: "a file of 2 GiB, open", suite: "checkpoint", counts: /^1000 rows/ },
    ...{ sense: "at most", must: 10, aim: 10, unit: "ms" },
    measure: timesOf("Rowan"),
  },
  {
    ...{ work: "import, tutorial model, first prediction", against: "an empty node -e 0, above it", suite: "start", counts: /./ },
    ...{ sense: "at most", must: 40, aim: 20, unit: "ms" },
    measure: (of) => above(of("Rowan"), of("node -e 0")),
  },
  ...(["skip-gram", "cbow"] as const).map((objective) =>
    faster(
      {
        ...{ work: `word vectors, ${objective}, one thread`, against: "gensim, 1 thread", suite: "words", must: 0.8, aim: 1.5 },
        counts: new RegExp(`^State of the Union, ${objective}`),
      },
      "gensim, 1 thread",
      "Rowan, 1 thread",
    ),
  ),
  ...(["skip-gram", "cbow"] as const).map((objective) =>
    faster(
      {
        ...{ work: `word vectors, ${objective}, two threads`, against: "one thread", suite: "words", must: 1.7, aim: 1.9 },
        counts: new RegExp(`^State of the Union, ${objective}`),
      },
      "Rowan, 1 thread",
      "Rowan, 2 threads",
    ),
  ),
  faster(
    { work: "mostSimilar, 1M x 64, dot", against: "NumPy table @ q, argpartition", suite: "neighbours", counts: /dot/, must: 1, aim: 1.5 },
    "NumPy table @ q, argpartition",
  ),
];

/**
 * Holds results against the targets.
 *
 * @param results - Of full-size cases.
 */
export function judge(results: readonly CaseResult[]): Outcome[] {
  return targets.map((target) => {
    const found = results.flatMap(({ suite, name, measurements }) => {
      if (suite !== target.suite || !target.counts.test(name)) return [];
      const measured = target.measure((who) => measurements.find((one: Measurement) => one.name === who)?.turnMs);
      return measured ? [{ name, measured }] : [];
    });
    const [worst] = found.toSorted((a, b) => (a.measured.median - b.measured.median) * (target.sense === "at least" ? 1 : -1));
    if (worst === undefined) return { target, found, verdict: "not measured" };
    const { sense, must, aim } = target;
    const meets = (goal: number): boolean => (sense === "at least" ? worst.measured.median >= goal : worst.measured.median <= goal);
    const below = must === undefined ? "short of the aim" : meets(must) ? "reached" : "short";
    return { target, found, worst, verdict: meets(aim) ? "aim reached" : below };
  });
}
