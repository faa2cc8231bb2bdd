import { sizeOf } from "@rowan/api";
import type { ArithmeticOp, Shape } from "@rowan/api";
import { shapePairs } from "./binary-shapes.ts";
import { sameAsNaive } from "./case.ts";
import type { Case, Group } from "./case.ts";
import type { Session } from "./session.ts";
import { specials } from "./sizes.ts";
import { correctlyRounded, exact } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** Division on a GPU is 2.5 units in the last place off (WGSL, accuracy of built-in functions). */
const division: Tolerance = { relative: 3e-7, absolute: 1.18e-38 };

/** `pow` is made of exp2 and log2, whose error grows with the exponent; it stays below 4 here. */
const powers: Tolerance = { relative: 1e-5, absolute: 1.18e-38 };

const tolerances: Readonly<Record<ArithmeticOp, Tolerance>> = {
  add: correctlyRounded,
  sub: correctlyRounded,
  mul: correctlyRounded,
  div: division,
  maximum: exact,
  minimum: exact,
  pow: powers,
};

const functions = Object.entries(tolerances) as [ArithmeticOp, Tolerance][];

/** Both operands may be 0 or below, but for a power's base. */
function operand(session: Session, op: ArithmeticOp, shape: Shape): Float32Array {
  return session.random.floats(sizeOf(shape), op === "pow" ? 0.1 : -4, 4);
}

/** Every special value with every other one. */
function crossSpecials(op: ArithmeticOp, tolerance: Tolerance): Case {
  return sameAsNaive(`${op} of special values`, { relative: tolerance.relative, absolute: 1.18e-38 }, (session) => {
    const n = specials.length;
    return [session.keep(session.backend.binary(op, session.tensor(specials, [n, 1]), session.tensor(specials, [n]), [n, n]), [n, n])];
  });
}

/** Elementwise arithmetic of two tensors. */
export const binary: Group = {
  name: "binary",
  cases: () => [
    ...functions.map(([op, tolerance]) =>
      sameAsNaive(`${op} of every pair of shapes`, tolerance, (session) =>
        shapePairs.map(({ a, b, out }) =>
          session.keep(
            session.backend.binary(op, session.tensor(operand(session, op, a), a), session.tensor(operand(session, op, b), b), out),
            out,
          ),
        ),
      ),
    ),
    ...functions.filter(([op]) => op !== "pow").map(([op, tolerance]) => crossSpecials(op, tolerance)),
    ...(["add", "sub", "mul", "maximum", "minimum"] as const).map((op) =>
      sameAsNaive(`${op} of int32`, exact, (session) =>
        shapePairs.map(({ a, b, out }) => {
          const x = session.ids(session.random.integers(sizeOf(a), -40_000, 40_000), a);
          const y = session.ids(session.random.integers(sizeOf(b), -40_000, 40_000), b);
          return session.keep(session.backend.binary(op, x, y, out), out, "int32");
        }),
      ),
    ),
    sameAsNaive("int32 beyond the whole numbers of float32", exact, (session) => {
      const [x, y] = [session.ids([16_777_217, -2_147_483_647, 2_147_483_646]), session.ids([2, -1, 1])];
      return (["add", "maximum", "minimum"] as const).map((op) => session.keep(session.backend.binary(op, x, y, [3]), [3], "int32"));
    }),
    sameAsNaive("pow: negative bases, 0 and 1", powers, (session) => {
      const base = session.tensor([-2, -2, -2, -1.5, 0, 0, 0, 1, -0.5, 5, Infinity, 2], [12]);
      const exponent = session.tensor([2, 3, 0.5, -1, 0, 2, -1, 40, 3, 0, -1, Number.NaN], [12]);
      return [session.keep(session.backend.binary("pow", base, exponent, [12]), [12])];
    }),
    sameAsNaive("a tensor with itself", correctlyRounded, (session) => {
      const x = session.floats([7, 3]);
      return (["add", "sub", "mul"] as const).map((op) => session.keep(session.backend.binary(op, x, x, [7, 3]), [7, 3]));
    }),
  ],
};
