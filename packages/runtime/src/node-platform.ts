import { availableParallelism } from "node:os";
import type { Platform } from "./prepare-pool.ts";
import { createPiscinaEngine } from "./piscina-engine.ts";

/** Node: worker threads, kept by Piscina. */
export const nodePlatform: Platform = { cores: availableParallelism, engine: createPiscinaEngine };
