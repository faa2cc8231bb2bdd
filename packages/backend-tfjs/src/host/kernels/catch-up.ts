import type { UpdateRule } from "@rowan/api";

/** The arrays of `catchUp`; see the contract. */
export interface CatchUpArrays {
  readonly w: Float32Array;
  readonly slots: readonly Float32Array[];
  readonly ids: Int32Array;
  readonly factors: Float32Array;
  readonly groups: Int32Array;
}

const smallest = 1e-38;

function flush(moment: number): number {
  return moment < smallest && moment > -smallest ? 0 : moment;
}

/** What each slot of a rule is to the folded form. */
interface Roles {
  readonly moment?: Float32Array | undefined;
  /** Its square root is below the moment. */
  readonly root?: Float32Array | undefined;
  /** These decay by B. */
  readonly seconds: readonly Float32Array[];
}

function rolesOf(rule: UpdateRule, slots: readonly Float32Array[]): Roles {
  if (rule.kind === "adam") return { moment: slots[0], root: slots[rule.amsgrad ? 2 : 1], seconds: slots.slice(1, 2) };
  if (rule.kind === "sgd") return { moment: slots[0], seconds: [] };
  if (rule.kind !== "rmsprop") return { seconds: [] };
  const [velocity, ...rest] = slots;
  const moment = rule.momentum > 0 ? rest.shift() : undefined;
  return { moment, seconds: velocity ? [velocity, ...rest] : [] };
}

/**
 * Steps of rows that were put off, applied at once and in place; computed in float64 and rounded once.
 *
 * @param rule - The rule.
 * @param arrays - Rows, slots and factors.
 * @param dim - Elements of a row.
 * @param columns - Factors of a group: D, A, B, then C and R of each node.
 */
export function catchUpRows(rule: UpdateRule, { w, slots, ids, factors, groups }: CatchUpArrays, dim: number, columns: number): void {
  const { moment: m, root, seconds } = rolesOf(rule, slots);
  const epsilon = rule.kind === "adam" ? rule.epsilon : 0;
  for (let i = 0; i < ids.length; i++) {
    const at = (groups[i] as number) * columns;
    const decay = factors[at] as number;
    const keep = factors[at + 1] as number;
    const keepSecond = factors[at + 2] as number;
    const nodes = at + 3;
    const end = at + columns;
    const start = (ids[i] as number) * dim;
    const stop = start + dim;
    if (m && root && end - nodes === 4) {
      // The usual two nodes, over one common denominator: in float64 nothing is lost, and a division is the slowest part.
      const [c1, r1, c2, r2] = [factors[nodes], factors[nodes + 1], factors[nodes + 2], factors[nodes + 3]] as [
        number,
        number,
        number,
        number,
      ];
      for (let t = start; t < stop; t++) {
        const moment = m[t] as number;
        const s = Math.sqrt(root[t] as number);
        const d1 = r1 * s + epsilon;
        const d2 = r2 * s + epsilon;
        w[t] = ((w[t] as number) - (moment * (c1 * d2 + c2 * d1)) / (d1 * d2)) * decay;
        m[t] = flush(moment * keep);
      }
    } else if (m && root) {
      for (let t = start; t < stop; t++) {
        const moment = m[t] as number;
        const s = Math.sqrt(root[t] as number);
        let moved = 0;
        for (let node = nodes; node < end; node += 2) moved += (factors[node] as number) / ((factors[node + 1] as number) * s + epsilon);
        const value = w[t] as number;
        w[t] = (nodes < end ? value - moment * moved : value) * decay;
        m[t] = flush(moment * keep);
      }
    } else if (m) {
      let moved = 0;
      for (let node = nodes; node < end; node += 2) moved += factors[node] as number;
      for (let t = start; t < stop; t++) {
        const moment = m[t] as number;
        w[t] = ((w[t] as number) - moment * moved) * decay;
        m[t] = flush(moment * keep);
      }
    } else if (decay !== 1) {
      for (let t = start; t < stop; t++) w[t] = (w[t] as number) * decay;
    }
    for (const second of seconds) for (let t = start; t < stop; t++) second[t] = flush((second[t] as number) * keepSecond);
  }
}
