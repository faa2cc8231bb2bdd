import { createCpuBackend } from "@rowan/backend-cpu";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds } from "../data.ts";
import type { Room } from "../room.ts";
import { int8TableOf, tableOf } from "../tables.ts";
import { sayCount } from "./shapes.ts";

const metrics = ["dot", "cosine"] as const;
const k = 10;
const sets = 16;

const shapes: Readonly<Record<Scale, { readonly rows: number; readonly dim: number }>> = {
  full: { rows: 1_000_000, dim: 64 },
  quick: { rows: 300, dim: 8 },
};

/**
 * The ten rows nearest to one query: `mostSimilar(vector, { k, metric })`, also of rows in int8.
 *
 * @param scale - How large.
 */
export function neighbourCases(scale: Scale): BenchCase[] {
  const { rows, dim } = shapes[scale];
  return metrics.map((metric) => ({
    suite: "neighbours",
    name: `${sayCount(rows)} x ${dim}, ${metric}, one query`,
    rows,
    bytes: rows * dim * 4,
    open: (room) => openSearches(room, rows, dim, metric),
  }));
}

async function openSearches(room: Room, rows: number, dim: number, metric: (typeof metrics)[number]): Promise<Contender[]> {
  const { python } = room;
  const shared = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, sets, "uniform"));
  const backend = await createCpuBackend();
  const given = { values: shared.values, rows, dim };
  const table = await tableOf(given, backend, room);
  const call = async (set: number): Promise<number[]> => {
    const from = (ids.values[set] as number) * dim;
    return (await table.mostSimilar(shared.values.subarray(from, from + dim), { k, metric })).map(({ id }) => id);
  };
  const contenders = [inProcess({ name: "Rowan", peer: "rowan", sets, call, result: () => call(0), dispose: () => backend.dispose() })];
  contenders.push({ ...(await openInt8(room, given, ids.values, metric)), bytes: rows * (dim + 4) });
  const fields = { table: shared.path, rows, dim, ids: ids.path, batch: 1, sets, k, metric };
  for (const [kind, name] of [
    ["numpy", "NumPy table @ q, argpartition"],
    ["torch", "torch mv, topk"],
    ["gensim", "gensim similar_by_vector"],
  ] as const) {
    // gensim knows the cosine alone.
    if (kind !== "gensim" || metric === "cosine") contenders.push(...(await python.open({ suite: "neighbours", kind, name, fields })));
  }
  return contenders;
}

/** The same rows in a quarter of the bytes. Roundings may let two rows change places, so that its ids are not compared. */
async function openInt8(
  room: Room,
  given: { readonly values: Float32Array; readonly rows: number; readonly dim: number },
  ids: Int32Array,
  metric: (typeof metrics)[number],
): Promise<Contender> {
  const backend = await createCpuBackend();
  const table = await int8TableOf(given, backend, room);
  const { values, dim } = given;
  const call = async (set: number): Promise<unknown> => {
    const from = (ids[set] as number) * dim;
    return table.mostSimilar(values.subarray(from, from + dim), { k, metric });
  };
  return inProcess({ name: "Rowan int8", peer: "rowan", sets, call, dispose: () => backend.dispose() });
}
