import { EmbeddingTable } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds } from "../data.ts";
import type { Room } from "../room.ts";
import { sayCount } from "./shapes.ts";

const metrics = ["dot", "cosine"] as const;
const k = 10;
const sets = 16;

const shapes: Readonly<Record<Scale, { readonly rows: number; readonly dim: number }>> = {
  full: { rows: 1_000_000, dim: 64 },
  quick: { rows: 300, dim: 8 },
};

/**
 * The ten rows nearest to one query: `mostSimilar(vector, { k, metric })`.
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
  const shared = room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, sets, "uniform"));
  const backend = await createCpuBackend();
  const table = EmbeddingTable.from(shared.values, { shape: [rows, dim], backend });
  const call = async (set: number): Promise<number[]> => {
    const from = (ids.values[set] as number) * dim;
    return (await table.mostSimilar(shared.values.subarray(from, from + dim), { k, metric })).map(({ id }) => id);
  };
  const contenders = [inProcess({ name: "Rowan", peer: "rowan", sets, call, result: () => call(0), dispose: () => backend.dispose() })];
  const fields = { table: shared.path, rows, dim, ids: ids.path, batch: 1, sets, k, metric };
  for (const [kind, name] of [
    ["numpy", "NumPy table @ q, argpartition"],
    ["torch", "torch mv, topk"],
    ["gensim", "gensim similar_by_vector"],
  ] as const) {
    // gensim knows the cosine alone.
    if (python.has(kind) && (kind !== "gensim" || metric === "cosine")) {
      contenders.push(await python.open({ suite: "neighbours", kind, name, fields }));
    }
  }
  return contenders;
}
