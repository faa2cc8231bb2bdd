import { catchUp as catchUpOn, planRows, slotNames } from "@rowan/api";
import type { AdamRule, RmspropRule, SgdRule, TensorRef, UpdateRule } from "@rowan/api";
import { expect } from "vitest";
import { onBackend, sameAsNaive } from "./case.ts";
import type { Case, Group } from "./case.ts";
import type { Session } from "./session.ts";
import { expectClose } from "./tolerance.ts";
import type { Tolerance } from "./tolerance.ts";

/** A sum over up to six nodes, each with a square root and a division that a GPU rounds loosely. */
const folded: Tolerance = { relative: 4e-6, absolute: 2e-6 };

const adam: AdamRule = { kind: "adam", decay: 0, stepSize: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false };
const sgd: SgdRule = { kind: "sgd", decay: 0, learningRate: 0.1, momentum: 0.9, nesterov: false };
const rmsprop: RmspropRule = { kind: "rmsprop", decay: 0, learningRate: 0.1, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false };

/** Each rule with the numbers of nodes that its folded form can have. */
const rules: readonly { readonly name: string; readonly rule: UpdateRule; readonly nodes: readonly number[] }[] = [
  { name: "adam", rule: adam, nodes: [0, 2, 4, 6] },
  { name: "amsgrad", rule: { ...adam, amsgrad: true }, nodes: [1] },
  { name: "a large epsilon", rule: { ...adam, epsilon: 0.1 }, nodes: [2] },
  { name: "sgd", rule: { ...sgd, momentum: 0 }, nodes: [0] },
  { name: "momentum", rule: sgd, nodes: [1] },
  { name: "nesterov", rule: { ...sgd, nesterov: true }, nodes: [1] },
  { name: "rmsprop", rule: rmsprop, nodes: [0] },
  { name: "rmsprop centered", rule: { ...rmsprop, centered: true }, nodes: [0] },
  { name: "rmsprop with momentum", rule: { ...rmsprop, momentum: 0.8 }, nodes: [1] },
  { name: "rmsprop with everything", rule: { ...rmsprop, momentum: 0.8, centered: true }, nodes: [1] },
  { name: "adagrad", rule: { kind: "adagrad", decay: 0, learningRate: 0.1, epsilon: 1e-7 }, nodes: [0] },
];

const rows = 23;
const dims = [1, 3, 4, 5, 8, 16, 17, 33, 64];

interface Stale {
  readonly target: TensorRef;
  readonly slots: readonly TensorRef[];
}

function staleRows(session: Session, rule: UpdateRule, dim: number): Stale {
  const slots = slotNames(rule).map((name) => {
    const isSigned = name === "momentum" || name === "average_gradient";
    return session.tensor(session.random.floats(rows * dim, isSigned ? -0.3 : 0.01, isSigned ? 0.3 : 1), [rows, dim]);
  });
  return { target: session.floats([rows, dim]), slots };
}

/** Factors of so many groups: decays below 1, nodes between 0.1 and 1. */
function factorsOf(session: Session, groups: number, nodes: number): TensorRef {
  return session.tensor(session.random.floats(groups * (3 + 2 * nodes), 0.1, 1), [groups, 3 + 2 * nodes]);
}

function catchUpCases({ name, rule, nodes }: (typeof rules)[number]): readonly Case[] {
  return nodes.map((count) =>
    sameAsNaive(`${name}, ${count} nodes: rows of every length, the others untouched`, folded, (session) =>
      dims.flatMap((dim) =>
        [0, 1, 6, rows].flatMap((length) => {
          const { target, slots } = staleRows(session, rule, dim);
          const ids = session.ids(session.random.uniqueIds(length, rows));
          const groups = session.ids(session.random.integers(length, 0, 2));
          catchUpOn(session.backend, { rule, target, slots, ids, factors: factorsOf(session, 3, count), groups });
          return [target, ...slots];
        }),
      ),
    ),
  );
}

