import { drawChart } from "../charts/draw-chart.ts";
import type { Curve } from "./curve.ts";

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
