import type { SimilarityMetric } from "@rowan/api";
import { element } from "../element.ts";
import { findRow, nameOf } from "../exhibits/exhibit.ts";
import type { Stage } from "../stage.ts";

const count = 10;
/** So many words are offered while one types. */
const mostWords = 2000;

/**
 * The rows nearest to the selected one, and the way to select one by its name.
 *
 * @param stage - Its selection counts.
 * @param markNear - Gets the ids of the neighbours.
 */
export function neighboursPanel(stage: Stage, markNear: (ids: readonly number[]) => void): void {
  const list = element("neighbours", HTMLOListElement);
  const selected = element("selected", HTMLParagraphElement);
  const metric = element("metric", HTMLSelectElement);
  const wanted = element("wanted", HTMLInputElement);
  let asked = 0;

  const update = async (): Promise<void> => {
    const mine = ++asked;
    const { shown, selected: id } = stage;
    if (!shown || id === undefined) {
      list.replaceChildren();
      selected.textContent = "No row is selected.";
      return;
    }
    const found = await shown.table.mostSimilar(id, {
      k: Math.min(count, shown.rows),
      metric: metric.value as SimilarityMetric,
      exclude: shown.hidden,
    });
    // Another one was asked for while this one was on its way.
    if (mine !== asked) return;
    const names = found.map(({ id: other }) => nameOf(shown, other));
    selected.textContent = `${nameOf(shown, id)} (row ${id}). Nearest: ${names.slice(0, 3).join(", ")}.`;
    list.replaceChildren(
      ...found.map(({ id: other, score }) => {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.append(nameOf(shown, other), Object.assign(document.createElement("span"), { textContent: score.toFixed(3) }));
        button.addEventListener("click", () => stage.select(other));
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
    markNear(found.map(({ id: other }) => other));
  };
  const start = (): void => {
    const mine = asked + 1;
    update().catch((error: unknown) => {
      // A table that was replaced meanwhile has a successor, which was asked since.
      if (mine === asked) selected.textContent = stage.explain(error);
    });
  };

  metric.addEventListener("change", start);
  element("search", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const id = stage.shown && findRow(stage.shown, wanted.value);
    if (id === undefined) selected.textContent = stage.shown ? `The table has no row called "${wanted.value}".` : "There is no table yet.";
    else stage.select(id);
  });
  stage.listen((change) => {
    if (change === "lost") return;
    // While a table learns, its neighbours change many times a second: nobody wants that read out.
    selected.ariaLive = change === "values" ? "off" : "polite";
    if (change === "table") {
      const words = stage.shown?.words?.slice(0, mostWords).filter((word) => word !== "") ?? [];
      element("words", HTMLDataListElement).replaceChildren(
        ...words.map((value) => Object.assign(document.createElement("option"), { value })),
      );
    }
    start();
  });
}
