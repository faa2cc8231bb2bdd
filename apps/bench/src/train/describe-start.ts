/**
 * What a training with `--resume` says before it begins.
 *
 * @param state - Where epochs are kept.
 * @param done - How many of them are whole.
 * @param epochs - How many there shall be.
 * @returns A line.
 */
export function describeStart(state: string, done: number, epochs: number): string {
  return done === 0 ? `${state} has no whole epoch: beginning with the first\n` : `going on behind epoch ${done}/${epochs}\n`;
}
