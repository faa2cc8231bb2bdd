import { parentPort, workerData } from "node:worker_threads";
import { computeLayout } from "./plot/umap.ts";
import type { LayoutTask } from "./plot/umap.ts";

const points = computeLayout(workerData as LayoutTask);
parentPort?.postMessage(points, [points.buffer]);
