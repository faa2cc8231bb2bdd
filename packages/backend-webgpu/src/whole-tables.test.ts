import {
  Adam,
  Arena,
  Dense,
  Embedding,
  EmbeddingTable,
  GlobalAveragePooling1D,
  GradientTape,
  NDArray,
  RowwiseAdagrad,
  SGD,
  Sequential,
  Tensor,
  ops,
  prepareRows,
  setRandomSeed,
  setWarningHandler,
} from "@rowan/api";
import type { Backend, BinaryOp, ReduceOp, TensorRef } from "@rowan/api";
import { createNaiveBackend } from "@rowan/conformance";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createWebGpuBackend } from "./index.ts";
import type { WebGpuBackend } from "./index.ts";
import { differenceOf, values } from "./testing/desk.ts";
import type { DeskWork } from "./testing/desk.ts";
import { findTestGpu } from "./testing/software-gpu.ts";

vi.setConfig({ testTimeout: 120_000 });

const gpu = await findTestGpu();
const [rows, dim] = [700, 8];
const shape = [rows, dim] as const;

/** The device has room for neither the table nor the work with all of it, or its buffers are small. */
const kinds = [
  { name: "on the host", limits: { memoryBytes: 2 ** 14 } },
  { name: "in several buffers", limits: { blockBytes: 2 ** 12 } },
];

