import type { PlainKernels } from "../kernels.ts";
import { binaryKernels } from "./binary.ts";
import { castKernels } from "./cast.ts";
import { catchUpKernels } from "./catch-up.ts";
import { copyKernels } from "./copy.ts";
import { linearKernels } from "./linear.ts";
import { nearestKernels } from "./nearest.ts";
import { planKernels } from "./plan.ts";
import { quantizedKernels } from "./quantized.ts";
import { reduceKernels } from "./reduce.ts";
import { rowKernels } from "./rows.ts";
import { unaryKernels } from "./unary.ts";
import { updateKernels } from "./update.ts";
import { winnerKernels } from "./winners.ts";
import { wordVectorKernels } from "./word-vectors.ts";

/** Every kernel in plain TypeScript: the reference, and what runs where WASM SIMD is missing. */
export const plainKernels: PlainKernels = {
  ...copyKernels,
  ...rowKernels,
  ...planKernels,
  ...winnerKernels,
  ...quantizedKernels,
  ...updateKernels,
  ...catchUpKernels,
  ...castKernels,
  ...reduceKernels,
  ...linearKernels,
  ...nearestKernels,
  ...wordVectorKernels,
  ...unaryKernels,
  ...binaryKernels,
};
