import type { JobMessage, WorkerSetup } from "./protocol.ts";

/** What a page says to its Web Workers; they answer each message with null. */
export type WebRequest = { readonly setup: WorkerSetup } | { readonly job: JobMessage };
