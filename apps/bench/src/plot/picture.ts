import { escapeText, formatPage } from "../charts/page.ts";
import type { Curve } from "./curve.ts";
import { drawCurve } from "./draw-curve.ts";
import { drawPoints } from "./draw-points.ts";
import { projectRows } from "./project.ts";

/** What a picture is written as: lines, a page of them, or dots. */
export type PictureFormat = "svg" | "html" | "png";

/** The numbers of a training. */
export interface CurvePicture {
  readonly kind: "curve";
  /** Of the page. */
  readonly heading: string;
  readonly curve: Curve;
}

/** Rows of a table as points with names. */
export interface RowsPicture {
  readonly kind: "rows";
  /** Of the page. */
  readonly heading: string;
  /** Above the points. */
  readonly title: string;
  /** `[rows, dim]`, row by row. */
  readonly data: Float64Array;
  readonly dim: number;
  /** One for each row. */
  readonly names: readonly string[];
  /** Along the two directions in which rows differ most, or so that near rows stay near. */
  readonly method: "pca" | "umap";
  /** Of UMAP: another gives another layout. */
  readonly seed: number;
}

export type Picture = CurvePicture | RowsPicture;

/** What is to be drawn. */
export interface PictureTask {
  readonly picture: Picture;
  readonly format: PictureFormat;
}

/** What was drawn. */
export interface Drawn {
  /** Of the file. */
  readonly contents: string | Uint8Array;
  /** `[rows, 2]`; empty for a curve. */
  readonly points: Float64Array;
  /** How many names of rows found no room. */
  readonly namesLeftOut: number;
}

/**
 * Draws a picture. The libraries for it let nobody else have a turn, some for minutes.
 *
 * @param task - What is to be drawn.
 */
export async function drawPicture({ picture, format }: PictureTask): Promise<Drawn> {
  const { svg, ...drawn } = picture.kind === "rows" ? await drawRows(picture) : { svg: drawCurve(picture.curve), ...noRows };
  return { contents: await write(svg, picture.heading, format), ...drawn };
}

const noRows = { points: new Float64Array(0), namesLeftOut: 0 };

async function drawRows(picture: RowsPicture): Promise<Omit<Drawn, "contents"> & { readonly svg: string }> {
  const points = await placeRows(picture);
  const { svg, leftOut } = drawPoints(points, picture.names, picture.title);
  return { svg, points, namesLeftOut: leftOut };
}

async function placeRows({ data, dim, method, seed }: RowsPicture): Promise<Float64Array> {
  // Whoever wants something else does not load it.
  return method === "umap" ? (await import("./umap.ts")).layOutRows(data, dim, seed) : projectRows(data, dim);
}

async function write(svg: string, heading: string, format: PictureFormat): Promise<string | Uint8Array> {
  if (format === "html") return formatPage(heading, `<h1>${escapeText(heading)}</h1>\n${svg}`);
  // It brings a WASM module and fonts.
  return format === "png" ? (await import("../charts/draw-png.ts")).drawPng(svg) : svg;
}
