import { EmbeddingTable, setBackend } from "@rowan/api";
import type { NestedArray } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";

const ingredients = ["flour", "sugar", "butter", "tomato", "basil", "garlic"];
/** How sweet and how savoury each is. */
const vectors = [
  [0.5, 0.5],
  [1, 0],
  [0.7, 0.3],
  [0.2, 0.9],
  [0, 1],
  [0, 1],
];

/** Bags: many ids, one vector. Recipes are bags of ingredients. */
export async function main(): Promise<{ means: NestedArray; weighted: NestedArray; nearest: string }> {
  setBackend(await createCpuBackend());
  const table = EmbeddingTable.from(vectors);

  // One after another with offsets: a cake of flour, sugar and butter, and a sauce of tomato, basil and garlic.
  const bags = { ids: Int32Array.of(0, 1, 2, 3, 4, 5), offsets: Int32Array.of(0, 3) };
  const means = await table.lookupBags({ ...bags, mode: "mean" });
  console.log(`Means of the recipes:\n${means.toString()}`);

  // One array a bag, with a weight for each id: twice as much sugar; an empty bag gives zeros.
  const weighted = await table.lookupBags({ ids: [[0, 1], []], weights: [[1, 2], []], mode: "sum" });
  console.log(`Weighted sums:\n${weighted.toString()}`);

  const [first] = await table.mostSimilar(means.slice(1, 2).reshape([2]), { k: 1, exclude: [3, 4, 5] });
  const nearest = ingredients[first?.id ?? -1] ?? "";
  console.log(`What of the cake goes with the sauce best: ${nearest}`);
  return { means: means.toArray(), weighted: weighted.toArray(), nearest };
}
