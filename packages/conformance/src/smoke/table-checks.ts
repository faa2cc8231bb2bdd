import { EmbeddingTable } from "@rowan/api";
import type { NamedCheck } from "./named-check.ts";
import { hashBits, portable } from "./smoke-report.ts";

const offsets = Int32Array.of(0, 3, 3, 5);
const ids = Int32Array.of(5, 9, 2, 7, 7);

async function lookup(): Promise<{ same: string }> {
  const table = EmbeddingTable.create({ inputDim: 1000, outputDim: 24, seed: 5 });
  const rows = await table.lookup([999, 0, 1, 4, 1, 500]);
  table.dispose();
  return { same: hashBits(rows.data) };
}

async function bags(): Promise<{ close: (number | string)[] }> {
  const table = EmbeddingTable.create({ inputDim: 10, outputDim: 6, seed: 6 });
  const numbers: number[] = [];
  for (const mode of ["sum", "mean", "max", "sqrtn"] as const) {
    numbers.push(...(await table.lookupBags({ ids, offsets, mode })).data);
  }
  const weights = Float32Array.of(0.5, -1, 2, 0.25, 1);
  numbers.push(...(await table.lookupBags({ ids, offsets, weights, mode: "sum" })).data);
  table.dispose();
  return { close: portable(numbers) };
}

async function neighbours(): Promise<{ same: string; close: (number | string)[] }> {
  const table = EmbeddingTable.create({ inputDim: 500, outputDim: 16, seed: 8 });
  const near = await table.mostSimilar(3, { k: 10, metric: "cosine" });
  table.dispose();
  return { same: near.map(({ id }) => id).join(" "), close: portable(near.map(({ score }) => score)) };
}

async function errors(): Promise<{ same: string }> {
  const table = EmbeddingTable.create({ inputDim: 10, outputDim: 2, seed: 1 });
  const message = await table.lookup([1, 10]).then(
    () => "no error",
    (error: unknown) => String(error),
  );
  table.dispose();
  return { same: message };
}

/**
 * What a table does without a model.
 *
 * @returns The checks.
 */
export function tableChecks(): NamedCheck[] {
  return [
    ["lookup", lookup],
    ["bags", bags],
    ["neighbours", neighbours],
    ["an id out of range", errors],
  ];
}
