import { Adam, AdamW, Arena, GradientTape, NDArray, SGD, Tensor, ops } from "@rowan/api";
import type { EmbeddingTable, Gradient, Optimizer } from "@rowan/api";
import { expect } from "vitest";
import { applyRule } from "../naive/rules.ts";
import type { ElementRule } from "../naive/rules.ts";
import type { ApiCase, ApiGroup } from "../suite/describe-groups.ts";
import { expectClose } from "../suite/tolerance.ts";
import { Stage, dim, trained } from "./stage.ts";
import type { MakeOptimizer } from "./stage.ts";

const gaps = [1, 2, 3, 5, 10, 20, 50, 134, 300, 371, 372, 373, 700, 1500];

/** The gradient of one row, the same in each step that has it; it lives as long as its arena. */
function rowGradient(table: EmbeddingTable, id: number, values: readonly number[], arena: Arena): Gradient {
  return arena.run(() => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const ids = Tensor.fromHost(NDArray.from([id], "int32"), table.backend);
      return ops.sum(ops.multiply(ops.lookup(table, ids), Tensor.fromHost(NDArray.from([values]), table.backend)));
    });
    return tape.gradient(loss, [table.variable])[0] as Gradient;
  });
}

interface LongRun {
  readonly rows: number;
  readonly steps: number;
  /** The row that a step touches. */
  readonly rowAt: (step: number) => number;
  /** Its gradient; row 0 has it with both signs in turn, so that float32 roundings of thousands of equal steps do not add up. */
  readonly valuesOf: (row: number) => readonly number[];
}

/** Steps on one row each, in exact mode on a backend, and in float64 over all rows. */
async function runLong(
  stage: Stage,
  make: MakeOptimizer,
  { rows, steps, rowAt, valuesOf }: LongRun,
): Promise<{ actual: NDArray; expected: number[]; slots: NDArray[] }> {
  const table = stage.table(rows);
  const optimizer = stage.optimizer(make);
  const arena = new Arena();
  try {
    const signed = (row: number, sign: number): readonly number[] => valuesOf(row).map((value) => sign * value);
    const [plus, minus] = [1, -1].map((sign) =>
      Array.from({ length: rows }, (_, row) => rowGradient(table, row, signed(row, sign), arena)),
    );
    const initial = await table.read();
    const slotCount = optimizer.slotsOf(table.variable).length;
    let elements = Array.from(initial.data, (w) => [w, ...new Array<number>(slotCount).fill(0)] as readonly number[]);
    for (let step = 0; step < steps; step++) {
      const row = rowAt(step);
      const rule = ruleOf(optimizer);
      const sign = row === 0 && step % 2 === 1 ? -1 : 1;
      const values = signed(row, sign);
      elements = elements.map((element, at) => applyRule(rule, element, Math.floor(at / dim) === row ? (values[at % dim] as number) : 0));
      await optimizer.apply([(sign > 0 ? plus : minus)?.[row] as Gradient], [table.variable]);
    }
    const actual = await table.read();
    const slots = await Promise.all(optimizer.slotsOf(table.variable).map((slot) => slot.read()));
    return { actual, expected: elements.map(([w]) => w as number), slots };
  } finally {
    arena.release();
  }
}

function ruleOf(optimizer: Optimizer): ElementRule {
  const rate = optimizer.currentLearningRate;
  return optimizer.rule(optimizer.iterations + 1, rate, (optimizer.weightDecay ?? 0) * rate) as ElementRule;
}

function long(name: string, make: MakeOptimizer, run: LongRun): ApiCase {
  return {
    name,
    async run(backend) {
      const stage = new Stage(backend, "exact");
      try {
        const { actual, expected } = await runLong(stage, make, run);
        expectClose(actual.data, expected, trained, "rows");
      } finally {
        stage.end();
      }
    },
  };
}

/** Row r + 1 is touched twice, the r-th gap apart. */
const touches = new Map<number, number>();
gaps.forEach((gap, r) => {
  let start = 0;
  while (touches.has(start) || touches.has(start + gap)) start++;
  touches.set(start, r + 1).set(start + gap, r + 1);
});

/** Row 0 at the other steps, the last row never. */
const everyGap: LongRun = {
  rows: gaps.length + 2,
  steps: 1540,
  rowAt: (step) => touches.get(step) ?? 0,
  valuesOf: (row) => [0.3, -1e-5 * (row + 1), 1e-9 * (row % 3)],
};

/** Row 0 at all steps but a few in hundred thousand. */
const veryLong: LongRun = {
  rows: 4,
  steps: 100_000,
  rowAt: (step) => (step === 5 || step === 99_000 ? 1 : step === 10 || step === 300 ? 2 : 0),
  valuesOf: (row) => (row === 0 ? [1e-3, -1e-3, 1e-6] : [0.5, -1e-4, 1e-8]),
};

const denormals: ApiCase = {
  name: "moments that fade away end at 0, and rows stay where they are",
  async run(backend) {
    const stage = new Stage(backend, "exact");
    try {
      const make: MakeOptimizer = (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.01, beta2: 0.99 });
      const { actual, expected, slots } = await runLong(stage, make, {
        rows: 2,
        steps: 1200,
        rowAt: (step) => (step === 0 ? 1 : 0),
        valuesOf: (row) => (row === 1 ? [1e-15, -1e-17, 1e-3] : [0.1, 0.1, 0.1]),
      });
      expectClose(actual.data, expected, trained, "rows");
      for (const slot of slots) {
        for (const value of slot.data) expect(value === 0 || Math.abs(value) >= 1e-38, `a moment of ${value}`).toBe(true);
      }
      for (const value of slots[0]?.data.subarray(dim) ?? [1]) expect(Math.abs(value)).toBe(0);
    } finally {
      stage.end();
    }
  },
};

/** Options of the groups of long runs. */
export interface GapOptions {
  /** Runs of 100,000 steps: seconds on a fast backend. */
  readonly long: boolean;
}

/** Rows that are left behind for long. */
export function gapGroup(options: GapOptions): ApiGroup {
  return {
    name: "gaps",
    cases: () => [
      long("1 to 1,500 steps, Adam", (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003 }), everyGap),
      long("1 to 1,500 steps, AdamW", (sparseUpdate) => new AdamW({ sparseUpdate, learningRate: 0.003, weightDecay: 0.1 }), everyGap),
      long("1 to 1,500 steps, amsgrad", (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, amsgrad: true }), everyGap),
      long("1 to 1,500 steps, pieces", (sparseUpdate) => new Adam({ sparseUpdate, learningRate: 0.003, beta1: 0.99 }), everyGap),
      long(
        "1 to 1,500 steps, momentum",
        (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 0.003, momentum: 0.9, weightDecay: 0.01 }),
        everyGap,
      ),
      denormals,
      ...(options.long
        ? [
            long("100,000 steps, momentum", (sparseUpdate) => new SGD({ sparseUpdate, learningRate: 1e-4, momentum: 0.9 }), veryLong),
            long(
              "100,000 steps, Adam",
              (sparseUpdate) => new Adam({ sparseUpdate, learningRate: { call: (step) => 1e-5 * (1 + Math.cos(step / 9000)) } }),
              veryLong,
            ),
          ]
        : []),
    ],
  };
}
