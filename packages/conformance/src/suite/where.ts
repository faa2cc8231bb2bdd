import { where as whereOf } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { lengths, specials } from "./sizes.ts";
import { exact } from "./tolerance.ts";

const shapes: readonly { readonly condition: Shape; readonly a: Shape; readonly b: Shape; readonly out: Shape }[] = [
  ...lengths.map((length) => ({ condition: [length], a: [length], b: [length], out: [length] })),
  { condition: [], a: [], b: [], out: [] },
  { condition: [4, 1], a: [4, 5], b: [], out: [4, 5] },
  { condition: [5], a: [], b: [4, 1], out: [4, 5] },
  { condition: [], a: [2, 3], b: [3], out: [2, 3] },
  { condition: [2, 1, 3], a: [4, 1], b: [2, 4, 3], out: [2, 4, 3] },
  { condition: [0, 3], a: [3], b: [], out: [0, 3] },
];

/** `where` chooses values and computes nothing. */
export const where: Group = {
  name: "where",
  cases: ({ dtypes }) => [
    ...dtypes.map((dtype) =>
      sameAsNaive(`${dtype}, with broadcasting`, exact, (session) =>
        shapes.map(({ condition, a, b, out }) =>
          session.keep(
            whereOf(session.backend, session.values(condition, "bool"), session.values(a, dtype), session.values(b, dtype), out),
            out,
            dtype,
          ),
        ),
      ),
    ),
    sameAsNaive("what is not chosen leaves no trace", exact, (session) => {
      const n = specials.length;
      const strange = session.tensor(specials, [n]);
      const plain = session.floats([n]);
      const alternating = session.tensor(
        specials.map((_, i) => i % 2),
        [n],
        "bool",
      );
      return [
        session.keep(whereOf(session.backend, alternating, strange, plain, [n]), [n]),
        session.keep(whereOf(session.backend, alternating, plain, strange, [n]), [n]),
        session.keep(whereOf(session.backend, session.tensor([0], [], "bool"), strange, plain, [n]), [n]),
      ];
    }),
  ],
};
