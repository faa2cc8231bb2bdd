import { styleText } from "node:util";
import type { TextStream } from "./terminal.ts";

/**
 * Colours a text where people read it on a terminal that has colours, unless `NO_COLOR` is set (https://no-color.org).
 *
 * @param stream - Where it is printed.
 * @param colour - Which one.
 * @param text - What is printed.
 */
export function paint(stream: TextStream, colour: "red" | "green" | "yellow", text: string): string {
  const { NO_COLOR, TERM } = process.env;
  const isColoured = stream.isTTY === true && (NO_COLOR === undefined || NO_COLOR === "") && TERM !== "dumb";
  return isColoured ? styleText(colour, text, { validateStream: false }) : text;
}
