import type { SmokeCheck } from "./smoke-report.ts";

/** A part of the suite: its name, and what finds its results or throws. */
export type NamedCheck = readonly [name: string, run: () => Promise<Omit<SmokeCheck, "name">>];
