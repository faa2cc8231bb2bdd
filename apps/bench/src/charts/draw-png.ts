import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Resvg, initWasm } from "@resvg/resvg-wasm";

const { resolve } = createRequire(import.meta.url);

/** Parts of one font, by the letters that they have: none of them has to be installed. */
const fontParts = ["latin", "latin-ext", "cyrillic", "greek", "vietnamese"];

let started: Promise<Uint8Array[]> | undefined;

async function start(): Promise<Uint8Array[]> {
  await initWasm(await readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")));
  return Promise.all(fontParts.map((part) => readFile(resolve(`@fontsource/inter/files/inter-${part}-400-normal.woff2`))));
}

/**
 * Turns a picture of lines into one of dots, in WASM: no browser is needed and no font.
 *
 * @param svg - An SVG document.
 * @returns A PNG file, two dots for a unit of length.
 */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const fontBuffers = await (started ??= start());
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  try {
    const image = picture.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    picture.free();
  }
}
