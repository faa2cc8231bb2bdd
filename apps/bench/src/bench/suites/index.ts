import { suites } from "../bench-case.ts";
import type { BenchCase, Scale, Suite } from "../bench-case.ts";
import { bagCases } from "./bag.ts";
import { checkpointCases } from "./checkpoint.ts";
import { engineCases } from "./engines.ts";
import { lookupCases } from "./lookup.ts";
import { neighbourCases } from "./neighbours.ts";
import { poolCases } from "./pool.ts";
import { startCases } from "./start.ts";
import { sizeCases } from "./size.ts";
import { trainCases } from "./train.ts";
import { wordCases } from "./words.ts";

const makers: Readonly<Record<Suite, (scale: Scale) => BenchCase[]>> = {
  lookup: lookupCases,
  bag: bagCases,
  train: trainCases,
  neighbours: neighbourCases,
  checkpoint: checkpointCases,
  pool: poolCases,
  engines: engineCases,
  words: wordCases,
  start: () => startCases(),
  size: () => sizeCases(),
};

/**
 * The cases of some suites.
 *
 * @param wanted - Which suites; their own order counts.
 * @param scale - How large.
 * @param only - A text that names must contain; all when left out.
 */
export function listCases(wanted: readonly Suite[], scale: Scale, only = ""): BenchCase[] {
  return suites
    .filter((suite) => wanted.includes(suite))
    .flatMap((suite) => makers[suite](scale).filter(({ name }) => name.includes(only)));
}
