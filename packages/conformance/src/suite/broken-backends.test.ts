import { bytesPerElement, catchUp, gatherMax, gatherQuantized, gatherReduceQuantized, rowDots, sizeOf } from "@rowan/api";
import type { Backend, TensorRef } from "@rowan/api";
import { expect, test } from "vitest";
import { createNaiveBackend } from "../naive/create-naive-backend.ts";
import { groups } from "./groups.ts";
import { expectFailure, runCase } from "./run-case.ts";

/** Faults that a backend could well have, and the group of tests that must notice. */
const faults: Readonly<Record<string, { readonly group: string; readonly break: (right: Backend) => Partial<Backend> }>> = {
  "gather takes the row before the last one for the last": {
    group: "gather",
    break: (right) => ({
      gather(source, ids, into) {
        const rows = right.readSync?.(ids, 0, sizeOf(ids.shape)) ?? [];
        right.write(
          ids,
          Int32Array.from(rows, (id) => Math.min(id, Math.max(0, (source.shape[0] ?? 0) - 2))),
          0,
        );
        return right.gather(source, ids, into);
      },
    }),
  },
  "free does nothing": { group: "gather", break: () => ({ free: (_handle) => undefined }) },
  "memory is not zeroed": {
    group: "storage",
    break: (right) => ({
      allocate(dtype, length) {
        const handle = right.allocate(dtype, length);
        if (length > 0) right.write({ handle, shape: [length], dtype }, new Int8Array(1).fill(1), length - 1);
        return handle;
      },
    }),
  },
  "scatter clears the rows between": {
    group: "scatter",
    break: (right) => ({
      scatter(target, ids, rows) {
        if (target.dtype === "float32") right.write(target, new Float32Array(sizeOf(target.shape)), 0);
        right.scatter(target, ids, rows);
      },
    }),
  },
  "sqrtn divides as mean does": {
    group: "gatherReduce",
    break: (right) => ({ gatherReduce: (args) => right.gatherReduce({ ...args, mode: args.mode === "sqrtn" ? "mean" : args.mode }) }),
  },
  "beta2 is rounded to float32": {
    group: "update adam",
    break: (right) => ({
      update: (args) =>
        right.update({ ...args, rule: args.rule.kind === "adam" ? { ...args.rule, beta2: Math.fround(args.rule.beta2) } : args.rule }),
    }),
  },
  "Adam's epsilon is doubled": {
    group: "update adam",
    break: (right) => ({
      update: (args) => right.update({ ...args, rule: args.rule.kind === "adam" ? { ...args.rule, epsilon: 2e-7 } : args.rule }),
    }),
  },
  "decay is forgotten": {
    group: "update sgd",
    break: (right) => ({ update: (args) => right.update({ ...args, rule: { ...args.rule, decay: 0 } }) }),
  },
  "nesterov is forgotten": {
    group: "update golden",
    break: (right) => ({
      update: (args) => right.update({ ...args, rule: args.rule.kind === "sgd" ? { ...args.rule, nesterov: false } : args.rule }),
    }),
  },
  "all rows are caught up by the first group's factors": {
    group: "catchUp",
    break: (right) => ({
      catchUp(args) {
        right.write(args.groups, new Int32Array(sizeOf(args.groups.shape)), 0);
        catchUp(right, args);
      },
    }),
  },
  "a transposed side is not transposed": {
    group: "matmul",
    break: (right) => ({ matmul: (a, b, _transposeA, transposeB) => right.matmul(a, b, false, transposeB) }),
  },
  "log1p is log(1 + x)": {
    group: "unary",
    break: (right) => ({
      unary(op, x) {
        if (op !== "log1p") return right.unary(op, x);
        const one: TensorRef = { handle: right.allocate("float32", 1), shape: [1], dtype: "float32" };
        right.write(one, Float32Array.of(1), 0);
        const sum: TensorRef = { ...x, handle: right.binary("add", x, one, x.shape) };
        const result = right.unary("log", sum);
        right.free(one.handle);
        right.free(sum.handle);
        return result;
      },
    }),
  },
  "integers pass through float32": {
    group: "comparison",
    break: (right) => ({
      binary(op, a, b, shape) {
        if (a.dtype !== "int32") return right.binary(op, a, b, shape);
        const [x, y] = [a, b].map((side): TensorRef => ({ ...side, handle: right.cast(side, "float32"), dtype: "float32" })) as [
          TensorRef,
          TensorRef,
        ];
        const result = right.binary(op, x, y, shape);
        right.free(x.handle);
        right.free(y.handle);
        return result;
      },
    }),
  },
  "greater holds for equals": {
    group: "comparison",
    break: (right) => ({ binary: (op, a, b, shape) => right.binary(op === "greater" ? "greaterEqual" : op, a, b, shape) }),
  },
  "axes are permuted the other way round": {
    group: "permute",
    break: (right) => ({
      permute: (x, axes) =>
        right.permute(
          x,
          axes.map((_, axis) => axes.indexOf(axis)),
        ),
    }),
  },
  "a temporary result stays": {
    group: "lifecycle",
    break: (right) => ({
      matmul(a, b, transposeA, transposeB) {
        right.allocate("float32", bytesPerElement("float32"));
        return right.matmul(a, b, transposeA, transposeB);
      },
    }),
  },
  "a member lacks a parameter": { group: "members", break: (right) => ({ reduce: (op, x) => right.reduce(op, x, [0]) }) },
  "tensors are copied by their own properties": { group: "unary", break: (right) => ({ unary: (op, x) => right.unary(op, { ...x }) }) },
  "the last of equals wins": {
    group: "gatherMax",
    break: (right) => ({
      gatherMax({ source, ids, offsets }) {
        const hostOffsets = Int32Array.from(right.readSync?.(offsets, 0, sizeOf(offsets.shape)) ?? []);
        const reversed = (values: ArrayLike<number>): Int32Array => {
          const turned = Int32Array.from(values);
          for (let bag = 0; bag + 1 < hostOffsets.length; bag++) turned.subarray(hostOffsets[bag], hostOffsets[bag + 1]).reverse();
          return turned;
        };
        const count = sizeOf(ids.shape);
        const places = reversed(Array.from({ length: count }, (_, i) => i));
        right.write(ids, reversed(right.readSync?.(ids, 0, count) ?? []), 0);
        const { values, winners } = gatherMax(right, { source, ids, offsets, hostOffsets });
        const found: TensorRef = { handle: winners, shape: [hostOffsets.length - 1, source.shape[1] ?? 0], dtype: "int32" };
        const turned = Int32Array.from(right.readSync?.(found, 0, sizeOf(found.shape)) ?? [], (place) => places[place] ?? -1);
        right.write(found, turned, 0);
        return { values, winners };
      },
    }),
  },
  "who won is not asked": {
    group: "sumWinners",
    break: (right) => ({
      sumWinners: ({ source, bags, offsets }) => right.gatherReduce({ source, ids: bags, offsets, mode: "sum" }),
    }),
  },
  "a row is multiplied by itself": {
    group: "rowDots",
    break: (right) => ({ rowDots: (a, aIds, _b, _bIds) => rowDots(right, a, aIds, a, aIds) }),
  },
  "zero points of quantized rows are forgotten": {
    group: "quantized rows",
    break: (right) => ({
      gatherQuantized(source, ids, into) {
        if (source.zero) right.write(source.zero, new Int8Array(sizeOf(source.zero.shape)), 0);
        return gatherQuantized(right, source, ids, into);
      },
    }),
  },
  "quantized bags read the nibbles of a byte the other way round": {
    group: "quantized rows",
    break: (right) => ({
      gatherReduceQuantized(args) {
        const { kind, data } = args.source;
        const bytes = right.readSync?.(data, 0, sizeOf(data.shape)) as Int8Array;
        if (kind === "int4")
          right.write(
            data,
            bytes.map((byte) => ((byte & 15) << 4) | ((byte >> 4) & 15)),
            0,
          );
        return gatherReduceQuantized(right, args);
      },
    }),
  },
  "the number of rows is an id": {
    group: "idsBelow",
    break: () => ({ idsBelow: (ids, rows) => ids.every((id) => id >= 0 && id <= rows) }),
  },
  "negative ids are small": {
    group: "idsBelow",
    break: () => ({ idsBelow: (ids, rows) => ids.every((id) => id < rows) }),
  },
  "rows are looked up before they are up to date": {
    group: "catchUp",
    break: (right) => ({
      catchUpGather(args) {
        const rows = right.gather(args.target, args.places);
        catchUp(right, args);
        return rows;
      },
    }),
  },
  "rows are noted only where they were behind": {
    group: "takeBehind",
    break: () => ({
      takeBehind({ last, ids, now, next, rows, before }) {
        const behind = ids.filter((id) => last[id] !== now && last[id] !== next);
        behind.forEach((id, i) => ([rows[i], before[i]] = [id, last[id] as number]));
        for (const id of behind) last[id] = next;
        return behind.length;
      },
    }),
  },
  "a repeated row is behind twice": {
    group: "takeBehind",
    break: () => ({
      takeBehind({ last, ids, now, next, rows, before }) {
        const behind = ids.filter((id) => last[id] !== now && last[id] !== next);
        behind.forEach((id, i) => ([rows[i], before[i]] = [id, last[id] as number]));
        for (const id of ids) last[id] = next;
        return behind.length;
      },
    }),
  },
  "the plan is not sorted": {
    group: "planRows",
    break: () => ({
      planRows(ids, _rows) {
        const unique = Int32Array.from(new Set(ids));
        const lists = Array.from(unique, (id) => Array.from(ids.keys()).filter((position) => ids[position] === id));
        const offsets = Int32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]);
        return { unique, offsets, positions: Int32Array.from(lists.flat()) };
      },
    }),
  },
};

