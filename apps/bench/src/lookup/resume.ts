import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { SinkState } from "../files/vector-sink.ts";
import { partPath } from "../files/out-file.ts";
import { FileError } from "../failure.ts";

/** What a job is, so that it is not gone on with as another one: values by names that messages can show. */
export type JobMarks = Readonly<Record<string, string | number | boolean | null>>;

interface SavedJob {
  readonly program: "rowan";
  readonly version: 1;
  readonly marks: JobMarks;
  readonly sink: SinkState;
}

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

/** The state of a job beside its output. */
export class JobState {
  readonly #out: string;
  readonly #marks: JobMarks;

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
    const part = await stat(partPath(this.#out)).catch(() => undefined);
    if (part === undefined || part.size < saved.sink.bytes) {
      throw new FileError(
        `${partPath(this.#out)} must have the ${saved.sink.bytes} bytes that ${path} tells of. Received: ${part?.size ?? "no file"}. Remove both to begin anew.`,
      );
    }
    return saved.sink;
  }

  /**
   * Keeps where the job is.
   *
   * @param sink - What the output says.
   */
  async save(sink: SinkState): Promise<void> {
    const path = statePath(this.#out);
    const saved: SavedJob = { program: "rowan", version: 1, marks: this.#marks, sink };
    const file = await open(`${path}.new`, "w");
    try {
      await file.writeFile(JSON.stringify(saved));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  /** Forgets it: the job is complete, or begins anew. */
  async clear(): Promise<void> {
    await rm(statePath(this.#out), { force: true });
  }
}

function parseState(text: string): SavedJob | undefined {
  try {
    const saved = JSON.parse(text) as Partial<SavedJob>;
    const { program, version, marks, sink } = saved;
    const fits = program === "rowan" && version === 1 && typeof marks === "object";
    return fits && Number.isSafeInteger(sink?.rows) && Number.isSafeInteger(sink?.bytes) ? (saved as SavedJob) : undefined;
  } catch {
    return undefined;
  }
}
