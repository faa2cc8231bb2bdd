import type { RowwiseAdagradRule } from "@rowan/api";
import type { Group } from "./case.ts";
import { updateCases } from "./update-cases.ts";

const plain: RowwiseAdagradRule = { kind: "rowwiseAdagrad", decay: 0, learningRate: 0.1, epsilon: 1e-7 };

/** Adagrad with one sum of squares a row. */
export const updateRowwiseAdagrad: Group = {
  name: "update row-wise adagrad",
  cases: () =>
    updateCases([
      { name: "plain", rule: plain },
      { name: "decay", rule: { ...plain, decay: 0.01 } },
    ]),
};
