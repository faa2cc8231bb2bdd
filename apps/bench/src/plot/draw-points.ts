import { drawChart } from "../charts/draw-chart.ts";

/** How many names still find room beside their points. */
const mostNames = 300;

/**
 * Draws points with names; names that would lie on others are left out.
 *
 * @param points - `[count, 2]`.
 * @param names - One for each point.
 * @param title - Above the picture.
 * @returns An SVG document that needs nothing else.
 */
export function drawPoints(points: ArrayLike<number>, names: readonly string[], title: string): string {
  const named = names.length <= mostNames;
  const axis = {
    scale: true,
    axisLine: { show: false },
    axisLabel: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: "#f0f0f0" } },
  };
  return drawChart(
    {
      title: { text: title, left: "center", textStyle: { fontSize: 15, fontWeight: "normal" } },
      grid: { left: 20, right: 60, top: 45, bottom: 20 },
      xAxis: { type: "value", ...axis },
      yAxis: { type: "value", ...axis },
      series: [
        {
          type: "scatter",
          symbolSize: named ? 6 : 3,
          itemStyle: { color: "#1f6feb", opacity: named ? 0.9 : 0.5 },
          data: names.map((name, i) => ({ name, value: [points[2 * i], points[2 * i + 1]] })),
          label: { show: named, formatter: "{b}", position: "right", fontSize: 11, color: "#333" },
          labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
        },
      ],
    },
    { width: 900, height: 900 },
  );
}
