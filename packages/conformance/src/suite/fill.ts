import { fill as fillWith } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { lengths } from "./sizes.ts";
import { exact } from "./tolerance.ts";

/** `fill` computes nothing. */
export const fill: Group = {
  name: "fill",
  cases: ({ dtypes }) => [
    ...dtypes.map((dtype) =>
      sameAsNaive(`${dtype} of every length`, exact, (session) =>
        [...lengths, 70_001].map((length) => {
          const target = session.zeros([length], dtype);
          fillWith(session.backend, target, dtype === "float32" ? -0.375 : 1);
          return target;
        }),
      ),
    ),
    sameAsNaive("not-a-number and infinities", exact, (session) =>
      [Number.NaN, Infinity, -Infinity].map((value) => {
        const target = session.floats([5]);
        fillWith(session.backend, target, value);
        return target;
      }),
    ),
  ],
};
