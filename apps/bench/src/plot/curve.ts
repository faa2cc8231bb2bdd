import { readFile } from "node:fs/promises";
import { drawChart } from "../charts/draw-chart.ts";
import { checkPicturePath, savePicture, saveWhole } from "../charts/save-picture.ts";
import { FileError, UsageError } from "../failure.ts";

/** Numbers that a training came to, by name, one an epoch. */
export type Curve = Readonly<Record<string, readonly number[]>>;

/**
 * Refuses names that say no kind of curve, before anything is trained.
 *
 * @param path - What `--curve` names.
 * @throws UsageError for an ending other than `.json` and those of pictures.
 */
export function checkCurvePath(path: string): void {
  if (path.endsWith(".json")) return;
  try {
    checkPicturePath(path, "--curve");
  } catch {
    throw new UsageError(`--curve must end with .json (rowan plot reads that), .svg, .html or .png. Received: --curve ${path}.`);
  }
}

/**
 * Writes a curve: as numbers that `rowan plot` reads, or at once as a picture.
 *
 * @param path - A file that ends with `.json`, `.svg`, `.html` or `.png`.
 * @param curve - The numbers.
 */
export async function saveCurve(path: string, curve: Curve): Promise<void> {
  if (path.endsWith(".json")) await saveWhole(path, `${JSON.stringify({ rowan: "curve", curve }, null, 2)}\n`);
  else await savePicture(path, drawCurve(curve), "Training");
}

/**
 * Reads a curve that `saveCurve` wrote.
 *
 * @param path - A `.json` file.
 * @throws FileError when it is another file.
 */
export async function readCurve(path: string): Promise<Curve> {
  try {
    const { rowan, curve } = JSON.parse(await readFile(path, "utf8")) as { rowan?: unknown; curve?: unknown };
    if (rowan === "curve" && isCurve(curve)) return curve;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FileError(`${path} must be a curve that rowan train --curve wrote. Received: another file.`);
}

function isCurve(value: unknown): value is Curve {
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((item) => typeof item === "number");
  return typeof value === "object" && value !== null && Object.values(value).length > 0 && Object.values(value).every(isList);
}

/**
 * Draws losses over epochs, and below them, where there are some, metrics.
 *
 * @param curve - The numbers.
 * @returns An SVG document that needs nothing else.
 */
export function drawCurve(curve: Curve): string {
  const names = Object.keys(curve);
  const panels = [names.filter((name) => name.includes("loss")), names.filter((name) => !name.includes("loss"))].filter(
    (panel) => panel.length > 0,
  );
  const epochs = Math.max(...names.map((name) => curve[name]?.length ?? 0));
  const height = 320;
  return drawChart(
    {
      legend: { top: 8, data: names },
      grid: panels.map((_, panel) => ({ left: 70, right: 30, top: 50 + panel * height, height: height - 90 })),
      xAxis: panels.map((_, panel) => ({
        type: "value",
        gridIndex: panel,
        min: 1,
        max: Math.max(2, epochs),
        minInterval: 1,
        name: "epoch",
        nameLocation: "middle",
        nameGap: 26,
        splitLine: { show: false },
      })),
      yAxis: panels.map((panel, i) => ({ type: "value", gridIndex: i, scale: true, name: panel[0]?.replace("val_", "") ?? "" })),
      series: panels.flatMap((panel, i) =>
        panel.map((name) => ({
          type: "line",
          name,
          xAxisIndex: i,
          yAxisIndex: i,
          symbolSize: 6,
          data: (curve[name] ?? []).map((value, epoch) => [epoch + 1, value]),
        })),
      ),
    },
    { width: 800, height: 20 + panels.length * height },
  );
}