describe.skipIf(gpu.missing !== undefined).each(kinds)("work with whole tables $name", ({ limits }) => {
  const create = (): Promise<WebGpuBackend> => createWebGpuBackend({ ...(gpu.missing === undefined && gpu.options), ...limits });

  async function compare(work: DeskWork): Promise<void> {
    const backend = await create();
    expect(await differenceOf(backend, await createNaiveBackend(), work)).toBeLessThan(1e-5);
    const { hostedTensors, splitTensors } = backend.stats();
    expect(hostedTensors + splitTensors).toBeGreaterThan(0);
    backend.dispose();
  }

  // Each of these sweeps says that it does.
  beforeAll(() => setWarningHandler(() => undefined));
  afterAll(() => setWarningHandler(undefined));

  const ref = (handle: object, extents: readonly number[], dtype: TensorRef["dtype"] = "float32"): TensorRef => ({
    handle,
    shape: extents,
    dtype,
  });

  test("elementwise functions, also with operands that repeat, and casts", async () => {
    await compare(async (desk) => {
      const { backend } = desk;
      const [a, b] = [desk.rows(values(rows * dim, 1), shape), desk.rows(values(rows * dim, 2), shape)];
      backend.scatter(a, desk.tensor(Int32Array.of(5, 699)), desk.tensor(values(2 * dim, 9), [2, dim]));
      const row = desk.tensor(values(dim, 3), [dim]);
      const column = desk.tensor(values(rows, 4), [rows, 1]);
      const results = [
        ref(backend.unary("tanh", a), shape),
        ...(["add", "mul", "maximum"] satisfies BinaryOp[]).map((op) => ref(backend.binary(op, a, b, shape), shape)),
        ref(backend.binary("sub", a, row, shape), shape),
        ref(backend.binary("mul", column, a, shape), shape),
        ref(backend.binary("add", column, row, shape), shape),
        ref(backend.binary("greater", a, b, shape), shape, "bool"),
        ref(backend.cast(a, "int32"), shape, "int32"),
        ref(backend.cast(a, "int8"), shape, "int8"),
      ];
      const [above, bytes] = [results[7] as TensorRef, results[9] as TensorRef];
      results.push(ref(backend.cast(bytes, "float32"), shape));
      const lists = await Promise.all(results.map((x) => desk.read(x)));
      // The reference leaves `where` to its default; written out here.
      if (backend.where) return [...lists, await desk.read(ref(backend.where(above, a, row, shape), shape))];
      const [ofTable, ofRow] = [await desk.read(a), await desk.read(row)];
      return [...lists, ofTable.map((value, i) => (lists[7]?.[i] ? value : (ofRow[i % dim] as number)))];
    });
  });

  test("reductions over any axes", async () => {
    await compare(async (desk) => {
      const cube = [35, 20, 8];
      const x = ref(desk.rows(values(rows * dim, 1), shape).handle, cube);
      const line = ref(desk.rows(values(rows * dim, 3), shape).handle, [1, rows * dim]);
      const of = (op: ReduceOp, axes: readonly number[], source = x): TensorRef =>
        ref(
          desk.backend.reduce(op, source, axes),
          source.shape.filter((_, axis) => !axes.includes(axis)),
          op === "argMax" ? "int32" : "float32",
        );
      const results = (["sum", "max", "min"] satisfies ReduceOp[]).flatMap((op) =>
        [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], []].map((axes) => of(op, axes)),
      );
      results.push(
        of("argMax", [0]),
        of("argMax", [1]),
        of("argMax", [2]),
        of("argMax", [1], line),
        of("sum", [1], line),
        of("max", [0], line),
      );
      return Promise.all(results.map((result) => desk.read(result)));
    });
  });

  test("products of matrices from every side", async () => {
    await compare(async (desk) => {
      const table = desk.rows(values(rows * dim, 1), shape);
      const few = desk.tensor(values(3 * dim, 2), [3, dim]);
      const many = desk.tensor(values(3 * rows, 3), [3, rows]);
      const product = (a: TensorRef, b: TensorRef, ta: boolean, tb: boolean, extents: readonly number[]): TensorRef =>
        ref(desk.backend.matmul(a, b, ta, tb), extents);
      const logits = product(few, table, false, true, [3, rows]);
      const results = [
        logits,
        product(table, few, false, true, [rows, 3]),
        product(many, table, false, false, [3, dim]),
        product(table, many, true, true, [dim, 3]),
        product(many, few, true, false, [rows, dim]),
        product(table, table, true, false, [dim, dim]),
        product(ref(table.handle, [7, 100, dim]), ref(table.handle, [7, 100, dim]), false, true, [7, 100, 100]),
        product(ref(table.handle, [7, 100, dim]), few, false, true, [7, 100, 3]),
      ];
      return Promise.all(results.map((result) => desk.read(result)));
    });
  });

  test("what moves values only: permutations, slices, and tables side by side", async () => {
    await compare(async (desk) => {
      const { backend } = desk;
      const [a, b] = [desk.rows(values(rows * dim, 1), shape), desk.rows(values(rows * 3, 2), [rows, 3])];
      const cube = ref(a.handle, [35, 20, 8]);
      const bytes = ref(backend.cast(a, "int8"), shape, "int8");
      const results = [
        ref(backend.permute(a, [1, 0]), [dim, rows]),
        ref(backend.permute(cube, [2, 0, 1]), [8, 35, 20]),
        ref(backend.permute(bytes, [1, 0]), [dim, rows], "int8"),
      ];
      const lists = await Promise.all(results.map((result) => desk.read(result)));
      if (!backend.slice || !backend.concat) {
        // The reference leaves these to defaults; written out here.
        const [x, y] = [await desk.read(a), await desk.read(b)];
        const at = (i: number, j: number, k: number): number => x[(i * 20 + j) * 8 + k] as number;
        const box = Array.from({ length: 30 * 5 * 2 }, (_, n) => at(2 + Math.floor(n / 10), 3 + (Math.floor(n / 2) % 5), 4 + (n % 2)));
        const wide = Array.from({ length: rows }, (_, i) => [...x.slice(i * dim, (i + 1) * dim), ...y.slice(i * 3, (i + 1) * 3)]).flat();
        return [...lists, x.slice(5 * dim, 605 * dim), box, wide, [...x, ...x]];
      }
      const moved = [
        ref(backend.slice(a, [5, 0], [600, dim]), [600, dim]),
        ref(backend.slice(cube, [2, 3, 4], [30, 5, 2]), [30, 5, 2]),
        ref(backend.concat([a, b], 1), [rows, dim + 3]),
        ref(backend.concat([a, a], 0), [2 * rows, dim]),
      ];
      return [...lists, ...(await Promise.all(moved.map((result) => desk.read(result))))];
    });
  });

  test("steps that move every row, by every rule, and many rows at once", async () => {
    await compare(async (desk) => {
      const adam = { kind: "adam", decay: 0.001, stepSize: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
      const rowwise = { kind: "rowwiseAdagrad", decay: 0, learningRate: 0.1, epsilon: 1e-7 } as const;
      const gradient = desk.rows(values(rows * dim, 5), shape);
      const [x, m, v] = [desk.table(1, shape), desk.table(2, shape), desk.table(3, shape)];
      const [z, total] = [desk.table(4, shape), desk.table(5, [rows, 1])];
      const ids = desk.tensor(Int32Array.from({ length: 500 }, (_, i) => (i * 271) % rows));
      const some = desk.rows(values(500 * dim, 6), [500, dim]);
      for (let step = 0; step < 2; step++) {
        desk.backend.update({ rule: adam, target: x, slots: [m, v], gradient });
        desk.backend.update({ rule: rowwise, target: z, slots: [total], gradient });
        desk.backend.update({ rule: adam, target: x, slots: [m, v], gradient: some, ids });
        desk.backend.update({ rule: rowwise, target: z, slots: [total], gradient: some, ids });
        desk.backend.scatter(m, ids, some);
      }
      return Promise.all([x, m, v, z, total].map((tensor) => desk.read(tensor)));
    });
  });

  const x = Array.from({ length: 32 }, (_, i) => Array.from({ length: 4 }, (__, k) => (i * 7919 + k * 31) % rows));
  const y = x.map((_, i) => i % 2);

  test.each([
    { name: "a regularizer over the table", make: () => new Adam(), embeddings: { embeddingsRegularizer: "l1l2" } },
    { name: "moving averages", make: () => new Adam({ useEma: true, emaMomentum: 0.9, emaOverwriteFrequency: 3 }), embeddings: {} },
    { name: "a constraint over the columns", make: () => new SGD({ momentum: 0.9 }), embeddings: { embeddingsConstraint: "unitNorm" } },
    { name: "a sum of squares a row, dense", make: () => new RowwiseAdagrad({ sparseUpdate: "dense" }), embeddings: {} },
    { name: "clipped by the norm of all gradients", make: () => new Adam({ sparseUpdate: "dense", globalClipnorm: 0.1 }), embeddings: {} },
  ])("a model learns the same with $name", async ({ make, embeddings }) => {
    const learn = async (backend: Backend): Promise<number[]> => {
      setRandomSeed(3);
      const model = new Sequential(
        [
          new Embedding({ inputDim: rows, outputDim: dim, inputLength: 4, ...embeddings }),
          new GlobalAveragePooling1D(),
          new Dense({ units: 1, activation: "sigmoid" }),
        ],
        { backend },
      );
      model.compile({ optimizer: make(), loss: "binaryCrossentropy" });
      const { history } = await model.fit(x, y, { epochs: 2, batchSize: 8, verbose: 0 });
      const predictions = await model.predict(x, { verbose: 0 });
      return [...(history["loss"] ?? []), ...predictions.data, ...(await model.getWeights()).flatMap(({ data }) => [...data])];
    };
    const backend = await create();
    const [mine, other] = [await learn(backend), await learn(await createNaiveBackend())];
    expect(backend.stats().hostedTensors + backend.stats().splitTensors).toBeGreaterThan(0);
    expect(mine).toHaveLength(other.length);
    expect(Math.max(...mine.map((value, i) => Math.abs(value - (other[i] as number))))).toBeLessThan(2e-5);
    backend.dispose();
  });

  test("a table whose rows are also the weights of an output learns the same", async () => {
    const learn = async (backend: Backend): Promise<number[]> => {
      const table = EmbeddingTable.create({ inputDim: rows, outputDim: dim, seed: 4, backend });
      const optimizer = new Adam();
      const losses: number[] = [];
      for (let step = 0; step < 3; step++) {
        const arena = new Arena();
        const ids = arena.run(() =>
          Tensor.fromHost(
            NDArray.from(
              Array.from({ length: 6 }, (_, i) => (i * 131 + step * 7) % rows),
              "int32",
            ),
            backend,
          ),
        );
        await prepareRows([{ table, ids }], { training: true, arena });
        const [loss, gradients] = arena.run(() => {
          const tape = new GradientTape();
          const result = tape.record(() => {
            const logits = ops.matmul(ops.lookup(table, ids), table.variable.value, { transposeB: true });
            return ops.negative(ops.mean(ops.slice(ops.logSoftmax(logits, -1), [0, 0], [6, 1])));
          });
          return [result, tape.gradient(result, [table.variable])] as const;
        });
        await optimizer.apply(gradients, [table.variable]);
        losses.push((await loss.read()).data[0] as number);
        arena.release();
      }
      const after = await table.read();
      optimizer.dispose();
      table.dispose();
      return [...losses, ...after.data];
    };
    const backend = await create();
    const [mine, other] = [await learn(backend), await learn(await createNaiveBackend())];
    expect(Math.max(...mine.map((value, i) => Math.abs(value - (other[i] as number))))).toBeLessThan(2e-5);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    backend.dispose();
  });
});
