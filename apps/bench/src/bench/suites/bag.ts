import { createCpuBackend } from "@rowan/backend-cpu";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds, spreads } from "../data.ts";
import type { Spread } from "../data.ts";
import type { LookupInputs } from "../peers/tfjs-lookup.ts";
import type { Room } from "../room.ts";
import { int8TableOf, tableOf } from "../tables.ts";
import { idSets, lookupShapes, sayCount, split } from "./shapes.ts";
import type { LookupShape } from "./shapes.ts";

/** Ids a bag. */
const width = 16;
const modes = ["sum", "mean"] as const;
type Mode = (typeof modes)[number];

/** Sums of 16 weights below 0.05, in whatever order. */
const tolerance = 1e-6;
/** Int8 values of weights below 0.05 are off by at most 0.05 / 254 each, or 0.1 / 510 with an offset and its scale in float16. */
const int8Tolerance = 16 * 4e-4;

/**
 * Bags of 16 ids: `lookupBags({ ids, offsets, mode }, { out })`. One table is searched as int8, too.
 *
 * @param scale - How large.
 */
export function bagCases(scale: Scale): BenchCase[] {
  return lookupShapes[scale].flatMap((shape, at) => {
    const cases: BenchCase[] = spreads.flatMap((spread) => modes.map((mode) => bagCase(shape, spread, mode, false)));
    return at === 1 ? [...cases, bagCase(shape, "uniform", "sum", true)] : cases;
  });
}

function bagCase(shape: LookupShape, spread: Spread, mode: Mode, int8: boolean): BenchCase {
  const { rows, dim, batch } = shape;
  return {
    suite: "bag",
    name: `${sayCount(rows)} x ${dim}, ${int8 ? "int8 " : ""}${mode}, ${spread}`,
    rows: batch,
    bytes: batch * dim * 4,
    tolerance: int8 ? int8Tolerance : tolerance,
    open: (room) => openBags(room, shape, spread, mode, int8),
  };
}

async function openBags(room: Room, { rows, dim, batch }: LookupShape, spread: Spread, mode: Mode, int8: boolean): Promise<Contender[]> {
  const table = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, batch * idSets, spread));
  const inputs = { values: table.values, rows, dim, ids: split(ids.values, idSets) };
  const contenders = [await rowanBags(room, inputs, mode, "Rowan")];
  if (!int8) contenders.push(await rowanBags(room, inputs, mode, "Rowan, WASM alone"));
  // One scale a row, in float32.
  if (int8) contenders.push({ ...(await rowanBags(room, inputs, mode, "Rowan int8")), bytes: batch * (dim + 4) });
  const { python, ceiling } = room;
  const files = { table: table.path, rows, dim, ids: ids.path, batch, sets: idSets };
  contenders.push(
    ...(await ceiling.open({ name: "C ceiling", kind: "bag", ...files, more: [width, mode] })),
    // WebAssembly has no prefetch, and vectors of 16 bytes: so much of the distance to others is not for its kernels to make up.
    ...(await ceiling.open({ name: "C without prefetch, 16-byte vectors", kind: "bag", ...files, more: [width, mode, "plain"] })),
  );
  const fields = { ...files, width, mode };
  contenders.push(...(await python.open({ suite: "bag", kind: "torch", name: "torch embedding_bag", fields })));
  contenders.push(...(await python.open({ suite: "bag", kind: "fbgemm", name: "FBGEMM", fields })));
  if (int8) {
    const bytes = batch * (dim + 4);
    contenders.push(...(await python.open({ suite: "bag", kind: "fbgemm", name: "FBGEMM int8", bytes, fields: { ...fields, int8 } })));
  }
  return contenders;
}

type Name = "Rowan" | "Rowan, WASM alone" | "Rowan int8";

async function rowanBags(room: Room, inputs: LookupInputs, mode: Mode, name: Name): Promise<Contender> {
  const { ids } = inputs;
  const backend = await createCpuBackend({ kernels: name === "Rowan, WASM alone" ? "wasm" : "auto" });
  const table = await (name === "Rowan int8" ? int8TableOf : tableOf)(inputs, backend, room);
  const batch = ids[0]?.length ?? 0;
  const offsets = Int32Array.from({ length: batch / width }, (_, bag) => bag * width);
  const out = table.allocate(offsets.length);
  const call = async (set: number): Promise<Float32Array> =>
    (await table.lookupBags({ ids: ids[set] as Int32Array, offsets, mode }, { out })).data as Float32Array;
  return inProcess({
    name,
    peer: "rowan",
    sets: ids.length,
    call,
    result: () => call(0),
    dispose: () => backend.dispose(),
  });
}
