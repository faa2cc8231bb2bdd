import type { AdagradRule } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { updateCases } from "./update-cases.ts";

const plain: AdagradRule = { kind: "adagrad", decay: 0, learningRate: 0.1, epsilon: 1e-7 };

/** Adagrad, whose sum of squares only grows. */
export const updateAdagrad: Group = {
  name: "update adagrad",
  cases: () => [
    ...updateCases([
      { name: "plain", rule: plain },
      { name: "decay", rule: { ...plain, decay: 0.01 } },
    ]),
    sameAsNaive("epsilon is inside of the root", { relative: 2e-6, absolute: 4e-7 }, (session) => {
      const target = session.floats([40]);
      const slots = [session.tensor(session.random.floats(40, 1e-9, 1e-7), [40])];
      session.backend.update({ rule: plain, target, slots, gradient: session.tensor(session.random.floats(40, -1e-4, 1e-4), [40]) });
      return [target, ...slots];
    }),
  ],
};
