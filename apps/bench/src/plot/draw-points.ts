const [size, edge] = [900, 60];

/** Text between tags. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Draws points with names.
 *
 * @param points - `[count, 2]`.
 * @param names - One for each point.
 * @returns An SVG document that needs nothing else.
 */
export function drawPoints(points: Float64Array, names: readonly string[]): string {
  const scale = [0, 1].map((axis) => {
    const values = names.map((_, i) => points[2 * i + axis] as number);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (i: number): number => edge + ((size - 2 * edge) * ((points[2 * i + axis] as number) - low)) / (high - low || 1);
  });
  const [x, y] = scale as [(i: number) => number, (i: number) => number];
  const marks = names.map((name, i) => {
    const [left, top] = [x(i).toFixed(1), (size - y(i)).toFixed(1)];
    return `<circle cx="${left}" cy="${top}" r="2.5" fill="#1f6feb"/><text x="${left}" y="${top}" dx="4" dy="-3">${escapeText(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" font-family="sans-serif" font-size="10" fill="#333">
<rect width="${size}" height="${size}" fill="#fff"/>
${marks.join("\n")}
</svg>
`;
}
