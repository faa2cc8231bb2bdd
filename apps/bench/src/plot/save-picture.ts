import { UsageError } from "../failure.ts";
import { saveWhole } from "../files/save-whole.ts";
import { drawAside } from "./draw-aside.ts";
import type { Drawn, Picture, PictureFormat } from "./picture.ts";

/** What a picture can be written as, by the ending of its file. */
const endings = /\.(svg|html|png)$/;

/**
 * Refuses names that say no kind of picture, before anything is computed.
 *
 * @param path - The file to write.
 * @param option - The option that named it.
 * @throws UsageError for another ending.
 */
export function checkPicturePath(path: string, option: string): void {
  if (!endings.test(path)) throw new UsageError(`${option} must end with .svg, .html or .png. Received: ${option} ${path}.`);
}

/**
 * Draws a picture and writes it to a file, which appears when it is complete.
 *
 * @param path - A file that ends with `.svg`, `.html` or `.png`.
 * @param picture - What it shows.
 * @param signal - Ends the drawing.
 * @returns The points that rows were drawn as, and how many of their names were left out.
 * @throws InterruptedError as soon as the signal is set off.
 */
export async function savePicture(path: string, picture: Picture, signal: AbortSignal): Promise<Omit<Drawn, "contents">> {
  const format = path.slice(path.lastIndexOf(".") + 1) as PictureFormat;
  const { contents, ...drawn } = await drawAside({ picture, format }, signal);
  await saveWhole(path, contents);
  return drawn;
}
