import { element } from "../element.ts";
import { nameOf } from "../exhibits/exhibit.ts";
import type { Exhibit } from "../exhibits/exhibit.ts";
import { principalAxes, project } from "../projection/principal-axes.ts";
import type { PrincipalAxes } from "../projection/principal-axes.ts";
import { Scatter } from "../projection/scatter.ts";
import { steer } from "../projection/steering.ts";
import type { Stage } from "../stage.ts";

/** So many rows are shown, the first ones: in a vocabulary those are the most frequent words. */
const mostPoints: Readonly<Record<string, number>> = { pca: 4000, alike: 4000, umap: 1200 };
/** When no value has changed for so long, in milliseconds, a table has learned. */
const calmMs = 800;

/**
 * The projection: points, their colours, clicks.
 *
 * @param stage - Its table and its selection are shown.
 * @returns Marks neighbours of the selected row.
 */
export function projectionPanel(stage: Stage): (neighbours: readonly number[]) => void {
  const canvas = element("scatter", HTMLCanvasElement);
  const method = element("method", HTMLSelectElement);
  const space = element("space", HTMLSelectElement);
  const state = element("projection-state", HTMLParagraphElement);
  const scatter = new Scatter(canvas);
  let ids: readonly number[] = [];
  let axes: PrincipalAxes | undefined;
  let running = new AbortController();
  let near: readonly number[] = [];
  let later: ReturnType<typeof setTimeout> | undefined;

  const mark = (): void => {
    const points = new Map(ids.map((id, point) => [id, point]));
    scatter.mark({
      selected: stage.selected === undefined ? undefined : points.get(stage.selected),
      near: new Set(near.flatMap((id) => points.get(id) ?? [])),
    });
  };
  const show = (shown: Exhibit, points: Float32Array, dims: number): void => {
    const { tones } = shown;
    scatter.show({
      points,
      space: dims,
      ...(tones && { tones: Float32Array.from(ids, (id) => tones[id] as number) }),
      label: (point) => nameOf(shown, ids[point] as number),
    });
    mark();
  };
  const say = (shown: Exhibit, how: string, isPassing = false): void => {
    // What changes many times a second is not read out.
    state.ariaLive = isPassing ? "off" : "polite";
    const part = ids.length < shown.rows - shown.hidden.length ? `The first ${ids.length} of ${shown.rows} rows` : `${ids.length} rows`;
    const colours = shown.ends ? ` Blue: ${shown.ends[0]}; orange: ${shown.ends[1]}.` : "";
    state.textContent = `${part}, ${how}.${colours}`;
  };
  const byAxes = (shown: Exhibit, dims: number, isPassing: boolean): void => {
    axes = principalAxes(shown.vectors, shown.dim, dims, axes?.mean.length === shown.dim ? axes : undefined);
    const points = project(shown.vectors, ids, axes);
    // Where one axis holds nearly everything, the others are seen only when they are drawn larger.
    if (method.value === "alike") scaleAlike(points, axes, dims);
    show(shown, points, dims);
    say(
      shown,
      `PCA${method.value === "alike" ? ", axes drawn at one size" : ""}; the axes hold ${axes.shares.map((share) => `${(100 * share).toFixed(0)} %`).join(", ")} of the variance`,
      isPassing,
    );
  };
  const byUmap = async (shown: Exhibit, dims: number): Promise<void> => {
    const { signal } = running;
    say(shown, "UMAP: looking for neighbours");
    const { layOutByUmap } = await import("../projection/umap.ts");
    const onProgress = (points: Float32Array, part: number): void => {
      if (signal.aborted) return;
      show(shown, points, dims);
      say(shown, `UMAP${part < 1 ? `, ${(100 * part).toFixed(0)} % done` : ""}`, part < 1);
    };
    await layOutByUmap({ vectors: shown.vectors, dim: shown.dim, ids, space: dims, backend: stage.backend, signal, onProgress });
  };
  const update = (isPassing = false): void => {
    running.abort();
    running = new AbortController();
    const { shown } = stage;
    element("stage-empty", HTMLParagraphElement).hidden = shown !== undefined;
    if (!shown) return;
    const most = mostPoints[method.value] as number;
    const hidden = new Set(shown.hidden);
    ids = Array.from({ length: Math.min(shown.rows, most + hidden.size) }, (_, id) => id).filter((id) => !hidden.has(id));
    canvas.setAttribute("aria-label", `${shown.title}: ${ids.length} rows as points`);
    const dims = Number(space.value);
    if (method.value !== "umap") byAxes(shown, dims, isPassing);
    else {
      byUmap(shown, dims).catch((error: unknown) => {
        state.textContent = stage.explain(error);
      });
    }
  };

  steer(canvas, scatter, {
    pick: (point) => stage.select(point === undefined ? undefined : ids[point]),
    step: (by) => {
      const at = stage.selected === undefined ? -1 : ids.indexOf(stage.selected);
      if (ids.length > 0) stage.select(ids[(at + by + ids.length) % ids.length]);
    },
  });
  method.addEventListener("change", () => update());
  space.addEventListener("change", () => update());
  element("reset-view", HTMLButtonElement).addEventListener("click", () => scatter.resetView());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => scatter.draw());
  new MutationObserver(() => scatter.draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  stage.listen((change) => {
    if (change === "lost") return;
    if (change === "table") axes = undefined;
    // A selection leaves the layout that is to come where it is.
    if (change !== "selection") clearTimeout(later);
    // A layout by UMAP takes seconds: while a table learns it stays as it is.
    if (change === "values" && method.value === "umap") later = setTimeout(update, calmMs);
    else if (change !== "selection") update(change === "values");
    if (change !== "values") near = [];
    mark();
  });
  return (neighbours) => {
    near = neighbours;
    mark();
  };
}

/** Divides each axis by its spread, in place. */
function scaleAlike(points: Float32Array, { shares }: PrincipalAxes, dims: number): void {
  for (let at = 0; at < points.length; at++) {
    const share = shares[at % dims] as number;
    points[at] = share > 0 ? (points[at] as number) / Math.sqrt(share) : 0;
  }
}
