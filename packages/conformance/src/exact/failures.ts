import { Adam, AdamW, GradientTape, SGD, ops, tensor } from "@rowan/api";
import type { Backend, NDArray } from "@rowan/api";
import { expect } from "vitest";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { Stage, dim, idsOf, push, pushMany, sameAsDense } from "./stage.ts";
import type { GradientOf, MakeOptimizer } from "./stage.ts";

const adamw: MakeOptimizer = (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.005, weightDecay: 0.1 });

/** Lets a member of a backend fail once. */
function failOnce(backend: Backend, member: "update" | "gatherReduce" | "catchUp"): () => void {
  const own = Object.getOwnPropertyDescriptor(backend, member);
  const restore = (): void => {
    Reflect.deleteProperty(backend, member);
    if (own) Object.defineProperty(backend, member, own);
  };
  Object.defineProperty(backend, member, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error("the device is gone");
    },
  });
  return restore;
}

async function expectFailing(work: () => Promise<void>): Promise<void> {
  await expect(work()).rejects.toThrow("gone");
}

const failing = sameAsDense("a step that fails while its rows are brought up to date, or after that, leaves no trace", async (stage) => {
  const table = stage.table(24);
  const optimizer = stage.optimizer(adamw);
  for (let step = 0; step < 120; step++) {
    if (step % 30 === 29) {
      // Rows that are behind, and rows that are not. A dense step brings nothing up to date.
      const behind = { update: [11, 13], gatherReduce: [22, 3], ...(stage.sparseUpdate === "exact" && { catchUp: [17, 14, 9] }) };
      for (const [member, ids] of Object.entries(behind) as [keyof typeof behind, number[]][]) {
        const restore = failOnce(stage.backend, member);
        try {
          await expectFailing(() => push(optimizer, step, { table, ids: [...ids, ...idsOf(step - 1)] }));
        } finally {
          restore();
        }
      }
      const tape = new GradientTape();
      expect(() =>
        tape.record(() => {
          ops.lookup(table, tensor([11, 13, 22, 3], { dtype: "int32", backend: stage.backend }));
          throw new Error("a mistake in a layer");
        }),
      ).toThrow("mistake");
      tape.dispose();
    }
    await push(optimizer, step, { table, ids: idsOf(step) });
  }
  return [await table.read()];
});

const optimizers: Record<string, MakeOptimizer> = {
  Adam: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005 }),
  amsgrad: (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.005, amsgrad: true }),
  AdamW: adamw,
  momentum: (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.005, momentum: 0.9 }),
};

const bad: Record<string, GradientOf> = {
  "a NaN": (_id, _position, column) => (column === 1 ? Number.NaN : 0.1),
  "an infinity": (_id, _position, column) => (column === 1 ? -Infinity : 0.1),
  "a gradient whose square is infinite": (_id, _position, column) => (column === 1 ? 1e30 : 0.1),
};

/** Row 5 gets the bad gradient in step 20; it is touched again after a while. */
async function runBad(stage: Stage, make: MakeOptimizer, gradient: GradientOf | undefined): Promise<NDArray> {
  const table = stage.table(24);
  const optimizer = stage.optimizer(make);
  await pushMany(table, optimizer, 0, 20);
  await push(optimizer, 20, gradient ? { table, ids: [5], gradient } : { table, ids: [5] });
  for (let step = 21; step < 60; step++) await push(optimizer, step, { table, ids: step === 50 ? [5] : [0, step % 4] });
  return table.read();
}

/** Compared with dense mode on the same backend: what is infinite in float32 need not be in float64. */
const carried = Object.entries(bad).flatMap(([name, gradient]) =>
  Object.entries(optimizers).map(([rule, make]): ApiCase => ({
    name: `${name} is carried as in a dense step, and only in its element (${rule})`,
    async run(backend) {
      const results: NDArray[] = [];
      for (const [mode, value] of [
        ["dense", gradient],
        ["exact", gradient],
        ["exact", undefined],
      ] as const) {
        const stage = new Stage(backend, mode);
        try {
          results.push(await runBad(stage, make, value));
        } finally {
          stage.end();
        }
      }
      const [dense, exact, clean] = results.map((values) => Array.from(values.data)) as [number[], number[], number[]];
      const at = 5 * dim + 1;
      expect(kindOf(exact[at]), "the bad element").toBe(kindOf(dense[at]));
      exact.forEach((value, i) => {
        if (Math.floor(i / dim) !== 5) expect(value).toBe(clean[i]);
        else if (i !== at) expect(value).toBeCloseTo(dense[i] as number, 5);
      });
    },
  })),
);

function kindOf(value: number | undefined): string {
  return Number.isFinite(value) ? "finite" : String(value);
}

/** Steps that go wrong, and numbers that are none. */
export const failures: ApiGroup = { name: "failures", cases: () => [failing, ...carried] };
