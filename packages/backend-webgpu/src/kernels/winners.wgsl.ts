import { defineKernel, perOptions } from "../gpu/kernel.ts";
import type { Kernel } from "../gpu/kernel.ts";

/** How many work items share the ids of one element of the result: one for few ids, else so many that no item gets most of them. */
export type Sharing = 1 | 16;

/** Halves the items that hold a part, until the first of each element holds all. */
function share(lanes: Sharing, join: string): string {
  if (lanes === 1) return "";
  return /* wgsl */ `
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    if (part < half) { ${join} }
    workgroupBarrier();
  }`;
}

/** What every item of both kernels needs: its element, its part of the ids, and none where the elements end. */
function placeOf(lanes: Sharing): string {
  return /* wgsl */ `
  let element = index / ${lanes}u;
  let part = index % ${lanes}u;
  let isThere = element < p.items;
  let column = element % p.dim;
  let owner = min(element / p.dim, (p.items - 1u) / p.dim);
  let start = u32(offsets[owner]);
  let end = select(start, u32(offsets[owner + 1u]), isThere);`;
}

/**
 * The maximum of each bag, and the first position that attained it or is the first NaN; 0 and -1 for an empty bag. Values are compared
 * by their bits, in whose order floats are integers: a compiler may assume that no float is infinite or not a number.
 */
export const winBags: (lanes: Sharing) => Kernel = perOptions((lanes) =>
  defineKernel({
    name: `maxima and winners, ${lanes} items each`,
    parameters: { items: "u32", dim: "u32" },
    reads: ["source: array<u32>", "ids: array<i32>", "offsets: array<i32>"],
    writes: ["values: array<u32>", "winners: array<i32>"],
    declarations: /* wgsl */ `
const lowest = -0x7fffffff;
fn order(bits: u32) -> i32 {
  let size = i32(bits & 0x7fffffffu);
  if (size > 0x7f800000) { return 0x7fffffff; }
  return select(size, -size, (bits >> 31u) != 0u);
}
var<workgroup> ranks: array<i32, 64>;
var<workgroup> places: array<u32, 64>;
`,
    body: /* wgsl */ `${placeOf(lanes)}
  var rank = lowest;
  var winner = end;
  for (var i = start + part; i < end; i += ${lanes}u) {
    let next = order(source[u32(ids[i]) * p.dim + column]);
    if (next > rank) {
      rank = next;
      winner = i;
    }
  }
  ranks[lane] = rank;
  places[lane] = winner;
  ${share(
    lanes,
    `let other = lane + half;
      if (ranks[other] > ranks[lane] || (ranks[other] == ranks[lane] && places[other] < places[lane])) {
        ranks[lane] = ranks[other];
        places[lane] = places[other];
      }`,
  )}
  if (isThere && part == 0u) {
    let place = places[lane];
    if (start == end) {
      values[element] = 0u;
      winners[element] = -1;
    } else {
      values[element] = source[u32(ids[place]) * p.dim + column];
      winners[element] = i32(place);
    }
  }`,
  }),
);

/** The way back: of each row, the sum of what its positions won. Chosen, not multiplied: what was not won may be infinite. */
export const sumWon: (lanes: Sharing) => Kernel = perOptions((lanes) =>
  defineKernel({
    name: `sums of what was won, ${lanes} items each`,
    parameters: { items: "u32", dim: "u32" },
    reads: ["source: array<f32>", "winners: array<i32>", "positions: array<i32>", "bags: array<i32>", "offsets: array<i32>"],
    writes: ["result: array<f32>"],
    declarations: "var<workgroup> totals: array<f32, 64>;\n",
    body: /* wgsl */ `${placeOf(lanes)}
  var total = 0.0;
  for (var i = start + part; i < end; i += ${lanes}u) {
    let at = u32(bags[i]) * p.dim + column;
    if (winners[at] == positions[i]) { total += source[at]; }
  }
  totals[lane] = total;
  ${share(lanes, "totals[lane] += totals[lane + half];")}
  if (isThere && part == 0u) { result[element] = totals[lane]; }`,
  }),
);