/** A naive backend with some members replaced. */
async function createBroken(breakIt: (right: Backend) => Partial<Backend>): Promise<Backend> {
  const right = await createNaiveBackend();
  const wrong: Partial<Backend> = breakIt(right);
  return new Proxy(right, {
    get(target, key) {
      const value: unknown = Reflect.get(key in wrong ? wrong : target, key);
      if (typeof value !== "function" || key in wrong) return value;
      const bound: unknown = value.bind(target);
      return bound;
    },
  });
}

/** Whether a case of the group fails; cases run one after another, since each counts live buffers. */
async function fails(groupName: string, backend: Backend): Promise<boolean> {
  const context = { backend, naive: await createNaiveBackend(), factory: createNaiveBackend };
  const cases = groups.find(({ name }) => name === groupName)?.cases(backend.capabilities) ?? [];
  expect(cases.length).toBeGreaterThan(0);
  for (const item of cases) {
    const failed = await runCase(item, context).then(
      () => false,
      () => true,
    );
    if (failed) return true;
  }
  return false;
}

test.each(Object.entries(faults))("the suite notices when %s", async (_name, fault) => {
  expect(await fails(fault.group, await createBroken(fault.break))).toBe(true);
});

test("the suite finds nothing when nothing is replaced", async () => {
  expect(await fails("gather", await createBroken(() => ({})))).toBe(false);
  expect(await fails("members", await createBroken(() => ({ unary: (_op, x) => x.handle })))).toBe(false);
});

test("a skipped case that passes is an error, and one that fails is not", async () => {
  const backend = await createNaiveBackend();
  const context = { backend, naive: backend, factory: createNaiveBackend };
  await expect(expectFailure({ name: "passes", run: () => undefined }, context)).rejects.toThrow("Take it off the list of skips");
  const failing = { name: "fails", run: (): Promise<void> => Promise.reject(new Error("no")) };
  await expect(expectFailure(failing, context)).resolves.toBeUndefined();
});

test("a case that leaves a buffer behind fails", async () => {
  const backend = await createNaiveBackend();
  const context = { backend, naive: backend, factory: createNaiveBackend };
  const leaking = { name: "leaks", run: (): void => void backend.allocate("float32", 1) };
  await expect(runCase(leaking, context)).rejects.toThrow("live buffers");
});
