import { sizeOf } from "@rowan/api";
import { shapePairs } from "./binary-shapes.ts";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { specials } from "./sizes.ts";
import { exact } from "./tolerance.ts";

const comparisons = ["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"] as const;

/** Comparisons: true or false, so there is no tolerance. */
export const comparison: Group = {
  name: "comparison",
  cases: () => [
    ...comparisons.flatMap((op) => [
      // Few different values, so that equal ones meet.
      ...(["float32", "int32"] as const).map((dtype) =>
        sameAsNaive(`${op} of ${dtype}`, exact, (session) =>
          shapePairs.map(({ a, b, out }) => {
            const x = session.tensor(session.random.integers(sizeOf(a), -2, 2), a, dtype);
            const y = session.tensor(session.random.integers(sizeOf(b), -2, 2), b, dtype);
            return session.keep(session.backend.binary(op, x, y, out), out, "bool");
          }),
        ),
      ),
      sameAsNaive(`${op} of special values`, exact, (session) => {
        const n = specials.length;
        return [
          session.keep(session.backend.binary(op, session.tensor(specials, [n, 1]), session.tensor(specials, [n]), [n, n]), [n, n], "bool"),
        ];
      }),
      sameAsNaive(`${op} of int32 beyond the whole numbers of float32`, exact, (session) => {
        const [x, y] = [session.ids([16_777_217, -16_777_217, 2_147_483_647]), session.ids([16_777_216, -16_777_216, 2_147_483_646])];
        return [session.keep(session.backend.binary(op, x, y, [3]), [3], "bool")];
      }),
    ]),
    ...(["logicalAnd", "logicalOr"] as const).map((op) =>
      sameAsNaive(op, exact, (session) =>
        shapePairs.map(({ a, b, out }) =>
          session.keep(session.backend.binary(op, session.values(a, "bool"), session.values(b, "bool"), out), out, "bool"),
        ),
      ),
    ),
  ],
};
