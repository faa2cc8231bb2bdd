import { InternalError } from "../../errors.ts";
import type { Backend, TakeBehindArgs } from "../backend.ts";

/** With fewer rows a call of the backend takes longer than the loop. */
const leastForBackend = 256;
/** Rows whose steps are read together. */
const readAhead = 256;

/**
 * Takes the rows that are behind out of a list of the steps at which rows are.
 *
 * @param backend - Where the rows are; its own `takeBehind` is taken for many rows where it has one.
 * @param args - See the contract.
 * @returns How many rows were behind.
 */
export function takeBehind(backend: Pick<Backend, "takeBehind"> | undefined, args: TakeBehindArgs): number {
  const { last, ids, now, next, rows, before } = args;
  if (rows.length < ids.length || before.length < ids.length) {
    throw new InternalError(`takeBehind was given room for ${Math.min(rows.length, before.length)} of ${ids.length} rows.`);
  }
  if (backend?.takeBehind && ids.length >= leastForBackend) return backend.takeBehind(args);
  let count = 0;
  for (let from = 0; from < ids.length; from += readAhead) {
    const to = Math.min(from + readAhead, ids.length);
    const bits = differing(args, from, to);
    if (bits === 0 && next === now) continue;
    for (let i = from; i < to; i++) {
      const id = ids[i] as number;
      const step = last[id] as number;
      if (step === next) continue;
      last[id] = next;
      if (step === now) continue;
      rows[count] = id;
      before[count++] = step;
    }
  }
  return count;
}

/** 0 where all of these rows are at a step. Steps lie far apart in memory: a loop without branches waits for many of them at a time. */
function differing({ last, ids, now }: TakeBehindArgs, from: number, to: number): number {
  let bits = 0;
  for (let i = from; i < to; i++) bits |= (last[ids[i] as number] as number) ^ now;
  return bits;
}
