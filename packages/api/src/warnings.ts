/** Where Rowan's warnings go: to the console unless someone else wants them. */

/** Takes one warning, a whole sentence without a line end. */
export type WarningHandler = (message: string) => void;

const told = new Set<string>();

const toConsole: WarningHandler = (message) => {
  (globalThis as { console?: { warn(text: string): void } }).console?.warn(`rowan: ${message}`);
};

let handler = toConsole;

/**
 * Redirects warnings.
 *
 * @param next - Gets each warning; undefined brings the console back. Every message is told again to a new handler.
 */
export function setWarningHandler(next: WarningHandler | undefined): void {
  handler = next ?? toConsole;
  told.clear();
}

/**
 * Tells something that works but may surprise, once for each text.
 *
 * @param message - What is done, and why.
 */
export function warnOnce(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  handler(message);
}
