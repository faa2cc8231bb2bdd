/** What the thread runs that draws a picture. */
import { parentPort, workerData } from "node:worker_threads";
import { drawPicture } from "./plot/picture.ts";
import type { PictureTask } from "./plot/picture.ts";

parentPort?.postMessage(await drawPicture(workerData as PictureTask));
