import { UsageError } from "../failure.ts";
import { createOutFile } from "../files/out-file.ts";
import { escapeText, formatPage } from "./page.ts";

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
 * Writes a picture, which appears when it is complete.
 *
 * @param path - A file that ends with `.svg`, `.html` or `.png`.
 * @param svg - The picture.
 * @param title - What it shows; a page's title and heading.
 */
export async function savePicture(path: string, svg: string, title: string): Promise<void> {
  let contents: string | Uint8Array = svg;
  if (path.endsWith(".html")) contents = formatPage(title, `<h1>${escapeText(title)}</h1>\n${svg}`);
  // It brings a WASM module and fonts: whoever wants no PNG does not load them.
  else if (path.endsWith(".png")) contents = await (await import("./draw-png.ts")).drawPng(svg);
  await saveWhole(path, contents);
}

/**
 * Writes a file at one go, which appears when it is complete.
 *
 * @param path - The file.
 * @param contents - All of it.
 */
export async function saveWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const file = await createOutFile(path);
  try {
    await file.write(typeof contents === "string" ? Buffer.from(contents) : contents);
    await file.commit();
  } catch (error) {
    await file.abort();
    throw error;
  }
}
