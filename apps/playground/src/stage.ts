import type { Backend } from "@rowan/api";
import { exhibit } from "./exhibits/exhibit.ts";
import type { Exhibit, ExhibitParts } from "./exhibits/exhibit.ts";

/** What changed: another table, new values of the same rows, the selected row; or the backend's device has gone away. */
export type Change = "table" | "values" | "selection" | "lost";

/** What the page shows at the moment; the panels listen. */
export class Stage {
  #backend: Backend;
  #shown: Exhibit | undefined;
  #selected: number | undefined;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get shown(): Exhibit | undefined {
    return this.#shown;
  }

  /** The id of the selected row. */
  get selected(): number | undefined {
    return this.#selected;
  }

  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Shows another table. */
  show(parts: ExhibitParts): void {
    this.#replace(parts);
    this.#selected = undefined;
    this.#tell("table");
  }

  /** Shows new values of the same rows. */
  refresh(parts: ExhibitParts): void {
    this.#replace(parts);
    this.#tell("values");
  }

  select(id: number | undefined): void {
    this.#selected = id;
    this.#tell("selection");
  }

  /** Moves to another backend, and the table with it. */
  moveTo(backend: Backend): void {
    this.#backend = backend;
    if (this.#shown) this.refresh(this.#shown);
  }

  /** What went wrong, as a person reads it. Where the device is gone, whoever listens can move the table elsewhere: the page has a copy. */
  explain(error: unknown): string {
    if (this.#backend.isLost !== true) return error instanceof Error ? error.message : String(error);
    this.#tell("lost");
    return "The GPU was lost in the middle of this. Try again.";
  }

  #replace(parts: ExhibitParts): void {
    const before = this.#shown?.table;
    this.#shown = exhibit(parts, this.#backend);
    before?.dispose();
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
