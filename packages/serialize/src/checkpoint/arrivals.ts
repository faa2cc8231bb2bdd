import { CheckpointFormatError, InternalError } from "@rowan/api";
import type { Header, StoredTensor } from "../format/header.ts";

/** Takes bytes of a tensor, from a place on that is a multiple of 64. */
export type Write = (start: number, bytes: Uint8Array) => void;

/** Memory for some tensors, taken together. */
export interface Room {
  /** The tensors. */
  readonly names: readonly string[];
  /** Takes the memory: a writer for each of the names. */
  readonly open: () => readonly Write[];
  /** What must have its memory before: the room of the weight that a state belongs to. */
  readonly after?: Room | undefined;
}

interface Waiting {
  readonly room: Room;
  readonly total: number;
  arrived: number;
  readonly pieces: { readonly entry: number; readonly start: number; readonly bytes: Uint8Array }[];
}

/**
 * Brings the bytes of a checkpoint to memory that is taken when it is known that the file has something to put there: at once where the
 * size of the file is certain, and of a stream when half of it has arrived. So a header that lies costs at most twice the bytes
 * behind it.
 */
export class Arrivals {
  readonly #entries: ReadonlyMap<string, { readonly index: number; readonly tensor: StoredTensor }>;
  readonly #proven: boolean;
  readonly #taken = new Set<number>();
  readonly #opened = new Set<Room>();
  readonly #writes = new Map<number, Write>();
  readonly #waiting = new Map<number, Waiting>();

  /**
   * @param header - Of the checkpoint.
   * @param proven - The file is as long as the header says.
   */
  constructor(header: Header, proven: boolean) {
    this.#entries = new Map(header.tensors.map((tensor, index) => [tensor.name, { index, tensor }]));
    this.#proven = proven;
  }

  /**
   * A tensor by its name.
   *
   * @param name - One that the header has.
   * @returns What the header says of it.
   */
  tensor(name: string): StoredTensor {
    return this.#entry(name).tensor;
  }

  /**
   * Asks for memory.
   *
   * @param room - For which tensors; nobody else asks for these.
   * @throws CheckpointFormatError where a tensor is asked for twice.
   */
  add(room: Room): void {
    const entries = room.names.map((name) => this.#entry(name));
    for (const [at, { index }] of entries.entries()) {
      if (this.#taken.has(index))
        throw new CheckpointFormatError(`Each tensor of a checkpoint is one thing. Received: "${room.names[at] as string}" for two.`);
      this.#taken.add(index);
    }
    const waiting = { room, total: entries.reduce((total, { tensor }) => total + tensor.length, 0), arrived: 0, pieces: [] };
    for (const { index } of entries) this.#waiting.set(index, waiting);
    if (this.#proven || waiting.total === 0) this.#open(waiting);
  }

  /**
   * Puts a chunk where it goes; what nobody asked for is let go.
   *
   * @param entry - The place of the tensor or asset.
   * @param start - The first byte.
   * @param bytes - The chunk, valid during the call.
   */
  write(entry: number, start: number, bytes: Uint8Array): void {
    const write = this.#writes.get(entry);
    if (write) {
      write(start, bytes);
      return;
    }
    const waiting = this.#waiting.get(entry);
    if (!waiting) return;
    waiting.pieces.push({ entry, start, bytes: bytes.slice() });
    waiting.arrived += bytes.length;
    if (2 * waiting.arrived >= waiting.total) this.#open(waiting);
  }

  /** All bytes have arrived: what still waits for its turn gets its memory. */
  finish(): void {
    for (const waiting of new Set(this.#waiting.values())) this.#open(waiting, true);
  }

  #open(waiting: Waiting, all = false): void {
    const { room, pieces } = waiting;
    if (this.#opened.has(room)) return;
    if (room.after && !this.#opened.has(room.after)) {
      if (!all) return;
      this.#open(this.#waiting.get(this.#entry(room.after.names[0] as string).index) as Waiting, all);
    }
    this.#opened.add(room);
    const writes = room.open();
    for (const [at, name] of room.names.entries()) {
      const { index } = this.#entry(name);
      this.#writes.set(index, writes[at] as Write);
      this.#waiting.delete(index);
    }
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) this.#writes.get(piece.entry)?.(piece.start, piece.bytes);
  }

  #entry(name: string): { readonly index: number; readonly tensor: StoredTensor } {
    const entry = this.#entries.get(name);
    if (!entry) throw new InternalError(`there is no tensor ${name}`);
    return entry;
  }
}
