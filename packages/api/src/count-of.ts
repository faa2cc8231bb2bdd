/**
 * A number with what it counts, as messages say it.
 *
 * @param count - How many.
 * @param one - For one of them.
 * @param many - For others; with an s when left out.
 * @returns `"1 id"`, `"0 ids"`, `"2 indices"`.
 */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
