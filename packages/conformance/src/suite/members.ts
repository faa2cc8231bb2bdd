import {
  allocateRows,
  allocateUnset,
  catchUp,
  concat,
  fill,
  gatherMax,
  gatherQuantized,
  gatherReduceQuantized,
  idsBelow,
  nearestQuantized,
  nearestRows,
  rowLengths,
  planRows,
  rowDots,
  slice,
  sumWinners,
  takeBehind,
  topK,
  where,
} from "@rowan/api";
import type { Backend } from "@rowan/api";
import { expect } from "vitest";
import { onBackend } from "./case.ts";
import type { Case, Group } from "./case.ts";

/** What the contract says about one of its members. */
export type Member =
  | { readonly kind: "value"; readonly type: "string" | "object" | "boolean"; readonly optional?: true }
  | { readonly kind: "required"; readonly arity: number }
  | {
      readonly kind: "optional";
      readonly arity: number;
      readonly fallback: ((backend: Backend, ...rest: never[]) => unknown) | "capability";
    };

/** How many parameters a method has in the contract, optional ones included. */
type Arity<F> = F extends (...args: infer A) => unknown ? Required<A>["length"] : never;

/** Every member of the contract; the compiler keeps the list complete, and the numbers of parameters true. */
export const contractMembers: { readonly [K in keyof Backend]-?: Member & { readonly arity?: Arity<Required<Backend>[K]> } } = {
  name: { kind: "value", type: "string" },
  device: { kind: "value", type: "string" },
  capabilities: { kind: "value", type: "object" },
  hardware: { kind: "value", type: "object", optional: true },
  isLost: { kind: "value", type: "boolean", optional: true },
  allocate: { kind: "required", arity: 2 },
  write: { kind: "required", arity: 3 },
  read: { kind: "required", arity: 3 },
  copy: { kind: "required", arity: 3 },
  free: { kind: "required", arity: 1 },
  memory: { kind: "required", arity: 0 },
  dispose: { kind: "required", arity: 0 },
  gather: { kind: "required", arity: 3 },
  gatherReduce: { kind: "required", arity: 1 },
  scatter: { kind: "required", arity: 3 },
  update: { kind: "required", arity: 1 },
  matmul: { kind: "required", arity: 4 },
  unary: { kind: "required", arity: 2 },
  binary: { kind: "required", arity: 4 },
  cast: { kind: "required", arity: 2 },
  reduce: { kind: "required", arity: 3 },
  permute: { kind: "required", arity: 2 },
  idsBelow: { kind: "optional", arity: 2, fallback: idsBelow },
  allocateUnset: { kind: "optional", arity: 2, fallback: allocateUnset },
  allocateRows: { kind: "optional", arity: 2, fallback: allocateRows },
  readSync: { kind: "optional", arity: 3, fallback: "capability" },
  hostView: { kind: "optional", arity: 1, fallback: "capability" },
  share: { kind: "optional", arity: 1, fallback: "capability" },
  allocateBeside: { kind: "optional", arity: 2, fallback: "capability" },
  fill: { kind: "optional", arity: 2, fallback: fill },
  where: { kind: "optional", arity: 4, fallback: where },
  concat: { kind: "optional", arity: 2, fallback: concat },
  slice: { kind: "optional", arity: 3, fallback: slice },
  takeBehind: { kind: "optional", arity: 1, fallback: takeBehind },
  topK: { kind: "optional", arity: 2, fallback: topK },
  gatherMax: { kind: "optional", arity: 1, fallback: gatherMax },
  gatherQuantized: { kind: "optional", arity: 3, fallback: gatherQuantized },
  gatherReduceQuantized: { kind: "optional", arity: 1, fallback: gatherReduceQuantized },
  sumWinners: { kind: "optional", arity: 1, fallback: sumWinners },
  rowDots: { kind: "optional", arity: 4, fallback: rowDots },
  catchUp: { kind: "optional", arity: 1, fallback: catchUp },
  catchUpGather: { kind: "optional", arity: 1, fallback: "capability" },
  nearestRows: { kind: "optional", arity: 1, fallback: nearestRows },
  rowLengths: { kind: "optional", arity: 1, fallback: rowLengths },
  nearestQuantized: { kind: "optional", arity: 1, fallback: nearestQuantized },
  planRows: { kind: "optional", arity: 2, fallback: planRows },
};

function memberCase(name: keyof Backend, member: Member): Case {
  return onBackend(name, ({ backend }) => {
    const value: unknown = Reflect.get(backend, name);
    if (member.kind === "value") {
      if (member.optional === true && value === undefined) return;
      expect(typeof value).toBe(member.type);
      return;
    }
    if (member.kind === "optional" && typeof member.fallback === "function") expect(member.fallback.length).toBe(member.arity + 1);
    if (member.kind === "optional" && value === undefined) return;
    expect(typeof value).toBe("function");
    expect((value as (...args: never[]) => unknown).length, "number of declared parameters").toBe(member.arity);
  });
}

/** Every member exists with its parameters, or has a default. */
export const members: Group = {
  name: "members",
  cases: () => (Object.entries(contractMembers) as [keyof Backend, Member][]).map(([name, member]) => memberCase(name, member)),
};
