/**
 * An element of the page.
 *
 * @param id - Its id.
 * @param type - Its class.
 */
export function element<T extends Element>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new TypeError(`The page must have a ${type.name} with the id "${id}".`);
}

/** Lets the page draw and take clicks before work goes on. */
export async function breathe(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}
