import type { NDArray } from "@rowan/api";
import { element } from "../element.ts";
import { findRow, nameOf } from "../exhibits/exhibit.ts";
import type { Exhibit } from "../exhibits/exhibit.ts";
import type { Stage } from "../stage.ts";

/** So many values of a row are shown. */
const mostColumns = 64;

/**
 * Looks ids and words up and shows their rows.
 *
 * @param stage - Its table is asked.
 */
export function lookupPanel(stage: Stage): void {
  const state = element("lookup-state", HTMLParagraphElement);
  const ids = element("ids", HTMLInputElement);
  const out = element("rows", HTMLDivElement);

  const lookUp = async (): Promise<void> => {
    const { shown } = stage;
    out.replaceChildren();
    if (!shown) {
      state.textContent = "There is no table yet.";
      return;
    }
    const parts = ids.value.split(/[\s,]+/).filter((part) => part !== "");
    const found = parts.map((part) => findRow(shown, part));
    const missing = parts.filter((_, i) => found[i] === undefined);
    if (missing.length > 0) {
      state.textContent = `The table has no row called ${missing.map((part) => `"${part}"`).join(", ")}. Its ids are 0 to ${shown.rows - 1}.`;
      return;
    }
    if (found.length === 0) {
      state.textContent = "Nothing was asked for.";
      return;
    }
    const before = performance.now();
    const rows = await shown.table.lookup(Int32Array.from(found as number[]));
    state.textContent = `(${rows.shape.join(", ")}) in ${(performance.now() - before).toFixed(1)} ms`;
    out.replaceChildren(tableOf(shown, found as number[], rows));
  };
  element("lookup", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    lookUp().catch((error: unknown) => {
      state.textContent = stage.explain(error);
    });
  });
}

function tableOf(shown: Exhibit, ids: readonly number[], rows: NDArray): HTMLTableElement {
  const table = document.createElement("table");
  const columns = Math.min(mostColumns, shown.dim);
  ids.forEach((id, at) => {
    const row = table.insertRow();
    const head = Object.assign(document.createElement("th"), { scope: "row", textContent: nameOf(shown, id) });
    row.append(head);
    for (let i = 0; i < columns; i++) row.insertCell().textContent = rows.at(at, i).toFixed(3);
    if (columns < shown.dim) row.insertCell().textContent = "…";
  });
  return table;
}
