import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../engines/tfjs-node", import.meta.url));

/**
 * Whether native TensorFlow was built in this repository; where it was, `createTfjsBackend` finds it from now on.
 *
 * @returns False where `npm run setup:engines -- tfjs-node` was not run.
 */
export function hasNativeEngine(): boolean {
  process.env["ROWAN_TFJS_NODE"] = folder;
  return existsSync(`${folder}/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node`);
}
