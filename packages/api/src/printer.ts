/** Where progress lines and summaries go. Everything in `report` is pure text; this is the one place that prints. */

/** A place to print to. */
export interface Printer {
  /** Takes text as it is, with its own line ends. */
  write(text: string): void;
  /** The output can go back to the start of a line: a bar is drawn again and again, not just once an epoch. */
  readonly dynamic: boolean;
  /** The output understands ANSI colours. */
  readonly colors: boolean;
  /** The width of the terminal in characters, if known. */
  readonly columns?: number | undefined;
}

/** What Node, Deno and Bun offer; declared here since this package assumes no platform's types. */
interface ProcessLike {
  readonly stdout?: { write(text: string): void; readonly isTTY?: boolean; readonly columns?: number };
  readonly env?: Readonly<Record<string, string | undefined>>;
}

let printer: Printer | undefined;

/**
 * Redirects what `verbose` and `summary` print.
 *
 * @param next - Where to; undefined brings the standard output (or the console) back.
 */
export function setPrinter(next: Printer | undefined): void {
  printer = next;
}

/**
 * Where to print at this moment.
 *
 * @returns The printer that was set, else the standard output, else the console.
 */
export function currentPrinter(): Printer {
  return printer ?? standardOutput() ?? consolePrinter;
}

function standardOutput(): Printer | undefined {
  const { process } = globalThis as { process?: ProcessLike };
  const stdout = process?.stdout;
  if (!stdout) return undefined;
  const dynamic = stdout.isTTY === true;
  return {
    write: (text) => {
      stdout.write(text);
    },
    dynamic,
    colors: dynamic && !process.env?.["NO_COLOR"],
    columns: stdout.columns,
  };
}

/** The console adds a line end of its own, so whole lines are collected for it. */
let pending = "";
const consolePrinter: Printer = {
  write: (text) => {
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    const { console } = globalThis as { console?: { log(line: string): void } };
    for (const line of lines) console?.log(line);
  },
  dynamic: false,
  colors: false,
};
