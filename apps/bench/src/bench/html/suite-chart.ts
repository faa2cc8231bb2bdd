import { drawChart } from "../../charts/draw-chart.ts";
import type { CaseResult } from "../report.ts";

const colours = [
  ...["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0a7ea4", "#bc4c00", "#57606a"],
  ...["#bf3989", "#6fa8ff", "#f0883e", "#57ab5a", "#b392f0", "#d4a72c", "#39c5cf", "#24292f"],
];

/** What ECharts tells a drawing function of a series of its own. */
interface ChartTools {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
  visual(name: "color"): string;
}

/** Without a page widths of texts are guessed, too small for some fonts: spaces keep a name off the next dot, more of them behind a long one. */
function padName(name: string): string {
  return name + "\u00a0".repeat(1 + Math.ceil(name.length / 10));
}

/**
 * How long everybody took for the cases of a suite, as a multiple of who stands first: dots for medians, lines from the 10th to the 90th
 * percentile of turns.
 *
 * @param results - Of one suite, with times.
 * @returns An SVG document.
 */
export function drawSuite(results: readonly CaseResult[]): string {
  const cases = results.map(({ name, measurements }) => ({ name, measurements })).reverse();
  const names = [...new Set(results.flatMap(({ measurements }) => measurements.map(({ name }) => name)))];
  const points = names.map((who, series) => ({
    who,
    colour: colours[series % colours.length] as string,
    values: cases.flatMap(({ measurements }, row) => {
      const place = measurements.findIndex(({ name }) => name === who);
      if (place < 0) return [];
      const ratio = place === 0 ? { median: 1, low: 1, high: 1 } : measurements[place]?.ratio;
      return ratio ? [[ratio.median, row, ratio.low, ratio.high]] : [];
    }),
  }));
  const rows = 34 * cases.length;
  const legendRows = Math.ceil(names.length / 3);
  const top = 20 + 24 * legendRows;
  return drawChart(
    {
      color: points.map(({ colour }) => colour),
      legend: { top: 6, left: "center", width: 860, data: names, itemWidth: 12, itemGap: 10, formatter: padName },
      grid: { left: 330, right: 40, top, height: rows },
      xAxis: {
        type: "log",
        name: "time, times the first one's",
        nameLocation: "middle",
        nameGap: 28,
        splitLine: { show: true },
        // Powers of ten come as 0.00009999999999999999, too.
        axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(6))) },
      },
      yAxis: { type: "category", data: cases.map(({ name }) => name), axisLabel: { width: 310, overflow: "truncate", interval: 0 } },
      series: points.flatMap(({ who, colour, values }) => [
        { type: "scatter", name: who, symbolSize: 9, itemStyle: { color: colour }, data: values, encode: { x: 0, y: 1 } },
        {
          type: "custom",
          itemStyle: { color: colour },
          silent: true,
          data: values,
          encode: { x: [2, 3], y: 1 },
          renderItem: (_: unknown, tools: ChartTools) => {
            const [from, to] = [2, 3].map((dimension) => tools.coord([tools.value(dimension), tools.value(1)]));
            const [x1, y1] = from as [number, number];
            const [x2, y2] = to as [number, number];
            return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 2, opacity: 0.6 } };
          },
        },
      ]),
    },
    { width: 900, height: top + rows + 60 },
  );
}
