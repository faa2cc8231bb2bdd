import { rename, writeFile } from "node:fs/promises";

const [width, height, edge] = [640, 360, 48];
const colours = ["#1f6feb", "#d1242f"];

/**
 * Writes curves as a picture, which appears when it is complete.
 *
 * @param path - An `.svg` file.
 * @param series - Values by name, one an epoch.
 */
export async function writeCurve(path: string, series: Readonly<Record<string, readonly number[]>>): Promise<void> {
  await writeFile(`${path}.part`, drawCurve(series));
  await rename(`${path}.part`, path);
}

/**
 * Draws curves over epochs.
 *
 * @param series - Values by name, one an epoch.
 * @returns An SVG document that needs nothing else.
 */
export function drawCurve(series: Readonly<Record<string, readonly number[]>>): string {
  const values = Object.values(series).flat().filter(Number.isFinite);
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const span = high - low || 1;
  const epochs = Math.max(1, ...Object.values(series).map(({ length }) => length));
  const x = (epoch: number): number => edge + ((width - 2 * edge) * epoch) / Math.max(1, epochs - 1);
  const y = (value: number): number => height - edge - ((height - 2 * edge) * (value - low)) / span;
  const parts = Object.entries(series).map(([name, list], i) => {
    const colour = colours[i % colours.length] as string;
    const points = list.map((value, epoch) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`);
    const dots = points.map((point) => `<circle cx="${point.replace(",", '" cy="')}" r="3" fill="${colour}"/>`).join("");
    const label = `<text x="${width - edge}" y="${20 + 18 * i}" text-anchor="end" fill="${colour}">${name}</text>`;
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${label}`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = low + share * span;
    return `<line x1="${edge}" x2="${width - edge}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${edge - 6}" y="${y(value) + 4}" text-anchor="end">${value.toFixed(3)}</text>`;
  });
  const numbers = Array.from({ length: epochs }, (_, epoch) => epoch)
    .filter((epoch) => epoch % Math.ceil(epochs / 10) === 0)
    .map((epoch) => `<text x="${x(epoch)}" y="${height - edge + 20}" text-anchor="middle">${epoch + 1}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#333">
<rect width="${width}" height="${height}" fill="#fff"/>
${[...ticks, ...numbers, ...parts].join("\n")}
<text x="${width / 2}" y="${height - 8}" text-anchor="middle">epoch</text>
</svg>
`;
}
