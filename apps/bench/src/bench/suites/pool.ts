import { Adam, Dense, Embedding, Flatten, NDArray, Sequential, leaseThreads } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import { LookupPool, enableTrainingThreads } from "@rowan/runtime";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds, randomNumbers, spreads } from "../data.ts";
import type { Spread } from "../data.ts";
import type { Room } from "../room.ts";
import { tableOf } from "../tables.ts";
import { sayCount, sayIds, split } from "./shapes.ts";

/** All comparisons are of so many threads. */
const threads = 2;

interface PoolShape {
  readonly rows: number;
  readonly dim: number;
  readonly batch: number;
  /** Workers whatever the size, to see what a call of them costs. */
  readonly forced?: boolean;
  /** Peers with as many threads take part. */
  readonly peers?: boolean;
}

const full: readonly PoolShape[] = [
  ...[262_144, 2_097_152].flatMap((batch) => [
    { rows: 1_000_000, dim: 64, batch, peers: true },
    { rows: 30_000, dim: 256, batch, peers: true },
  ]),
  // Where a pool must not be slower than the calling thread alone: it measures from which size on workers pay.
  ...[1, 1024, 16_384, 65_536, 10_000_000].map((batch) => ({ rows: 1_000_000, dim: 64, batch })),
  ...[1, 1024].map((batch) => ({ rows: 1_000_000, dim: 64, batch, forced: true })),
];
const quick: readonly PoolShape[] = [
  { rows: 500, dim: 19, batch: 64, peers: true },
  { rows: 500, dim: 19, batch: 1, forced: true },
];

/**
 * Lookups by a pool of two threads against one thread, and a training step on two threads against one.
 *
 * @param scale - How large.
 */
export function poolCases(scale: Scale): BenchCase[] {
  const lookups = { full, quick }[scale].flatMap((shape) =>
    spreads
      .filter((spread) => spread === "uniform" || shape.peers === true)
      .map((spread): BenchCase => {
        const { rows, dim, batch, forced = false } = shape;
        return {
          suite: "pool",
          name: `${sayIds(batch)} of ${sayCount(rows)} x ${dim}, ${spread}${forced ? ", always by workers" : ""}`,
          rows: batch,
          bytes: batch * dim * 4,
          open: (room) => openLookups(room, shape, spread),
        };
      }),
  );
  return [...lookups, ...spreads.map((spread) => trainCase(scale, spread))];
}

async function openLookups(room: Room, { rows, dim, batch, forced, peers }: PoolShape, spread: Spread): Promise<Contender[]> {
  // So many different batches that rows do not stay in the caches, in a bounded amount of memory.
  const sets = Math.max(1, Math.min(8, Math.floor(2 ** 23 / batch)));
  const { values, path } = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, batch * sets, spread));
  const parts = split(ids.values, sets);
  const backend = await createCpuBackend();
  const table = await tableOf({ values, rows, dim }, backend, room);
  const pool = await LookupPool.create(table, { threads, ...(forced === true && { threshold: 0 }) });
  const out = pool.allocate(batch);
  const contender = (name: string, lookup: (part: Int32Array) => Promise<NDArray>, dispose: () => Promise<void> | void): Contender => {
    const call = async (set: number): Promise<Float32Array> => (await lookup(parts[set] as Int32Array)).data as Float32Array;
    return inProcess({ name, peer: "rowan", sets, call, result: () => call(0), dispose });
  };
  const contenders = [
    contender(
      `Rowan, ${threads} threads`,
      (part) => pool.lookup(part, { out }),
      () => pool.close(),
    ),
    contender(
      "Rowan, 1 thread",
      (part) => table.lookup(part, { out }),
      () => backend.dispose(),
    ),
  ];
  if (peers !== true) return contenders;
  const fields = { table: path, rows, dim, ids: ids.path, batch, sets };
  const { python, ceiling } = room;
  const name = `torch index_select(out=), ${threads} threads`;
  return [
    ...contenders,
    ...(await python.open({ suite: "lookup", kind: "torch", name, fields: { ...fields, threads } })),
    // What the second thread can bring at best: both wait for the same memory.
    ...(await ceiling.open({ name: `C ceiling, ${threads} threads`, kind: "gather", ...fields, more: [threads] })),
    ...(await ceiling.open({ name: "C ceiling, 1 thread", kind: "gather", ...fields })),
  ];
}

const steps = {
  full: { rows: 1_000_000, dim: 64, samples: 1024, width: 16, sets: 64 },
  quick: { rows: 200, dim: 6, samples: 64, width: 4, sets: 4 },
} as const;

function trainCase(scale: Scale, spread: Spread): BenchCase {
  const { rows, samples, width, sets } = steps[scale];
  return {
    suite: "pool",
    name: `step, V = ${sayCount(rows)}, ${samples} x ${width}, ${spread}`,
    rows: samples * width,
    sets,
    open: async () => [await trainer(scale, spread, threads), await trainer(scale, spread, 1)],
  };
}

async function trainer(scale: Scale, spread: Spread, count: number): Promise<Contender> {
  const { rows, dim, samples, width, sets } = steps[scale];
  const backend = await createCpuBackend();
  const random = randomNumbers(0x51ed270b);
  const start = { className: "RandomUniform", config: { seed: 3 } };
  const model = new Sequential(
    [
      new Embedding({ inputDim: rows, outputDim: dim, inputLength: width, embeddingsInitializer: start }),
      new Flatten(),
      new Dense({ units: 1, kernelInitializer: start }),
    ],
    { backend },
  );
  model.compile({ optimizer: new Adam(), loss: "mse" });
  const x = split(makeIds(rows, samples * width * sets, spread), sets).map((ids) => new NDArray(ids, [samples, width]));
  const y = x.map(() => new NDArray(Float32Array.from({ length: samples }, random), [samples, 1]));
  const call = async (set: number): Promise<number> => (await model.trainOnBatch(x[set] as NDArray, y[set] as NDArray))[0] ?? NaN;
  enableTrainingThreads();
  const lease = await leaseThreads(backend, count);
  return inProcess({
    name: `Rowan exact, ${count} thread${count === 1 ? "" : "s"}`,
    peer: "rowan",
    sets,
    call,
    result: async () => [await call(0), await call(1)],
    dispose: async () => {
      await lease?.end();
      backend.dispose();
    },
  });
}
