import type { Backend, Handle, TensorRef } from "@rowan/api";
import { tfjsFactory } from "../../known-backends.ts";
import type { BenchCase, Scale } from "../bench-case.ts";
import { inProcess } from "../contender.ts";
import type { Contender } from "../contender.ts";
import { makeIds, randomNumbers } from "../data.ts";
import type { Engine } from "../peers/tfjs-engine.ts";
import type { Room } from "../room.ts";
import { rowanSteps } from "./rowan-steps.ts";
import type { StepShape } from "./rowan-steps.ts";
import { sayCount, split } from "./shapes.ts";

interface EngineShape extends StepShape {
  readonly engine: Engine;
}

/** TensorFlow.js puts Adam's epsilon elsewhere than Keras, and Rowan follows Keras. */
const tolerance = 1e-3;

const scales = {
  full: { rows: { node: 100_000, wasm: 100_000, cpu: 2000 }, dim: 64, samples: 32, width: 20, sets: 512, gathered: [640, 65_536] },
  quick: { rows: { node: 50, wasm: 50, cpu: 50 }, dim: 6, samples: 4, width: 5, sets: 4, gathered: [20] },
} as const satisfies Record<Scale, unknown>;

/**
 * The engines of TensorFlow.js side by side: steps of `Embedding(V, dim) + Flatten + Dense(1)` with Adam in its exact form, and gathers,
 * beside TensorFlow.js alone on the same engine.
 *
 * @param scale - How large.
 */
export function engineCases(scale: Scale): BenchCase[] {
  const { rows, dim, samples, width, sets, gathered } = scales[scale];
  return (["node", "wasm", "cpu"] as const).flatMap((engine): BenchCase[] => [
    {
      suite: "engines",
      name: `${engine}, step, V = ${sayCount(rows[engine])}, ${samples} x ${width}`,
      rows: samples * width,
      sets,
      tolerance,
      open: (room) => openSteps(room, { engine, rows: rows[engine], dim, samples, width, sets }),
    },
    ...gathered.map((batch): BenchCase => ({
      suite: "engines",
      name: `${engine}, gather ${batch} of ${sayCount(rows.node)} x ${dim}`,
      rows: batch,
      bytes: batch * dim * 4,
      open: (room) => openGathers(room, engine, rows.node, dim, batch),
    })),
  ]);
}

async function openSteps(room: Room, shape: EngineShape): Promise<Contender[]> {
  const { engine, rows, dim, samples, width, sets } = shape;
  const random = randomNumbers(0x51ed270b);
  const fill = (length: number, scale: number): Float32Array => Float32Array.from({ length }, () => scale * (random() - 0.5));
  const table = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, samples * width * sets, "uniform"));
  const targets = room.data.share("targets.f32", fill(samples * sets, 2));
  const head = room.data.share("head.f32", fill(width * dim, 0.1));
  // In WASM TensorFlow.js cannot train the table: only the first loss is that of the same model.
  const trainable = engine !== "wasm";
  const resultCalls = trainable ? 2 : 1;
  const inputs = { table: table.values, ids: ids.values, targets: targets.values, head: head.values };
  const contenders = [await rowanSteps(shape, inputs, { name: "Rowan", backend: await tfjsFactory(engine)(), losses: resultCalls })];
  const files = { table: table.path, ids: ids.path, targets: targets.path, head: head.path };
  const fields = { ...files, rows, dim, batch: samples * width, width, sets, resultCalls, trainable };
  for (const [kind, name] of [
    ["layersStep", trainable ? "plain tfjs" : "plain tfjs, table frozen"],
    ...(trainable ? [] : ([["bareStep", "plain tfjs, forward and dense part"]] as const)),
  ] as const) {
    const peer = await room.engine(engine);
    if (peer) contenders.push(...(await peer.open({ kind, name, fields })));
  }
  return contenders;
}

const gatherSets = 8;

async function openGathers(room: Room, engine: Engine, rows: number, dim: number, batch: number): Promise<Contender[]> {
  const table = await room.data.table(rows, dim);
  const ids = room.data.share("ids.i32", makeIds(rows, batch * gatherSets, "uniform"));
  const contenders = [rowanGather(await tfjsFactory(engine)(), table.values, [rows, dim], split(ids.values, gatherSets))];
  const peer = await room.engine(engine);
  const fields = { table: table.path, rows, dim, ids: ids.path, batch, sets: gatherSets };
  if (peer) contenders.push(...(await peer.open({ kind: "gather", name: "tf.gather", fields })));
  return contenders;
}

/** Rows that stay where the engine has them, as those of `tf.gather` do. */
function rowanGather(backend: Backend, values: Float32Array, shape: readonly [number, number], idSets: readonly Int32Array[]): Contender {
  const table: TensorRef = { handle: backend.allocate("float32", values.length), shape, dtype: "float32" };
  backend.write(table, values, 0);
  const ids = idSets.map((set): TensorRef => {
    const tensor: TensorRef = { handle: backend.allocate("int32", set.length), shape: [set.length], dtype: "int32" };
    backend.write(tensor, set, 0);
    return tensor;
  });
  const gather = (set: number): Handle => backend.gather(table, ids[set] as TensorRef);
  return inProcess({
    name: "Rowan",
    peer: "rowan",
    sets: ids.length,
    call: (set) => backend.free(gather(set)),
    result: async () => {
      const length = (idSets[0]?.length ?? 0) * shape[1];
      const handle = gather(0);
      const rows = (await backend.read({ handle, shape: [length], dtype: "float32" }, 0, length)) as Float32Array;
      backend.free(handle);
      return rows;
    },
    dispose: () => backend.dispose(),
  });
}
