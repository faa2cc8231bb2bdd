/** Backends that compute nothing and move a clock of their own: what choosing does with times, without any time passing. */
import type { Backend, Hardware, SelectionCache, TensorRef, WorkCost } from "@rowan/api";

/** A clock that stands still unless somebody moves it. */
export class Clock {
  ms = 0;

  now(): number {
    return this.ms;
  }
}

/** How a pretended backend behaves. */
export interface Pretence {
  readonly cost: WorkCost;
  readonly device?: string;
  readonly hardware?: Hardware;
  readonly maxTableBytes?: number;
  /** Nanoseconds a step for each value of the table: an update that copies it. */
  readonly tableNs?: number;
  /** Milliseconds that the very first call takes beside: kernels are compiled. */
  readonly firstMs?: number;
  /** Every so many calls one is interrupted, for 20 ms. */
  readonly interruptedEvery?: number;
}

/**
 * A backend whose calls cost what is said.
 *
 * @param clock - Moved by each read, which ends a piece of work.
 * @param pretence - What it costs, and what it says of itself.
 * @param dispose - Called when it is disposed of.
 */
export function pretend(
  clock: Clock,
  { cost, device = "pretended", hardware, maxTableBytes = 2 ** 32, tableNs = 0, firstMs = 0, interruptedEvery = Infinity }: Pretence,
  dispose = (): void => undefined,
): Backend {
  let live = 0;
  let calls = 0;
  let ids = 0;
  let dim = 0;
  const handle = (): object => {
    live++;
    return {};
  };
  const backend: Partial<Backend> = {
    name: "pretended",
    device,
    ...(hardware && { hardware }),
    capabilities: { dtypes: ["float32"], maxTableBytes, syncRead: false, syncRows: false, sharedTables: false, deterministic: true },
    allocate: handle,
    fill: () => undefined,
    write: () => undefined,
    free: () => {
      live--;
    },
    memory: () => ({ buffers: live, bytes: 0 }),
    dispose,
    gather(source: TensorRef, where: TensorRef) {
      [ids = 0] = where.shape;
      [, dim = 0] = source.shape;
      return handle();
    },
    gatherReduce: handle,
    matmul: handle,
    unary: handle,
    binary: handle,
    reduce: handle,
    update({ target }) {
      const [rows = 0, width = 0] = target.shape;
      clock.ms += (rows * width * tableNs) / 1e6;
    },
    planRows: (list) => ({ unique: list, positions: list, offsets: new Int32Array(list.length + 1) }),
    async read(_source, _offset, length) {
      clock.ms += calls++ === 0 ? firstMs : calls % interruptedEvery === 0 ? 20 : 0;
      clock.ms += cost.callMs + (ids * (cost.idNs + dim * cost.valueNs)) / 1e6;
      return new Float32Array(length);
    },
  };
  return backend as Backend;
}

/** A cache in memory. */
export class MemoryCache implements SelectionCache {
  text: string | undefined;

  async read(): Promise<string | undefined> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.text = text;
  }
}
