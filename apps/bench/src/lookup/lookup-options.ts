import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { InvalidIdPolicy } from "@rowan/api";
import { UsageError } from "../failure.ts";
import { formatOf } from "../files/vector-sink.ts";
import type { UnknownPolicy } from "../ids/cell-reader.ts";
import { formatOfIds } from "../ids/open-ids.ts";
import type { IdFormat } from "../ids/open-ids.ts";
import type { BackendName } from "./open-backend.ts";
import type { BagMode } from "./row-server.ts";

/** What `rowan lookup` was asked for. */
export interface LookupOptions {
  readonly table: string;
  readonly ids: string;
  readonly out: string;
  readonly tensor?: string;
  readonly idsFormat?: IdFormat;
  readonly column?: string;
  readonly weights?: string;
  readonly mode?: BagMode;
  readonly padding?: number;
  readonly words?: boolean;
  readonly unknown: UnknownPolicy;
  readonly skipBadLines?: boolean;
  readonly invalidIds: InvalidIdPolicy;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly batch: number;
  readonly resume?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The same as the parser gives it, before anything was checked. */
export type GivenOptions = Partial<LookupOptions> &
  Pick<LookupOptions, "unknown" | "invalidIds" | "backend" | "batch"> & { readonly checkpoint?: string };

/**
 * Checks what only several options together can be wrong with.
 *
 * @param given - As the parser gives them.
 * @throws UsageError for the first fault.
 */
export function checkLookupOptions({ checkpoint, ...given }: GivenOptions): LookupOptions {
  if (checkpoint !== undefined && given.table !== undefined) throw new UsageError("--table and --checkpoint cannot be used together.");
  const { table = checkpoint, ids, out } = given;
  // Commander's own check comes before that of unknown options: after a slip like --tabel it would say that --table is missing.
  if (table === undefined) throw new UsageError("required option '--table <file>' not specified");
  if (ids === undefined) throw new UsageError("required option '--ids <file>' not specified");
  if (out === undefined) throw new UsageError("required option '--out <file>' not specified");
  const { weights, mode } = given;
  const inputs = [table, ids, ...(weights === undefined || hasColumns(ids, given.idsFormat) ? [] : [weights])];
  if (out !== "-" && inputs.some((input) => resolve(input) === resolve(out))) {
    throw new UsageError(`--out must be another file than what is read. Received: --out ${out}.`);
  }
  formatOf(out);
  if (weights !== undefined && mode === undefined) throw new UsageError("--weights needs --mode sum, mean or sqrtn.");
  if (weights !== undefined && mode === "max") throw new UsageError("--weights cannot be used with --mode max.");
  if (given.padding !== undefined && mode === undefined) throw new UsageError("--padding needs --mode.");
  if (weights === "-") throw new UsageError("--weights must be a file or a column. Received: --weights -.");
  if (given.resume === true && (ids === "-" || formatOf(out) === "stdout")) {
    throw new UsageError("--resume needs files: --ids and --out cannot be - with it.");
  }
  return { ...given, table, ids, out };
}

/**
 * Whether `--weights` names a column of the ids' own file.
 *
 * @param ids - The file of the ids.
 * @param format - Its form where that was given.
 */
export function hasColumns(ids: string, format: IdFormat | undefined): boolean {
  return !["npy", "txt"].includes(formatOfIds(ids, format));
}

/**
 * How many vectors are looked up at once.
 *
 * @param text - As it was written.
 */
export function parseBatch(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1 << 24) throw new InvalidArgumentError(`It must be an integer from 1 to ${1 << 24}.`);
  return count;
}
