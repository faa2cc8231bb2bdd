import { gatherMax } from "../backend/defaults.ts";
import type { EmbeddingTable } from "../table/embedding-table.ts";
import { prepareBags } from "../table/prepared-bags.ts";
import type { PreparedBags, TensorBags } from "../table/prepared-bags.ts";
import { withFloatRows } from "../table/prepared-rows.ts";
import { reduceRows } from "../table/stored-rows.ts";
import { bagFactors, bagOfEach } from "./bag-factors.ts";
import { divideBags, keepElements, sumRowsOfBags } from "./bag-weights.ts";
import { isRecording, recordRows } from "./tape.ts";
import { Tensor, hostVector } from "../tensor/tensor.ts";

/**
 * One row for each bag of ids, inside of a graph. No row for each id is made on the way there or back, on backends whose members
 * do it in one pass.
 *
 * The gradient goes to the touched rows alone, and to `weights` that are a tensor of the graph: with the sum S of w x, the mean
 * y = S / Σw and g coming in, a weight gets x·g (`"sum"`), (x - y)·g / Σw (`"mean"`) or x·g / d - w y·g / d² with d = sqrt(Σw²)
 * (`"sqrtn"`); where the divisor is 0, result and gradients are 0. With `"max"` each element's gradient goes to the first id of
 * the bag that attains the maximum; a NaN is larger than every number, so the first NaN gets it.
 *
 * @param table - The table.
 * @param bags - A rectangle, ids with offsets, or one array of ids a bag; mode, weights, padding index. Offsets are on the host;
 *   ids without offsets, and weights, may be tensors.
 * @returns Float32 `[bags, outputDim]`; an empty bag gives zeros.
 * @throws InvalidArgumentError for offsets, modes and weights that cannot be; ShapeMismatchError for weights of another number than
 *   ids; IndexOutOfRangeError for ids outside of the table; UnsupportedOpError for computed ids where the backend cannot.
 */
export function lookupBags(table: EmbeddingTable, bags: TensorBags): Tensor {
  const training = isRecording();
  const prepared = prepareBags(table, bags, training);
  if (!training) return reduceBags(prepared);
  if (prepared.mode === "max") return maximaOfBags(table, prepared);
  if (prepared.computed) return weighBags(table, prepared, prepared.computed);
  const { ids, offsets, mode, factors, plan } = prepared;
  const use = bagFactors(offsets, factors, mode);
  return recordRows(reduceBags(prepared), { variable: table.variable, ids, ...use, ...(plan && { plan }) });
}

/** Forward alone. */
function reduceBags(bags: PreparedBags): Tensor {
  const { backend } = bags.source;
  const { source, places, offsets, mode, factors, computed, kept } = bags;
  const weights = computed ? keepElements(computed, kept) : factors && hostVector(backend, factors);
  return reduceRows({
    source,
    ids: places.view([places.size]),
    offsets: hostVector(backend, offsets),
    mode,
    ...(weights && { weights }),
  });
}

function maximaOfBags({ outputDim, variable }: EmbeddingTable, bags: PreparedBags): Tensor {
  const { backend } = bags.source;
  const { ids, source, places, offsets, plan } = withFloatRows(bags);
  const shape = [offsets.length - 1, outputDim];
  const input = { source, ids: places.view([places.size]), offsets: hostVector(backend, offsets), hostOffsets: offsets };
  const result = gatherMax(backend, input);
  const winners = Tensor.own(backend, result.winners, shape, "int32");
  const values = Tensor.own(backend, result.values, shape, "float32");
  return recordRows(values, { variable, ids, resultRows: bagOfEach(offsets), winners, ...(plan && { plan }) });
}

/** Weights that may get a gradient: a weighted sum, divided where the mode says so. */
function weighBags(table: EmbeddingTable, bags: PreparedBags, computed: Tensor): Tensor {
  const weights = keepElements(computed, bags.kept);
  return divideBags(sumRowsOfBags(table, bags, weights), weights, bags.offsets, bags.mode);
}
