import type { Workload } from "@rowan/api";
import type { Scale } from "../bench-case.ts";

/** The largest table of the grid, in values: with its two moments it takes three times 256 MiB. */
const mostValues = 2 ** 26;

const axes: Readonly<
  Record<Scale, { readonly rows: readonly number[]; readonly dims: readonly number[]; readonly batches: readonly number[] }>
> = {
  full: { rows: [1000, 100_000, 1_000_000], dims: [8, 64, 256], batches: [16, 1024, 16_384] },
  quick: { rows: [100], dims: [8], batches: [16] },
};

/**
 * The settings for which backends are chosen: each table with each batch, looked up and trained.
 *
 * @param scale - How large.
 */
export function listSettings(scale: Scale): Workload[] {
  const { rows, dims, batches } = axes[scale];
  return (["lookup", "train"] as const).flatMap((work) =>
    rows.flatMap((inputDim) =>
      dims
        .filter((outputDim) => inputDim * outputDim <= mostValues)
        .flatMap((outputDim) => batches.map((batch): Workload => ({ inputDim, outputDim, batch, work }))),
    ),
  );
}
