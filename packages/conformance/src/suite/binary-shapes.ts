import { broadcastShapes } from "@rowan/api";
import type { Shape } from "@rowan/api";
import { lengths } from "./sizes.ts";

/** Two shapes and what they broadcast to. */
export interface ShapePair {
  readonly a: Shape;
  readonly b: Shape;
  readonly out: Shape;
}

const pairs: readonly (readonly [Shape, Shape])[] = [
  ...lengths.map((length) => [[length], [length]] as const),
  [[], []],
  [[5], []],
  [[], [2, 3]],
  [[4, 5], [5]],
  [[5], [4, 5]],
  [[4, 1], [5]],
  [
    [4, 5],
    [4, 1],
  ],
  [
    [1, 5],
    [4, 1],
  ],
  [[17, 33], [33]],
  [
    [17, 33],
    [17, 1],
  ],
  [
    [3, 1, 5],
    [4, 1],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 3, 1],
    [4, 1, 5],
  ],
  [[0, 5], [5]],
  [[3, 0], [1]],
  [[1, 1, 1], [1]],
];

/** Equal shapes of every length, each way to broadcast, and empty ones. */
export const shapePairs: readonly ShapePair[] = pairs.map(([a, b]) => ({ a, b, out: broadcastShapes(a, b) }));
