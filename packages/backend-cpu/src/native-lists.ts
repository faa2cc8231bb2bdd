import { InternalError } from "@rowan/api";
import type { Backend } from "@rowan/api";
import type { NativeAddon } from "./native-addon.ts";

/** Words of the largest room to sort in that is kept from step to step: 262,144 ids. */
const mostKept = 1 << 20;

/**
 * What a backend does with lists of the host, by an addon: they stay where they are.
 *
 * @param addon - The addon.
 * @returns Members of the contract.
 */
export function nativeLists(addon: NativeAddon): Required<Pick<Backend, "idsBelow" | "takeBehind" | "planRows">> {
  let kept = new Int32Array(0);
  /** Where ids are sorted. The next step has about as many. */
  const roomFor = (words: number): Int32Array => {
    if (words > mostKept) return new Int32Array(words);
    if (kept.length < words) kept = new Int32Array(words);
    return kept;
  };
  return {
    idsBelow: (ids, rows) => addon.idsBelow(ids, rows),
    takeBehind({ last, ids, now, next, rows, before }) {
      const count = addon.takeBehind(last, ids, now, next, rows, before);
      if (count < 0) throw new InternalError(`takeBehind was called with rows outside of a list of ${last.length}.`);
      return count;
    },
    planRows(ids, rows) {
      const most = ids.length;
      const [unique, offsets, positions] = [new Int32Array(most), new Int32Array(most + 1), new Int32Array(most)];
      const count = addon.planRows(ids, rows, unique, offsets, positions, roomFor(4 * most));
      if (count < 0) throw new InternalError(`planRows was called with lists that are too short for ${most} ids.`);
      return { unique: unique.subarray(0, count), offsets: offsets.subarray(0, count + 1), positions };
    },
  };
}