/** A lookup that uses each row of its plan once, never, or many times, and a plan of which some rows are behind. */
function lookupCases({ name, rule, nodes }: (typeof rules)[number]): readonly Case[] {
  return nodes.map((count) =>
    onBackend(`${name}, ${count} nodes: a lookup in the same pass gives what two passes give`, async (session) => {
      const { backend, random } = session;
      if (!backend.catchUpGather) return;
      // The last is large enough for results that are stored past the caches.
      for (const [dim, length] of [
        ...[1, 7, 8, 16, 24, 64, 72].flatMap((each) => [0, 1, 2, 50].map((n) => [each, n] as const)),
        [64, 5000] as const,
      ]) {
        const plan = planRows(backend, random.ids(length, rows), rows);
        const places = new Int32Array(length);
        plan.unique.forEach((id, row) => {
          for (const position of plan.positions.subarray(plan.offsets[row], plan.offsets[row + 1])) places[position] = id;
        });
        for (const behind of [0, 1, 2, 3].map((kind) => plan.unique.filter((_, i) => [false, true, i % 2 === 0, i % 3 > 0][kind]))) {
          const { target, slots } = staleRows(session, rule, dim);
          const copies = await Promise.all(
            [target, ...slots].map(async (tensor) => session.tensor(await session.read(tensor), tensor.shape)),
          );
          const [ids, groups] = [session.ids(behind), session.ids(random.integers(behind.length, 0, 2))];
          const args = { rule, ids, groups, factors: factorsOf(session, 3, count) };
          const [unique, offsets, positions] = [plan.unique, plan.offsets, plan.positions].map((list) => session.ids(list)) as [
            TensorRef,
            TensorRef,
            TensorRef,
          ];
          const lookup = { places: session.ids(places), unique, offsets, positions };
          const found = session.keep(backend.catchUpGather({ ...args, target, slots, ...lookup }), [length, dim]);
          const [twin, ...others] = copies as [TensorRef, ...TensorRef[]];
          catchUpOn(backend, { ...args, target: twin, slots: others });
          const expected = session.keep(backend.gather(twin, lookup.places), [length, dim]);
          for (const [one, other] of [[found, expected], ...[target, ...slots].map((tensor, i) => [tensor, copies[i]])] as [
            TensorRef,
            TensorRef,
          ][]) {
            expect(await session.read(one), `${dim} columns, ${length} ids, ${behind.length} behind`).toEqual(await session.read(other));
          }
        }
      }
    }),
  );
}

/** Brings rows up to date whose steps were put off: a backend's own way gives what the ops of the default give. */
export const catchUp: Group = {
  name: "catchUp",
  cases: () => [
    ...rules.flatMap(catchUpCases),
    ...rules.flatMap(lookupCases),
    ...rules
      .filter(({ rule }) => slotNames(rule).length > 0 && rule.kind !== "adagrad")
      .map(({ name, rule, nodes }) =>
        sameAsNaive(`${name}: moments below 1e-38 become 0, not-a-number stays`, { relative: 4e-6, absolute: 0 }, (session) => {
          const values = [1e-37, -1e-37, 1e-38, 1.5e-38, 0, 1, Number.NaN];
          const slots = slotNames(rule).map(() => session.tensor(values, [1, 7]));
          const nodeFactors = Array.from({ length: nodes[0] ?? 0 }, () => [0, 1]).flat();
          const factors = session.tensor([1, 0.05, 0.05, ...nodeFactors], [1, 3 + nodeFactors.length]);
          const target = session.zeros([1, 7]);
          catchUpOn(session.backend, { rule, target, slots, ids: session.ids([0]), factors, groups: session.ids([0]) });
          return slots;
        }),
      ),
    onBackend("adam: the formula of the contract, by hand", async (session) => {
      const [target, m, v] = [
        [1, 2],
        [0.5, -0.25],
        [0.25, 4],
      ].map((values) => session.tensor(values, [2, 1])) as [TensorRef, TensorRef, TensorRef];
      const factors = session.tensor([9, 9, 9, 9, 9, 9, 9, 0.5, 0.25, 0.125, 0.3, 0.8, 0.1, 0.4], [2, 7]);
      const rule = { ...adam, epsilon: 0.1 };
      catchUpOn(session.backend, { rule, target, slots: [m, v], ids: session.ids([0]), factors, groups: session.ids([1]) });
      const moved = 0.5 * (0.3 / (0.8 * 0.5 + 0.1) + 0.1 / (0.4 * 0.5 + 0.1));
      expectClose(await session.read(target), [0.5 * (1 - moved), 2], folded, "target");
      expectClose(await session.read(m), [0.125, -0.25], folded, "momentum");
      expectClose(await session.read(v), [0.03125, 4], folded, "velocity");
    }),
  ],
};
