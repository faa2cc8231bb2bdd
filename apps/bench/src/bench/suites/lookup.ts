import type { Backend } from "@rowan/api";
import { createCpuBackend } from "@rowan/backend-cpu";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds, spreads } from "../data.ts";
import type { Spread } from "../data.ts";
import { gatherWith, tfjsLookup } from "../peers/tfjs-lookup.ts";
import type { LookupInputs } from "../peers/tfjs-lookup.ts";
import type { Room } from "../room.ts";
import { tableOf } from "../tables.ts";
import { idSets, lookupShapes, sayCount, split } from "./shapes.ts";
import type { LookupShape } from "./shapes.ts";

/**
 * Rows of many ids: `lookup(ids, { out })` with memory of `allocate()`, the check of the ids included.
 *
 * @param scale - How large.
 */
export function lookupCases(scale: Scale): BenchCase[] {
  return lookupShapes[scale].flatMap((shape) =>
    spreads.map((spread): BenchCase => {
      const { rows, dim, batch } = shape;
      return {
        suite: "lookup",
        name: `${sayCount(rows)} x ${dim}, ${spread}`,
        rows: batch,
        bytes: batch * dim * 4,
        open: (room) => openLookup(room, shape, spread),
      };
    }),
  );
}

async function openLookup(room: Room, { rows, dim, batch, all = false }: LookupShape, spread: Spread): Promise<Contender[]> {
  const table = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, batch * idSets, spread));
  const inputs = { values: table.values, rows, dim, ids: split(ids.values, idSets) };
  const contenders = [
    await rowanLookup(room, "Rowan", await createCpuBackend(), inputs),
    await rowanLookup(room, "Rowan, WASM alone", await createCpuBackend({ kernels: "wasm" }), inputs),
  ];
  const { python, ceiling, against } = room;
  const fields = { table: table.path, rows, dim, ids: ids.path, batch, sets: idSets };
  contenders.push(...(await ceiling.open({ name: "C ceiling", kind: "gather", ...fields })));
  for (const [kind, name] of [
    ["torch", "torch index_select(out=)"],
    ["numpy", "NumPy take(out=)"],
    ["keras", "TensorFlow gather"],
  ] as const) {
    contenders.push(...(await python.open({ suite: "lookup", kind, name, fields })));
  }
  if (against.has("js")) contenders.push(plainLookup(inputs));
  if (!all) return contenders;
  contenders.push(await rowanLookup(room, "Rowan, plain kernels", await createCpuBackend({ kernels: "plain" }), inputs));
  const { failures, tfjsNode, tfjs } = room;
  if (tfjsNode) {
    const open = (): Promise<Contender> => gatherWith(tfjsNode, "tensorflow", "tfjs-node", "tfjs-node", inputs);
    contenders.push(...(await failures.openInProcess("tfjs-node", open)));
  }
  if (tfjs) {
    for (const engine of ["wasm", "cpu"] as const)
      contenders.push(...(await failures.openInProcess(`tfjs ${engine}`, () => tfjsLookup(tfjs, engine, inputs))));
  }
  return contenders;
}

async function rowanLookup(room: Room, name: string, backend: Backend, inputs: LookupInputs): Promise<Contender> {
  const { ids } = inputs;
  const table = await tableOf(inputs, backend, room);
  const out = table.allocate(ids[0]?.length ?? 0);
  const call = async (set: number): Promise<Float32Array> => (await table.lookup(ids[set] as Int32Array, { out })).data as Float32Array;
  // The backend takes all memory with it.
  return inProcess({ name, peer: "rowan", sets: ids.length, call, result: () => call(0), dispose: () => backend.dispose() });
}

/** What one writes without a library: a loop that copies row after row. */
function plainLookup({ values, dim, ids }: LookupInputs): Contender {
  const out = new Float32Array((ids[0]?.length ?? 0) * dim);
  const call = (set: number): Float32Array => {
    const wanted = ids[set] as Int32Array;
    for (let i = 0; i < wanted.length; i++) {
      const from = (wanted[i] as number) * dim;
      out.set(values.subarray(from, from + dim), i * dim);
    }
    return out;
  };
  return inProcess({ name: "JS set(subarray)", peer: "js", sets: ids.length, call, result: async () => call(0), dispose: () => undefined });
}
