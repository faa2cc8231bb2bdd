/** The page choosing.html: how long `selectBackend` needs in this browser, with nothing known and with what it has kept. */
import { lastSelection, selectBackend } from "@rowan/api";
import type { Selection, SelectOptions, Workload } from "@rowan/api";
import { breathe, element } from "./element.ts";
import { registerAll } from "./panels/backend-panel.ts";

const settings: readonly Workload[] = (["lookup", "train"] as const).flatMap((work) =>
  [
    [1000, 8],
    [100_000, 64],
    [1_000_000, 64],
  ].flatMap(([inputDim = 0, outputDim = 0]) => [16, 1024, 16_384].map((batch): Workload => ({ inputDim, outputDim, batch, work }))),
);

const columns = ["setting", "chosen", "cold, ms", "again, ms", "again by", "loading, ms", "ms a call"];

async function choose(options: SelectOptions): Promise<Selection> {
  await selectBackend(options);
  const selection = lastSelection();
  if (selection === undefined) throw new Error("internal: a selection leaves its notes");
  return selection;
}

function addRow(table: HTMLTableElement, texts: readonly string[], cell: "td" | "th"): void {
  const row = table.insertRow();
  for (const textContent of texts) row.append(Object.assign(document.createElement(cell), { textContent }));
}

/** The choosing itself, without the loading of engines. */
const netMs = ({ tookMs, loadingMs }: Selection): number => tookMs - loadingMs;

registerAll();
const table = element("settings", HTMLTableElement);
const state = element("state", HTMLParagraphElement);
element("where", HTMLParagraphElement).textContent =
  `${navigator.userAgent}, ${navigator.hardwareConcurrency} threads, ${globalThis.crossOriginIsolated ? "cross-origin isolated" : "not isolated"}`;
addRow(table, columns, "th");
let slowest = 0;
let slowestAgain = 0;
// Everything is loaded and compiled once before anything counts.
await choose({ refresh: true });
for (const workload of settings) {
  const cold = await choose({ ...workload, refresh: true });
  const again = await choose(workload);
  slowest = Math.max(slowest, netMs(cold));
  slowestAgain = Math.max(slowestAgain, netMs(again));
  const { work, inputDim, outputDim, batch } = workload;
  addRow(
    table,
    [
      `${work} ${inputDim} x ${outputDim}, ${batch} ids`,
      cold.chosen,
      netMs(cold).toFixed(0),
      netMs(again).toFixed(1),
      again.by,
      cold.loadingMs.toFixed(0),
      cold.candidates.map(({ name, ms, outcome }) => `${name} ${ms?.toPrecision(3) ?? outcome}`).join(", "),
    ],
    "td",
  );
  await breathe();
}
state.textContent = `Done: cold at most ${slowest.toFixed(0)} ms, the same again at most ${slowestAgain.toFixed(1)} ms.`;
document.documentElement.dataset["ready"] = "true";
