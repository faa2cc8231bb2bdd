import type { AdagradRule, AdamRule, RmspropRule, RowwiseAdagradRule, SgdRule, UpdateRule } from "@rowan/api";

/** Which elements a rule touches: `count` rows of `dim`, those that `ids` names, or the first ones. */
export interface Rows {
  readonly ids: Int32Array | undefined;
  readonly count: number;
  readonly dim: number;
}

/** The arrays of one step: the parameter, its slots in the order of `slotNames`, and the gradient of the touched rows. */
export interface StepArrays {
  readonly w: Float32Array;
  readonly slots: readonly Float32Array[];
  readonly g: Float32Array;
}

const smallest = 1e-38;

/** Moments that decay end as denormal numbers, on which processors are many times slower. */
function flush(moment: number): number {
  return moment < smallest && moment > -smallest ? 0 : moment;
}

/**
 * One step of a rule, in place. Each element is computed in float64 and rounded once.
 *
 * @param rule - The rule.
 * @param arrays - What it reads and writes.
 * @param rows - Where.
 */
export function stepRows(rule: UpdateRule, arrays: StepArrays, rows: Rows): void {
  switch (rule.kind) {
    case "sgd":
      if (rule.momentum > 0) momentum(rule, arrays, rows);
      else sgd(rule, arrays, rows);
      return;
    case "adam":
      adam(rule, arrays, rows);
      return;
    case "rmsprop":
      rmsprop(rule, arrays, rows);
      return;
    case "adagrad":
      adagrad(rule, arrays, rows);
      return;
    case "rowwiseAdagrad":
      rowwiseAdagrad(rule, arrays, rows);
      return;
  }
}

function startOf({ ids, dim }: Rows, i: number): number {
  return (ids ? (ids[i] as number) : i) * dim;
}

function sgd({ decay, learningRate }: SgdRule, { w, g }: StepArrays, rows: Rows): void {
  for (let i = 0, k = 0; i < rows.count; i++) {
    for (let t = startOf(rows, i), end = t + rows.dim; t < end; t++, k++) {
      const value = w[t] as number;
      w[t] = value - value * decay - learningRate * (g[k] as number);
    }
  }
}

function momentum(rule: SgdRule, { w, slots, g }: StepArrays, rows: Rows): void {
  const { decay, learningRate, momentum: rate, nesterov } = rule;
  const m = slots[0] as Float32Array;
  for (let i = 0, k = 0; i < rows.count; i++) {
    for (let t = startOf(rows, i), end = t + rows.dim; t < end; t++, k++) {
      const value = w[t] as number;
      const step = learningRate * (g[k] as number);
      const moment = flush(rate * (m[t] as number) - step);
      m[t] = moment;
      w[t] = value - value * decay + (nesterov ? rate * moment - step : moment);
    }
  }
}

function adam(rule: AdamRule, { w, slots, g }: StepArrays, rows: Rows): void {
  const { decay, stepSize, epsilon, amsgrad } = rule;
  const [keep1, keep2] = [1 - rule.beta1, 1 - rule.beta2];
  const m = slots[0] as Float32Array;
  const v = slots[1] as Float32Array;
  const peak = amsgrad ? (slots[2] as Float32Array) : undefined;
  for (let i = 0, k = 0; i < rows.count; i++) {
    for (let t = startOf(rows, i), end = t + rows.dim; t < end; t++, k++) {
      const value = w[t] as number;
      const gradient = g[k] as number;
      const m0 = m[t] as number;
      const v0 = v[t] as number;
      const moment = flush(m0 + (gradient - m0) * keep1);
      let second = flush(v0 + (gradient * gradient - v0) * keep2);
      m[t] = moment;
      v[t] = second;
      if (peak) peak[t] = second = Math.max(peak[t] as number, second);
      w[t] = value - value * decay - (moment * stepSize) / (Math.sqrt(second) + epsilon);
    }
  }
}

function rmsprop(rule: RmspropRule, { w, slots, g }: StepArrays, rows: Rows): void {
  const { decay, learningRate, rho, momentum: rate, epsilon } = rule;
  const keep = 1 - rho;
  const v = slots[0] as Float32Array;
  const m = rate > 0 ? (slots[1] as Float32Array) : undefined;
  const average = rule.centered ? (slots[m ? 2 : 1] as Float32Array) : undefined;
  for (let i = 0, k = 0; i < rows.count; i++) {
    for (let t = startOf(rows, i), end = t + rows.dim; t < end; t++, k++) {
      const value = w[t] as number;
      const gradient = g[k] as number;
      let spread = flush(rho * (v[t] as number) + keep * gradient * gradient);
      v[t] = spread;
      if (average) {
        const a = flush(rho * (average[t] as number) + keep * gradient);
        average[t] = a;
        spread -= a * a;
      }
      let step = (learningRate * gradient) / Math.sqrt(spread + epsilon);
      if (m) m[t] = step = flush(rate * (m[t] as number) + step);
      w[t] = value - value * decay - step;
    }
  }
}

function adagrad({ decay, learningRate, epsilon }: AdagradRule, { w, slots, g }: StepArrays, rows: Rows): void {
  const a = slots[0] as Float32Array;
  for (let i = 0, k = 0; i < rows.count; i++) {
    for (let t = startOf(rows, i), end = t + rows.dim; t < end; t++, k++) {
      const value = w[t] as number;
      const gradient = g[k] as number;
      const sum = (a[t] as number) + gradient * gradient;
      a[t] = sum;
      w[t] = value - value * decay - (learningRate * gradient) / Math.sqrt(sum + epsilon);
    }
  }
}

function rowwiseAdagrad({ decay, learningRate, epsilon }: RowwiseAdagradRule, { w, slots, g }: StepArrays, rows: Rows): void {
  const a = slots[0] as Float32Array;
  const { ids, count, dim } = rows;
  for (let i = 0, k = 0; i < count; i++) {
    const row = ids ? (ids[i] as number) : i;
    let squares = 0;
    for (let j = k; j < k + dim; j++) squares += (g[j] as number) ** 2;
    const sum = (a[row] as number) + squares / dim;
    a[row] = sum;
    const rate = learningRate / Math.sqrt(sum + epsilon);
    for (let t = row * dim, end = t + dim; t < end; t++, k++) {
      const value = w[t] as number;
      w[t] = value - value * decay - rate * (g[k] as number);
    }
  }
}
