import { Arena, EmbeddingTable, GradientTape, getOptimizer, ops, prepareRows, slotNames } from "@rowan/api";
import type { Backend, Optimizer, Tensor, Variable } from "@rowan/api";
import { expect } from "vitest";
import { Judge } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import { upload, variableOf } from "./golden-case.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";
import { updateModes } from "./update-modes.ts";

type Named = Readonly<Record<string, FixtureTensor>>;

interface StepCase extends FixtureCase {
  readonly kind: "dense" | "embedding";
  readonly optimizer: Described;
  /** After each step, by variable and then by slot; `average` is the moving average. */
  readonly steps: readonly { readonly weights: Named; readonly slots: Readonly<Record<string, Named>> }[];
}

interface StepInputs {
  /** Two variables that are updated together. */
  readonly dense: { readonly initial: Named; readonly gradients: readonly Named[] };
  readonly embedding: {
    readonly initial: Named;
    readonly ids: readonly FixtureTensor[];
    /** The gradient of what the lookup returned. */
    readonly upstream: readonly FixtureTensor[];
  };
}

/** Every optimizer and option over a few steps, with its state, on dense variables and on a table. */
export const optimizersStep: ApiGroup = {
  name: "optimizers-step",
  async cases() {
    const fixture = await loadFixture<StepCase, StepInputs>("optimizers-step");
    return fixture.cases.flatMap((item) => {
      const modes = item.kind === "dense" ? (["dense"] as const) : updateModes(item.optimizer);
      return modes.map((sparseUpdate): ApiCase => ({
        name: item.kind === "dense" ? item.name : `${item.name}, ${sparseUpdate}`,
        async run(backend) {
          const judge = new Judge(fixture, item);
          const optimizer = getOptimizer({ ...item.optimizer, config: { ...item.optimizer.config, sparseUpdate } });
          const { initial } = fixture.inputs[item.kind];
          const variables = Object.entries(initial).map(([name, values]) =>
            variableOf(values, backend, { name, isTable: item.kind === "embedding" }),
          );
          try {
            for (const [index, expected] of item.steps.entries()) {
              if (item.kind === "dense") await stepDense(optimizer, variables, fixture.inputs.dense.gradients[index] ?? {}, backend);
              else await stepRows(optimizer, variables, fixture.inputs.embedding, index, backend);
              for (const variable of variables) {
                const at = [`steps[${index}]`, "weights", variable.name];
                judge.expectTensor(await variable.read(), expected.weights[variable.name] as FixtureTensor, ...at);
                await expectSlots(judge, optimizer, variable, expected.slots[variable.name] ?? {}, `steps[${index}]`);
              }
            }
          } finally {
            optimizer.dispose();
            for (const variable of variables) variable.dispose();
          }
        },
      }));
    });
  },
};

async function expectSlots(judge: Judge, optimizer: Optimizer, variable: Variable, expected: Named, step: string): Promise<void> {
  const names = slotNames(optimizer.rule(1, 0, 0));
  expect(names, "slots").toEqual(Object.keys(expected).filter((name) => name !== "average"));
  const slots = optimizer.slotsOf(variable);
  for (const [index, name] of names.entries()) {
    const values = await (slots[index] as Tensor).read();
    judge.expectTensor(values, expected[name] as FixtureTensor, step, "slots", variable.name, name);
  }
}

async function stepDense(optimizer: Optimizer, variables: readonly Variable[], gradients: Named, backend: Backend): Promise<void> {
  const arena = new Arena();
  try {
    const tensors = arena.run(() => variables.map(({ name }) => upload(gradients[name] as FixtureTensor, backend)));
    await optimizer.apply(tensors, variables);
  } finally {
    arena.release();
  }
}

/** A lookup, the gradient that came back to it, and the update. */
async function stepRows(
  optimizer: Optimizer,
  variables: readonly Variable[],
  inputs: StepInputs["embedding"],
  index: number,
  backend: Backend,
): Promise<void> {
  const table = new EmbeddingTable(variables[0] as Variable);
  const arena = new Arena();
  try {
    const ids = arena.run(() => upload({ ...(inputs.ids[index] as FixtureTensor), dtype: "int32" }, backend));
    await prepareRows([{ table, ids }], { training: true, arena });
    const gradients = arena.run(() => {
      const tape = new GradientTape();
      const target = tape.record(() =>
        ops.sum(ops.multiply(ops.lookup(table, ids), upload(inputs.upstream[index] as FixtureTensor, backend))),
      );
      return tape.gradient(target, variables);
    });
    await optimizer.apply(gradients, variables);
  } finally {
    arena.release();
  }
}
