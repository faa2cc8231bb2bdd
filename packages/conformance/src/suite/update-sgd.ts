import type { SgdRule } from "@rowan/api";
import type { Group } from "./case.ts";
import { updateCases } from "./update-cases.ts";

const plain: SgdRule = { kind: "sgd", decay: 0, learningRate: 0.1, momentum: 0, nesterov: false };

/** SGD with all its options. */
export const updateSgd: Group = {
  name: "update sgd",
  cases: () =>
    updateCases([
      { name: "plain", rule: plain },
      { name: "decay", rule: { ...plain, decay: 0.01 } },
      { name: "momentum", rule: { ...plain, momentum: 0.9 } },
      { name: "nesterov with decay", rule: { ...plain, momentum: 0.9, nesterov: true, decay: 0.01 } },
    ]),
};
