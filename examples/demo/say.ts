import { currentPrinter } from "@rowan/api";

/** Prints a line where models print theirs, too. */
export function say(line = ""): void {
  currentPrinter().write(`${line}\n`);
}

/** Prints the head of a part. */
export function head(letter: string, title: string): void {
  say(`\n(${letter}) ${title}\n${"-".repeat(title.length + 4)}`);
}
