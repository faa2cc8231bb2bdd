import type { Backend } from "@rowan/api";
import type { Context } from "../context.ts";
import { digitBits } from "../kernels/plan.ts";

/**
 * The plan of a step's ids: a radix sort, whose cost and memory grow with the ids and not with the table.
 *
 * @param context - Kernels and memory.
 * @returns Members of the contract.
 */
export function planMembers<F, I, U>({ kernels, storage }: Context<F, I, U>): Required<Pick<Backend, "planRows">> {
  return {
    planRows(ids, rows) {
      const n = ids.length;
      const passes = Math.ceil(Math.max(1, 32 - Math.clz32(Math.max(rows - 1, 0))) / digitBits);
      const lists = { ids: 0, unique: n, offsets: 2 * n, positions: 3 * n + 1, room: 4 * n + 1 };
      const block = storage.allocate((7 * n + 1 + (1 << digitBits)) * 4);
      try {
        storage.view(block, "int32", lists.ids, n).set(ids);
        const list = (name: keyof typeof lists): I => storage.window(block, lists[name] * 4).i32;
        const count = kernels.planRows(list("ids"), n, passes, list("unique"), list("offsets"), list("positions"), list("room"));
        const taken = (name: keyof typeof lists, length: number): Int32Array =>
          (storage.view(block, "int32", lists[name], length) as Int32Array).slice();
        return { unique: taken("unique", count), offsets: taken("offsets", count + 1), positions: taken("positions", n) };
      } finally {
        storage.free(block);
      }
    },
  };
}
