import type { SparseUpdate } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import type { BenchCase, Scale } from "../bench-case.ts";
import type { Contender } from "../contender.ts";
import { makeIds, randomNumbers, spreads } from "../data.ts";
import type { Shared, Spread } from "../data.ts";
import type { Room } from "../room.ts";
import { rowanSteps } from "./rowan-steps.ts";
import type { StepShape } from "./rowan-steps.ts";
import { sayCount } from "./shapes.ts";

/** Steps whose losses are compared: up to here all modes agree, since no row has missed a step that moves it. */
const comparedSteps = 2;
/** Of losses near 0.3, summed in different orders. */
const tolerance = 1e-5;
const kerasTolerance = 1e-2;

const batches = [
  { samples: 32, width: 20, sets: 512 },
  { samples: 1024, width: 16, sets: 64 },
] as const;

const sizes: Readonly<Record<Scale, { readonly rows: readonly number[]; readonly dim: number }>> = {
  full: { rows: [10_000, 100_000, 1_000_000], dim: 64 },
  quick: { rows: [50, 200], dim: 6 },
};

/**
 * Steps of `Embedding(V, dim) + Flatten + Dense(1)` with Adam and the mean squared error, through `trainOnBatch`; and how steps
 * grow with the table.
 *
 * @param scale - How large.
 */
export function trainCases(scale: Scale): BenchCase[] {
  const { rows: vocabularies, dim } = sizes[scale];
  const steps = vocabularies.flatMap((rows) =>
    batches.flatMap((batch) => spreads.map((spread) => stepCase({ rows, dim, ...shrink(batch, scale) }, spread))),
  );
  const small = { rows: vocabularies[0] as number, dim, ...shrink(batches[0], scale) };
  const large = { ...small, rows: vocabularies.at(-1) as number };
  return [...steps, growthCase(small, large)];
}

function shrink(batch: (typeof batches)[number], scale: Scale): Pick<StepShape, "samples" | "width" | "sets"> {
  return scale === "full" ? batch : { ...batch, samples: batch.samples / 8, sets: 4 };
}

function stepCase(shape: StepShape, spread: Spread): BenchCase {
  return {
    suite: "train",
    name: `V = ${sayCount(shape.rows)}, ${shape.samples} x ${shape.width}, ${spread}`,
    rows: shape.samples * shape.width,
    // The moments of a row get their memory from the system when a step first writes to them.
    sets: shape.sets,
    tolerance,
    open: (room) => openSteps(room, shape, spread),
  };
}

function growthCase(small: StepShape, large: StepShape): BenchCase {
  return {
    suite: "train",
    name: `growth from V = ${sayCount(small.rows)} to ${sayCount(large.rows)}, ${small.samples} x ${small.width}, uniform`,
    rows: small.samples * small.width,
    sets: small.sets,
    open: async (room) => {
      const contenders: Contender[] = [];
      for (const shape of [small, large]) {
        const inputs = await shareInputs(room, shape, "uniform");
        for (const mode of ["lazy", "exact"] as const) {
          const contender = await openRowan(shape, inputs, mode);
          // Models of different sizes have different losses.
          const { name, peer, turn, dispose } = contender;
          // The first step takes the table's memory, which elsewhere the comparison of results has done: how long a step takes, and so
          // how many batches are gone through before timing, is told by the second.
          await turn(0, 0, 1);
          contenders.push({ name: `${name}, V = ${sayCount(shape.rows)}`, peer, turn, dispose });
        }
        contenders.push(...(await floors(room, shape, inputs, `, V = ${sayCount(shape.rows)}`)));
      }
      return contenders;
    },
  };
}

interface Inputs {
  readonly table: Shared<Float32Array>;
  readonly ids: Shared<Int32Array>;
  readonly targets: Shared<Float32Array>;
  readonly head: Shared<Float32Array>;
}

async function shareInputs({ data }: Room, { rows, dim, samples, width, sets }: StepShape, spread: Spread): Promise<Inputs> {
  const random = randomNumbers(0x51ed270b);
  const fill = (length: number, scale: number): Float32Array => Float32Array.from({ length }, () => scale * (random() - 0.5));
  return {
    table: await data.table(rows, dim),
    ids: data.share("ids.i32", makeIds(rows, samples * width * sets, spread)),
    targets: data.share("targets.f32", fill(samples * sets, 2)),
    head: data.share("head.f32", fill(width * dim, 0.1)),
  };
}

async function openSteps(room: Room, shape: StepShape, spread: Spread): Promise<Contender[]> {
  const { python } = room;
  const { rows, dim, samples, width, sets } = shape;
  const inputs = await shareInputs(room, shape, spread);
  const contenders: Contender[] = [];
  for (const mode of ["lazy", "exact", "dense"] as const) contenders.push(await openRowan(shape, inputs, mode));
  const { table, ids, targets, head } = inputs;
  const files = { table: table.path, ids: ids.path, targets: targets.path, head: head.path };
  const fields = { ...files, rows, dim, batch: samples * width, width, sets, resultCalls: comparedSteps };
  for (const [kind, name, sparse] of [
    ["torch", "torch SparseAdam", true],
    ["torch", "torch dense Adam", false],
    ["keras", "Keras/TensorFlow Adam", false],
  ] as const) {
    // On TensorFlow Keras squares the gradients of a repeated id before it adds them, which is another step than that of their sum.
    const loose = kind === "keras" && { tolerance: kerasTolerance };
    contenders.push(...(await python.open({ suite: "train", kind, name, ...loose, fields: { ...fields, sparse } })));
  }
  return [...contenders, ...(await floors(room, shape, inputs, ""))];
}

/** The rows' part alone, in C: with prefetch, which WASM does not have, and without. */
async function floors(
  { ceiling }: Room,
  { rows, dim, samples, width, sets }: StepShape,
  { table, ids }: Inputs,
  suffix: string,
): Promise<Contender[]> {
  const work = { kind: "step", table: table.path, rows, dim, ids: ids.path, batch: samples * width, sets } as const;
  return [
    ...(await ceiling.open({ ...work, name: `C floor${suffix}`, more: ["prefetch"] })),
    ...(await ceiling.open({ ...work, name: `C floor without prefetch${suffix}`, more: ["plain"] })),
  ];
}

async function openRowan(shape: StepShape, { table, ids, targets, head }: Inputs, mode: SparseUpdate): Promise<Contender> {
  const values = { table: table.values, ids: ids.values, targets: targets.values, head: head.values };
  const backend = await createCpuBackend();
  return rowanSteps(shape, values, { name: `Rowan ${mode}`, backend, sparseUpdate: mode, losses: comparedSteps });
}
