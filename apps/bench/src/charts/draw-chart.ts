import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import type { EChartsCoreOption } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** The family that PNG pictures are drawn with, and what stands in for it where it is not installed. */
export const fonts = "Inter, system-ui, sans-serif";

/**
 * Draws a chart without a page.
 *
 * @param option - What ECharts calls an option.
 * @param size - In pixels.
 * @returns An SVG document that needs nothing else.
 */
export function drawChart(option: EChartsCoreOption, { width, height }: { readonly width: number; readonly height: number }): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, backgroundColor: "#fff", textStyle: { fontFamily: fonts }, ...option });
    return chart.renderToSVGString();
  } finally {
    // It keeps a timer else, and the program would not end.
    chart.dispose();
  }
}
