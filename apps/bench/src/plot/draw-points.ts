import { format } from "echarts/core";
import { drawChart, fonts } from "../charts/draw-chart.ts";
import { placeNames } from "./place-names.ts";
import type { Side } from "./place-names.ts";

/** More points than this have no names: few would find room. */
const mostNames = 300;

const [width, height] = [900, 900];
const margin = { left: 20, right: 20, top: 45, bottom: 20 };
/** Between the outermost points and the frame, as a part of what they span. */
const rim = 0.05;
const fontSize = 11;
const [radius, distance, lineHeight] = [3, 7, 13];
/** Without a page widths of texts are guessed, by letters narrower than those of some fonts. */
const wider = 1.15;
/** What stays free between two names, in pixels. */
const gap = 4;

/** Points that were drawn. */
export interface DrawnPoints {
  /** An SVG document that needs nothing else. */
  readonly svg: string;
  /** How many names were left out. */
  readonly leftOut: number;
}

/**
 * Draws points with names. Of names that would touch others, or points, the first ones stay.
 *
 * @param points - `[count, 2]`.
 * @param names - One for each point.
 * @param title - Above the picture.
 */
export function drawPoints(points: ArrayLike<number>, names: readonly string[], title: string): DrawnPoints {
  const named = names.length <= mostNames;
  const [x, y] = [rangeOf(points, 0), rangeOf(points, 1)];
  const sides = named ? chooseSides(points, names, x, y) : [];
  const axis = {
    type: "value",
    axisLine: { show: false },
    axisLabel: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: "#f0f0f0" }, showMinLine: false, showMaxLine: false },
  };
  const svg = drawChart(
    {
      title: { text: title, left: "center", textStyle: { fontSize: 15, fontWeight: "normal" } },
      grid: { ...margin, show: true, borderColor: "#f0f0f0" },
      xAxis: { ...axis, ...x },
      yAxis: { ...axis, ...y },
      series: [
        {
          type: "scatter",
          symbolSize: named ? 2 * radius : 3,
          itemStyle: { color: "#1f6feb", opacity: named ? 0.9 : 0.5 },
          data: names.map((name, i) => ({
            name,
            value: [points[2 * i], points[2 * i + 1]],
            label: { show: sides[i] !== undefined, position: sides[i] },
          })),
          label: { formatter: "{b}", distance: distance - radius, fontSize, color: "#333" },
        },
      ],
    },
    { width, height },
  );
  return { svg, leftOut: names.length - sides.filter((side) => side !== undefined).length };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What an axis shows: all points, and a rim. */
function rangeOf(points: ArrayLike<number>, axis: 0 | 1): Range {
  let [min, max] = [Infinity, -Infinity];
  for (let i = axis; i < points.length; i += 2) [min, max] = [Math.min(min, points[i] as number), Math.max(max, points[i] as number)];
  const more = max > min ? rim * (max - min) : 1;
  return { min: min - more, max: max + more };
}

function chooseSides(points: ArrayLike<number>, names: readonly string[], x: Range, y: Range): (Side | undefined)[] {
  const place = (value: number, { min, max }: Range, from: number, to: number): number =>
    from + ((value - min) / (max - min)) * (to - from);
  const pixels = Float64Array.from({ length: 2 * names.length }, (_, i) =>
    i % 2 === 0
      ? place(points[i] as number, x, margin.left, width - margin.right)
      : place(points[i] as number, y, height - margin.bottom, margin.top),
  );
  const widths = names.map((name) => wider * format.getTextRect(name, `${fontSize}px ${fonts}`).width + gap);
  return placeNames(pixels, widths, { width, height, radius, distance, lineHeight });
}
