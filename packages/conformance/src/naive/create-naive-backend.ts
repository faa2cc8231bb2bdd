import type { Backend } from "@rowan/api";
import { NaiveBackend } from "./naive-backend.ts";

/**
 * The naive reference: every required member of the contract and no optional one but `readSync`; the rest are the defaults.
 * It says what is right, slowly; a new backend may start as a copy of it.
 *
 * @returns A backend with its own memory.
 */
export function createNaiveBackend(): Promise<Backend> {
  return Promise.resolve(new NaiveBackend());
}
