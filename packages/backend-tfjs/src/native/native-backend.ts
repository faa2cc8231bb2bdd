import type { Backend } from "@rowan/api";
import type { TensorFlowBinding } from "./binding.ts";
import { denseMembers } from "./dense.ts";
import { NativeContext } from "./native-context.ts";
import { Operations } from "./operations.ts";
import { rowMembers } from "./rows.ts";
import { storageMembers } from "./storage.ts";

/**
 * The contract over native TensorFlow.
 *
 * @param binding - The native module of @tensorflow/tfjs-node.
 * @returns A backend that counts and frees its own tensors only.
 */
export function createNativeBackend(binding: TensorFlowBinding): Backend {
  const context = new NativeContext(new Operations(binding));
  return {
    name: "tfjs",
    device: `native TensorFlow ${binding.TF_Version}`,
    capabilities: {
      dtypes: ["float32", "int32", "uint8", "int8", "bool"],
      maxTableBytes: context.limit,
      syncRead: true,
      syncRows: true,
      sharedTables: false,
      deterministic: true,
    },
    ...storageMembers(context),
    ...rowMembers(context),
    ...denseMembers(context),
  };
}
