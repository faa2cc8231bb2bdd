import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import type { TfjsSearch } from "./find-tfjs.ts";
import type { LookupInputs, TfCore } from "./tfjs-lookup.ts";

interface TfSaving extends TfCore {
  readonly io: {
    encodeWeights(tensors: Readonly<Record<string, unknown>>): Promise<{ data: ArrayBuffer; specs: readonly object[] }>;
  };
}

/** A write of the system's takes less than 2 GiB. */
const pieceBytes = 2 ** 26;

/**
 * What TensorFlow.js does with the weights of a model that is saved: it puts them into one buffer and hands that to its handler, which
 * here writes and flushes it.
 *
 * @param search - Where its packages are; none may be missing.
 * @param table - The rows.
 * @param path - The file.
 */
export async function tfjsSave(search: TfjsSearch, { values, rows, dim }: Omit<LookupInputs, "ids">, path: string): Promise<Contender> {
  const entry = (name: string): string => search.found[`@tensorflow/tfjs-${name}`] as string;
  const load = createRequire(entry("core"));
  const core = load(entry("core")) as TfSaving;
  core.enableProdMode();
  load(entry("backend-cpu"));
  await core.setBackend("cpu");
  await core.ready();
  const vectors = core.tensor2d(values, [rows, dim]);
  const save = async (): Promise<void> => {
    const { data } = await core.io.encodeWeights({ vectors });
    const file = openSync(path, "w");
    for (let at = 0; at < data.byteLength; at += pieceBytes)
      writeSync(file, new Uint8Array(data, at, Math.min(pieceBytes, data.byteLength - at)));
    fsyncSync(file);
    closeSync(file);
  };
  return inProcess({ name: "tfjs save, flushed", peer: "tfjs", sets: 1, call: save, dispose: () => vectors.dispose() });
}
