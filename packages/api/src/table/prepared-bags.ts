import type { BagMode } from "../backend/backend.ts";
import { DTypeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { checkHome } from "./away-rows.ts";
import { checkBagMode, checkBags, checkWeightCount } from "./bags.ts";
import type { EmbeddingTable } from "./embedding-table.ts";
import { checkPaddingIdx, keptOffsets } from "./leave-out.ts";
import { preparedLookup, selectRows } from "./prepared-rows.ts";
import type { PreparedLookup } from "./prepared-rows.ts";
import type { BagsInput } from "./row-source.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/** Bags inside of a graph: what `BagsInput` takes, and tensors. */
export interface TensorBags extends Omit<BagsInput, "ids" | "weights"> {
  /** As in `BagsInput`, or a tensor `[bags, width]`, without offsets. */
  readonly ids: BagsInput["ids"] | Tensor;
  /** As in `BagsInput`, or a float32 tensor with one element for each id, in the order of ids: it gets a gradient. */
  readonly weights?: BagsInput["weights"] | Tensor;
}

/** Bags that are checked, with their rows and their plan. */
export interface PreparedBags extends PreparedLookup {
  /** `[bags + 1]`, over the ids that take part. */
  readonly offsets: Int32Array;
  readonly mode: BagMode;
  /** For each id that takes part its factor, on the host. */
  readonly factors?: Float32Array;
  /** For each given id its factor, computed by the graph. */
  readonly computed?: Tensor;
}

/**
 * Checks bags of a graph and finds their rows; ids of phase one are neither checked nor planned again.
 *
 * @param table - The table.
 * @param bags - See `TensorBags`.
 * @param training - A gradient will come back to the rows.
 * @returns Bags for kernels.
 * @throws What `checkBags` throws; ShapeMismatchError for a tensor of ids that is no rectangle; DTypeError for weights that are not
 *   float32; UnsupportedOpError for computed ids where the backend cannot.
 */
export function prepareBags(table: EmbeddingTable, bags: TensorBags, training: boolean): PreparedBags {
  // A table without a backend gets one now, before its rows are looked for.
  const { backend } = table;
  const { ids, weights, paddingIdx, ...rest } = bags;
  const mode = checkBagMode(bags.mode, weights !== undefined);
  const computed = weights instanceof Tensor && !weights.host ? checkWeights(weights) : undefined;
  const known = computed ? undefined : weights instanceof Tensor ? weights.host?.data : weights;

  if (ids instanceof Tensor && known === undefined) {
    const offsets = rectangleOffsets(ids, bags);
    if (computed) checkWeightCount(computed.size, ids.size);
    const lookup = preparedLookup(table, ids, training, checkPaddingIdx("paddingIdx", paddingIdx, table.inputDim));
    return { ...lookup, offsets: lookup.kept ? keptOffsets(offsets, lookup.kept) : offsets, mode, ...(computed && { computed }) };
  }
  if (ids instanceof Tensor) {
    checkHome(table.variable, ids);
    rectangleOffsets(ids, bags);
  }
  const host = ids instanceof Tensor ? (ids.host ?? ids.readSync()) : ids;
  const checked = checkBags(
    { ...rest, ids: host, ...(known && { weights: known }), ...(paddingIdx !== undefined && { paddingIdx }) },
    table.inputDim,
    undefined,
    backend,
  );
  if (computed) checkWeightCount(computed.size, checked.given);
  const { source, ids: places } = selectRows(table, checked.ids, training);
  return {
    ids: checked.ids,
    offsets: checked.offsets,
    mode,
    source,
    places: hostVector(backend, places),
    ...(checked.kept && { kept: checked.kept }),
    ...(checked.weights && { factors: checked.weights }),
    ...(computed && { computed }),
  };
}

function rectangleOffsets(ids: Tensor, { offsets }: TensorBags): Int32Array {
  if (offsets !== undefined) {
    throw new InvalidArgumentError(
      `Bags with \`offsets\` take their ids from the host. Received: offsets and a tensor of shape ${formatShape(ids.shape)}. Pass the ids as a typed array, or a tensor [bags, width] without offsets.`,
    );
  }
  if (ids.rank !== 2) {
    throw new ShapeMismatchError(
      `A tensor of bags must have the shape [bags, width]. Received: ids of shape ${formatShape(ids.shape)}. Reshape it, or pass ids with offsets.`,
    );
  }
  const [bags = 0, width = 0] = ids.shape;
  return Int32Array.from({ length: bags + 1 }, (_, bag) => bag * width);
}

function checkWeights(weights: Tensor): Tensor {
  if (weights.dtype === "float32") return weights;
  throw new DTypeError(
    `\`weights\` of bags must be float32. Received: a tensor of dtype ${weights.dtype}. Convert it with cast(x, "float32").`,
  );
}
