import type { UnaryOp } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { lengths, specials } from "./sizes.ts";
import { correctlyRounded, exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** Division and square root of a GPU are 2.5 units in the last place off (WGSL, accuracy of built-in functions). */
const rootTolerance: Tolerance = { relative: 3e-7, absolute: 1.18e-38 };

/** `exp` of a GPU is `3 + 2|x|` units in the last place off; |x| stays below 10 here, and what is made of it adds a few roundings. */
const exponentialTolerance: Tolerance = { relative: 4e-6, absolute: 1.18e-38 };

/** `log` of a GPU is 2^-21 off from 0.5 to 2, where it passes through 0, and 3 units in the last place elsewhere. */
const logarithmTolerance: Tolerance = { relative: 1e-6, absolute: 5e-7 };

/** The usual rational and polynomial forms of `erf` and `tanh` end between 1e-7 and 5e-7 of a value of 1. */
const boundedTolerance: Tolerance = { relative: 2e-6, absolute: 5e-7 };

interface Domain {
  readonly tolerance: Tolerance;
  readonly low: number;
  readonly high: number;
}

const domains: Readonly<Record<Exclude<UnaryOp, "logicalNot">, Domain>> = {
  abs: { tolerance: exact, low: -10, high: 10 },
  ceil: { tolerance: exact, low: -10, high: 10 },
  erf: { tolerance: boundedTolerance, low: -4, high: 4 },
  exp: { tolerance: exponentialTolerance, low: -10, high: 10 },
  expm1: { tolerance: exponentialTolerance, low: -10, high: 10 },
  floor: { tolerance: exact, low: -10, high: 10 },
  isNan: { tolerance: exact, low: -10, high: 10 },
  log: { tolerance: logarithmTolerance, low: 1e-6, high: 10 },
  log1p: { tolerance: logarithmTolerance, low: -0.9, high: 10 },
  neg: { tolerance: exact, low: -10, high: 10 },
  relu: { tolerance: exact, low: -10, high: 10 },
  round: { tolerance: exact, low: -10, high: 10 },
  rsqrt: { tolerance: rootTolerance, low: 1e-6, high: 10 },
  sigmoid: { tolerance: exponentialTolerance, low: -10, high: 10 },
  sign: { tolerance: exact, low: -10, high: 10 },
  softplus: { tolerance: exponentialTolerance, low: -10, high: 10 },
  sqrt: { tolerance: rootTolerance, low: 0, high: 10 },
  square: { tolerance: correctlyRounded, low: -10, high: 10 },
  tanh: { tolerance: boundedTolerance, low: -10, high: 10 },
};

const functions = Object.entries(domains) as [Exclude<UnaryOp, "logicalNot">, Domain][];

/** Some functions treat denormal numbers as zero, and their smallest results may be flushed. */
function atSpecials({ tolerance }: Domain): Tolerance {
  return { relative: tolerance.relative, absolute: Math.max(tolerance.absolute, 1.18e-38) };
}

/** Elementwise functions of one tensor. */
export const unary: Group = {
  name: "unary",
  cases: () => [
    ...functions.map(([op, { tolerance, low, high }]) =>
      sameAsNaive(`${op} of every length`, tolerance, (session) =>
        lengths.map((length) => {
          const x = session.tensor(session.random.floats(length, low, high), [length]);
          return session.keep(session.backend.unary(op, x), [length], op === "isNan" ? "bool" : "float32");
        }),
      ),
    ),
    ...functions.map(([op, domain]) =>
      sameAsNaive(`${op} of special values`, atSpecials(domain), (session) => {
        const x = session.tensor(specials, [specials.length]);
        return [session.keep(session.backend.unary(op, x), x.shape, op === "isNan" ? "bool" : "float32")];
      }),
    ),
    ...(["expm1", "log1p", "tanh", "erf"] as const).map((op) =>
      // Small arguments come back almost unchanged; a form such as log(1 + x) loses them.
      sameAsNaive(`${op} near 0 keeps its digits`, { relative: 4e-6, absolute: 1.18e-38 }, (session) => {
        const x = session.tensor([1e-3, -1e-3, 1e-5, -1e-5, 1e-7, -1e-7, 1e-12, -1e-12], [8]);
        return [session.keep(session.backend.unary(op, x), [8])];
      }),
    ),
    ...(["sigmoid", "softplus", "tanh", "exp", "erf"] as const).map((op) =>
      // Here e^|x| overflows and e^-|x| vanishes: results are 0, 1, x or infinite.
      sameAsNaive(`${op} far out`, { relative: 1e-4, absolute: 1e-30 }, (session) => {
        const x = session.tensor([-1000, -200, -100, -50, -20, 20, 50, 80, 100, 200, 1000], [11]);
        return [session.keep(session.backend.unary(op, x), [11])];
      }),
    ),
    sameAsNaive("round takes halves to the even side", exact, (session) => {
      const x = session.tensor([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997, 8388609, 4194304.5], [11]);
      return [session.keep(session.backend.unary("round", x), [11])];
    }),
    sameAsNaive("logicalNot of every length", exact, (session) =>
      lengths.map((length) => session.keep(session.backend.unary("logicalNot", session.values([length], "bool")), [length], "bool")),
    ),
    sameAsNaive("a scalar, and several axes", correctlyRounded, (session) =>
      [[], [2, 3, 4], [3, 0, 2]].map((shape) => session.keep(session.backend.unary("square", session.floats(shape)), shape)),
    ),
  ],
};
