import { constants } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { SinkState } from "../files/vector-sink.ts";
import { partPath } from "../files/out-file.ts";
import { sampleChecksum } from "../files/sample-checksum.ts";
import { FileError } from "../failure.ts";
import { noteUnfinished } from "../interruption/unfinished.ts";

/** What a job is, so that it is not gone on with as another one: values by names that messages can show. */
export type JobMarks = Readonly<Record<string, string | number | boolean | null>>;

interface SavedJob {
  readonly program: "rowan";
  readonly version: 2;
  readonly marks: JobMarks;
  readonly sink: SinkState;
  /** Of what is written, as `sampleChecksum` gives it. */
  readonly checksum: number;
}

/** The least room for a state, in bytes. The places of a format's groups can make it long. */
const leastRoom = 1 << 20;

/**
 * Where the state of a job is kept while it is not complete.
 *
 * @param out - The file that it writes.
 */
export function statePath(out: string): string {
  return `${out}.resume`;
}

/**
 * The marks of a file: where it is, how long, and when it was written.
 *
 * @param path - The file.
 * @throws The system's error where it is not there.
 */
export async function markFile(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${resolve(path)} of ${size} bytes, ${new Date(mtimeMs).toISOString()}`;
}

/**
 * The state of a job beside its output. A disk that has become full is where it is needed most, and has no room for it: the file that the
 * next state will be is there before, as large as it may become.
 */
export class JobState {
  readonly #out: string;
  readonly #marks: JobMarks;
  #forgetRoom: (() => void) | undefined;

  /**
   * @param out - The file that the job writes.
   * @param marks - What the job is.
   */
  constructor(out: string, marks: JobMarks) {
    this.#out = out;
    this.#marks = marks;
  }

  /**
   * Where an earlier run of the same job came to.
   *
   * @returns Undefined where there is nothing to go on with.
   * @throws FileError where what is there is of another job, or damaged.
   */
  async load(): Promise<SinkState | undefined> {
    const path = statePath(this.#out);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const saved = parseState(text);
    if (saved === undefined)
      throw new FileError(`${path} must be what an earlier run left. Received: something else. Remove it to begin anew.`);
    const differing = Object.keys({ ...saved.marks, ...this.#marks }).filter((name) => saved.marks[name] !== this.#marks[name]);
    if (differing.length > 0) {
      throw new FileError(
        `${path} must be of the same files and options. Received: others for ${differing.join(", ")}. Remove it, or leave --resume out, to begin anew.`,
      );
    }
    const part = partPath(this.#out);
    const { bytes } = saved.sink;
    const there = await stat(part).catch(() => undefined);
    if (there === undefined || there.size < bytes) {
      throw new FileError(
        `${part} must have the ${bytes} bytes that ${path} tells of. Received: ${there?.size ?? "no file"}. Remove both to begin anew.`,
      );
    }
    if ((await sampleChecksum(part, bytes)) !== saved.checksum) {
      throw new FileError(
        `${part} must be as the run that wrote ${path} left it. Received: other bytes among its first ${bytes}. Remove both to begin anew.`,
      );
    }
    return saved.sink;
  }

  /**
   * Takes the room of the next state. Where there is none, the state before is the last one.
   *
   * @param bytes - How much.
   */
  async makeRoom(bytes: number = leastRoom): Promise<void> {
    const path = roomPath(this.#out);
    this.#forgetRoom ??= noteUnfinished(path);
    try {
      await writeFile(path, new Uint8Array(bytes), { flush: true });
    } catch {
      // What was taken of it is of more use to the output.
      await rm(path, { force: true });
    }
  }

  /**
   * Keeps where the job is.
   *
   * @param sink - What the output says, which is on the disk.
   */
  async save(sink: SinkState): Promise<void> {
    const checksum = await sampleChecksum(partPath(this.#out), sink.bytes);
    const text = JSON.stringify({ program: "rowan", version: 2, marks: this.#marks, sink, checksum } satisfies SavedJob);
    // Its blocks are written over, as there may be no others.
    const file = await open(roomPath(this.#out), constants.O_WRONLY | constants.O_CREAT);
    try {
      await file.writeFile(text);
      await file.truncate(Buffer.byteLength(text));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(roomPath(this.#out), statePath(this.#out));
    await this.makeRoom(Math.max(leastRoom, 2 * text.length));
  }

  /** Gives the room of the next state back: there will be none. */
  async close(): Promise<void> {
    await rm(roomPath(this.#out), { force: true });
    this.#forgetRoom?.();
  }

  /** Forgets it: the job is complete, or begins anew. */
  async clear(): Promise<void> {
    await this.close();
    await rm(statePath(this.#out), { force: true });
  }
}

function roomPath(out: string): string {
  return `${statePath(out)}.new`;
}

function parseState(text: string): SavedJob | undefined {
  try {
    const saved = JSON.parse(text) as Partial<SavedJob>;
    const { program, version, marks, sink, checksum } = saved;
    const fits = program === "rowan" && version === 2 && typeof marks === "object" && Number.isSafeInteger(checksum);
    return fits && Number.isSafeInteger(sink?.rows) && Number.isSafeInteger(sink?.bytes) ? (saved as SavedJob) : undefined;
  } catch {
    return undefined;
  }
}
