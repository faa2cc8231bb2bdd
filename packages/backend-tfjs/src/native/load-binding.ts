import type * as NodeModule from "node:module";
import type * as NodePath from "node:path";
import { BackendUnavailableError } from "@rowan/api";
import type { TensorFlowBinding } from "./binding.ts";

const remedy =
  'Run `npm install --ignore-scripts @tensorflow/tfjs-node node-api-headers` and then `npm exec --no rowan-tfjs-node`, which builds it without its own installer; or choose the engine "wasm".';

/**
 * Loads the native module of @tensorflow/tfjs-node, without its JavaScript: that would make itself the active backend, and calls
 * functions of Node that are gone since version 23.
 *
 * @returns The module.
 * @throws BackendUnavailableError when the package is missing, not built, or cannot be loaded here.
 */
export function loadBinding(): TensorFlowBinding {
  // Asked for here and not imported, since browsers load this file too.
  const scope = globalThis as { process?: Partial<NodeJS.Process> };
  const modules = scope.process?.getBuiltinModule?.("node:module");
  const paths = scope.process?.getBuiltinModule?.("node:path");
  if (!modules || !paths) {
    throw new BackendUnavailableError(
      'The engine "node" must run in Node. Received: a runtime without its modules. Choose the engine "wasm".',
    );
  }
  const { createRequire } = modules;
  const folder = findPackage(createRequire, paths);
  // TensorFlow tells on standard error which instructions it was built for, whenever it starts.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  try {
    return createRequire(import.meta.url)(`${folder}/lib/napi-v8/tfjs_binding.node`) as TensorFlowBinding;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new BackendUnavailableError(`The engine "node" must load its native module. Received: ${reason}. ${remedy}`, { cause });
  }
}

/** Where ROWAN_TFJS_NODE says, beside this package, or where the program runs. */
function findPackage(createRequire: typeof NodeModule.createRequire, paths: typeof NodePath): string {
  const named = process.env["ROWAN_TFJS_NODE"];
  // A relative folder is one of the working folder's, as everywhere in a shell.
  const starts = [...(named ? [paths.resolve(named, "package.json")] : []), import.meta.url, paths.resolve("package.json")];
  for (const start of starts) {
    try {
      return createRequire(start).resolve("@tensorflow/tfjs-node/package.json").slice(0, -"/package.json".length);
    } catch {
      // The next place may have it.
    }
  }
  const also = named ? `, and not in ROWAN_TFJS_NODE=${named} either` : "";
  throw new BackendUnavailableError(
    `The engine "node" must find the package @tensorflow/tfjs-node. Received: it is not installed${also}. ${remedy}`,
  );
}
