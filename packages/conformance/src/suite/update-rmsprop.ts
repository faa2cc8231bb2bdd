import type { RmspropRule } from "@rowan/api";
import { sameAsNaive } from "./case.ts";
import type { Group } from "./case.ts";
import { updateCases } from "./update-cases.ts";

const plain: RmspropRule = { kind: "rmsprop", decay: 0, learningRate: 0.1, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false };

/** RMSprop with all its options. */
export const updateRmsprop: Group = {
  name: "update rmsprop",
  cases: () => [
    ...updateCases([
      { name: "plain", rule: plain },
      { name: "decay", rule: { ...plain, decay: 0.01 } },
      { name: "momentum", rule: { ...plain, momentum: 0.9 } },
      { name: "centered", rule: { ...plain, centered: true } },
      { name: "centered with momentum", rule: { ...plain, centered: true, momentum: 0.9 } },
    ]),
    sameAsNaive("epsilon is inside of the root", { relative: 2e-6, absolute: 4e-7 }, (session) => {
      const target = session.floats([40]);
      const slots = [session.tensor(session.random.floats(40, 1e-8, 1e-6), [40])];
      session.backend.update({ rule: plain, target, slots, gradient: session.tensor(session.random.floats(40, -1e-4, 1e-4), [40]) });
      return [target, ...slots];
    }),
  ],
};
