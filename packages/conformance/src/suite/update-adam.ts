import type { AdamRule } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { updateCases } from "./update-cases.ts";

const plain: AdamRule = { kind: "adam", decay: 0, stepSize: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false };

/** Adam, AdamW and amsgrad. */
export const updateAdam: Group = {
  name: "update adam",
  cases: () => [
    ...updateCases([
      { name: "plain", rule: plain },
      { name: "decay", rule: { ...plain, decay: 0.01 } },
      { name: "amsgrad", rule: { ...plain, amsgrad: true } },
      { name: "other betas", rule: { ...plain, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 } },
    ]),
    // Where gradients are of the size of epsilon, its place in the formula decides: outside of the root, not bias-corrected.
    sameAsNaive("epsilon beside roots of its own size", { relative: 2e-6, absolute: 4e-7 }, (session) => {
      const shape = [40];
      const target = session.floats(shape);
      const slots = [
        session.tensor(session.random.floats(40, -1e-7, 1e-7), shape),
        session.tensor(session.random.floats(40, 1e-16, 1e-13), shape),
      ];
      const gradient = session.tensor(session.random.floats(40, -1e-6, 1e-6), shape);
      session.backend.update({ rule: plain, target, slots, gradient });
      return [target];
    }),
    // (1 - 0.999) is 1.3e-5 off when 0.999 is rounded to float32 first: it must be subtracted in float64.
    sameAsNaive("the second moment of small steps has all its digits", { relative: 5e-7, absolute: 0 }, (session) => {
      const slots = [session.zeros([33]), session.zeros([33])];
      const gradient = session.tensor(session.random.floats(33, 0.1, 1), [33]);
      session.backend.update({ rule: plain, target: session.floats([33]), slots, gradient });
      return slots;
    }),
  ],
};
