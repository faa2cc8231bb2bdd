import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { BenchData, Contender } from "./contender.ts";
import type { TfjsSearch } from "./find-tfjs.ts";

interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

/** What is used of tfjs-core. */
interface TfCore {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor2d(values: Float32Array, shape: [number, number]): TfTensor;
  tensor1d(values: Int32Array, dtype: "int32"): TfTensor;
  gather(table: TfTensor, ids: TfTensor): TfTensor;
  tidy(work: () => void): void;
}

/**
 * TensorFlow.js: makes a tensor of the ids, gathers, reads the rows back.
 *
 * @param search - Where its packages are; none may be missing.
 * @param backend - Which of its backends.
 * @param data - The rows.
 */
export async function tfjsContender(search: TfjsSearch, backend: "wasm" | "cpu", { size, values }: BenchData): Promise<Contender> {
  const entry = (name: string): string => search.found[`@tensorflow/tfjs-${name}`] as string;
  const load = createRequire(entry("core"));
  const core = load(entry("core")) as TfCore;
  // It greets on the console otherwise.
  core.enableProdMode();
  const engine = load(entry(`backend-${backend}`)) as { setWasmPaths?: (folder: string) => void };
  engine.setWasmPaths?.(dirname(entry("backend-wasm")) + sep);
  if (!(await core.setBackend(backend))) throw new Error(`the backend ${backend} of TensorFlow.js does not start here`);
  await core.ready();
  const table = core.tensor2d(values, [size.rows, size.dim]);
  return {
    name: `tfjs ${backend}`,
    lookup: async (ids) => {
      await core.setBackend(backend);
      let rows: Float32Array = new Float32Array(0);
      // Nothing is returned from inside: tidy would search every element of it for tensors.
      core.tidy(() => {
        rows = core.gather(table, core.tensor1d(ids, "int32")).dataSync();
      });
      return rows;
    },
    dispose: () => table.dispose(),
  };
}
