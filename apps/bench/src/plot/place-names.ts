/** Where a name stands beside its point. */
export type Side = "right" | "left" | "top" | "bottom";

/** The first one that is free is taken. */
const sides: readonly Side[] = ["right", "left", "top", "bottom"];

/** Sizes in pixels. */
export interface Paper {
  /** Of the picture, which names do not leave. */
  readonly width: number;
  readonly height: number;
  /** Of a point, from its middle. */
  readonly radius: number;
  /** Between a point's middle and its name. */
  readonly distance: number;
  /** Of a line of text. */
  readonly lineHeight: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Gives names a place beside their points where they touch neither another name nor a point. The first names choose first; what finds no
 * place is left out.
 *
 * @param points - `[count, 2]`, in pixels from the upper left corner.
 * @param widths - Of the names, with the room that shall stay between them.
 * @param paper - What there is to stand on.
 * @returns A side for each name, or undefined for those that are left out.
 */
export function placeNames(points: Float64Array, widths: readonly number[], paper: Paper): (Side | undefined)[] {
  const { radius } = paper;
  const middles = widths.map((_, i): [x: number, y: number] => [points[2 * i] as number, points[2 * i + 1] as number]);
  const taken: Box[] = middles.map(([x, y]) => ({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }));
  return middles.map(([x, y], i) => {
    for (const side of sides) {
      const box = boxAt(side, x, y, widths[i] as number, paper);
      if (!liesWithin(box, paper) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return side;
    }
    return undefined;
  });
}

function boxAt(side: Side, x: number, y: number, width: number, { distance, lineHeight }: Paper): Box {
  const half = lineHeight / 2;
  switch (side) {
    case "right":
      return { left: x + distance, top: y - half, right: x + distance + width, bottom: y + half };
    case "left":
      return { left: x - distance - width, top: y - half, right: x - distance, bottom: y + half };
    case "top":
      return { left: x - width / 2, top: y - distance - lineHeight, right: x + width / 2, bottom: y - distance };
    case "bottom":
      return { left: x - width / 2, top: y + distance, right: x + width / 2, bottom: y + distance + lineHeight };
  }
}

function liesWithin({ left, top, right, bottom }: Box, { width, height }: Paper): boolean {
  return left >= 0 && top >= 0 && right <= width && bottom <= height;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
