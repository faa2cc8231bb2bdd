import { styleText } from "node:util";
import type { TextStream } from "./terminal.ts";

/**
 * Colours a text where people read it on a terminal that has colours, unless `NO_COLOR` is set (https://no-color.org) or `FORCE_COLOR` is 0.
 *
 * @param stream - Where it is printed.
 * @param colour - Which one.
 * @param text - What is printed.
 */
export function paint(stream: TextStream, colour: "red" | "green" | "yellow", text: string): string {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const isRefused = (NO_COLOR !== undefined && NO_COLOR !== "") || FORCE_COLOR === "0" || TERM === "dumb";
  const isColoured = stream.isTTY === true && !isRefused;
  return isColoured ? styleText(colour, text, { validateStream: false }) : text;
}
