import { binary } from "./binary.ts";
import { capabilities } from "./capabilities.ts";
import type { Group } from "./case.ts";
import { cast } from "./cast.ts";
import { catchUp } from "./catch-up.ts";
import { comparison } from "./comparison.ts";
import { concat } from "./concat.ts";
import { fill } from "./fill.ts";
import { gatherMax } from "./gather-max.ts";
import { gatherReduce } from "./gather-reduce.ts";
import { gather } from "./gather.ts";
import { ids } from "./ids.ts";
import { lifecycle } from "./lifecycle.ts";
import { matmul } from "./matmul.ts";
import { members } from "./members.ts";
import { nearestRows } from "./nearest-rows.ts";
import { permute } from "./permute.ts";
import { plan } from "./plan.ts";
import { quantized } from "./quantized.ts";
import { reduce } from "./reduce.ts";
import { rowDots } from "./row-dots.ts";
import { scatter } from "./scatter.ts";
import { slice } from "./slice.ts";
import { storage } from "./storage.ts";
import { sumWinners } from "./sum-winners.ts";
import { takeBehindGroup } from "./take-behind.ts";
import { topK } from "./top-k.ts";
import { unary } from "./unary.ts";
import { updateAdagrad } from "./update-adagrad.ts";
import { updateAdam } from "./update-adam.ts";
import { updateGolden } from "./update-golden.ts";
import { updateRmsprop } from "./update-rmsprop.ts";
import { updateRowwiseAdagrad } from "./update-rowwise-adagrad.ts";
import { updateSgd } from "./update-sgd.ts";
import { where } from "./where.ts";

/** The whole suite, in the order in which a new backend gets its members. */
export const groups: readonly Group[] = [
  members,
  capabilities,
  storage,
  ids,
  takeBehindGroup,
  gather,
  scatter,
  gatherReduce,
  plan,
  updateSgd,
  updateAdam,
  updateRmsprop,
  updateAdagrad,
  updateRowwiseAdagrad,
  updateGolden,
  catchUp,
  unary,
  binary,
  comparison,
  cast,
  matmul,
  reduce,
  permute,
  fill,
  where,
  concat,
  slice,
  topK,
  nearestRows,
  gatherMax,
  sumWinners,
  rowDots,
  quantized,
  lifecycle,
];
