import { countOf } from "../count-of.ts";
import type { Backend, BagMode } from "../backend/backend.ts";
import { checkFlag } from "../check-options.ts";
import { InvalidArgumentError, ShapeMismatchError, describeValue } from "../errors.ts";
import { checkIds } from "../tensor/ids.ts";
import type { IdsInput, InvalidIdPolicy } from "../tensor/ids.ts";
import { NDArray } from "../tensor/ndarray.ts";
import { checkPaddingIdx, keptOffsets, keptPositions } from "./leave-out.ts";
import type { BagsInput } from "./row-source.ts";

/** Bags that every kernel can take: compressed rows, valid ids, padding gone. */
export interface CheckedBags {
  readonly ids: Int32Array;
  /** `[bags + 1]`, from 0 to `ids.length`. */
  readonly offsets: Int32Array;
  readonly weights?: Float32Array;
  readonly mode: BagMode;
  /** How many ids were given. */
  readonly given: number;
  /** The positions in the given ids that are left; absent where all of them are. */
  readonly kept?: Int32Array;
}

const modes: readonly BagMode[] = ["sum", "mean", "sqrtn", "max"];

/**
 * Checks bags against a table and drops what takes no part in them.
 *
 * @param input - Ids with offsets, ragged arrays, or a rectangle.
 * @param rows - The number of rows of the table.
 * @param policy - What an invalid id gets, as for `checkIds`; under `"zero"` it takes no part.
 * @param backend - Where the rows are, as for `checkIds`.
 * @returns Compressed bags.
 * @throws InvalidArgumentError for an unknown mode, weights with `"max"`, and offsets that decrease, start elsewhere than at 0 or
 *   pass the end; ShapeMismatchError when weights and ids differ in number; IndexOutOfRangeError for invalid ids.
 */
export function checkBags(input: BagsInput, rows: number, policy?: InvalidIdPolicy, backend?: Pick<Backend, "idsBelow">): CheckedBags {
  const mode = checkBagMode(input.mode, input.weights !== undefined);
  const flat = flatten(input);
  const { data: ids, zeroed } = checkIds(flat.ids, rows, policy, backend);
  const { offsets, weights } = flat;
  if (weights) checkWeightCount(weights.length, ids.length);
  const kept = keptPositions(ids, checkPaddingIdx("paddingIdx", input.paddingIdx, rows), zeroed);
  if (!kept) return { ids, offsets, mode, given: ids.length, ...(weights && { weights }) };
  return {
    ids: kept.map((position) => ids[position] as number),
    offsets: keptOffsets(offsets, kept),
    mode,
    given: ids.length,
    kept,
    ...(weights && { weights: Float32Array.from(kept, (position) => weights[position] as number) }),
  };
}

/**
 * Checks how bags become rows.
 *
 * @param mode - `"mean"` when undefined.
 * @param weighted - Ids have factors.
 * @returns The mode.
 * @throws InvalidArgumentError for an unknown mode, and for factors with `"max"`.
 */
export function checkBagMode(mode: BagMode | undefined, weighted: boolean): BagMode {
  const known = mode ?? "mean";
  if (!modes.includes(known))
    throw new InvalidArgumentError(`\`mode\` must be one of ${modes.join(", ")}. Received: mode=${describeValue(mode)}.`);
  if (known === "max" && weighted)
    throw new InvalidArgumentError(
      '`weights` cannot be used with mode "max". Received: mode="max" with weights. Leave them out, or use "sum", "mean" or "sqrtn".',
    );
  return known;
}

/**
 * Checks that each id has a factor.
 *
 * @param weights - How many factors there are.
 * @param ids - How many ids there are, padding included.
 * @throws ShapeMismatchError when they differ.
 */
export function checkWeightCount(weights: number, ids: number): void {
  if (weights === ids) return;
  throw new ShapeMismatchError(
    `\`weights\` must have one value for each id. Received: ${countOf(weights, "weight")} for ${countOf(ids, "id")}.`,
  );
}

interface FlatBags {
  readonly ids: IdsInput;
  readonly offsets: Int32Array;
  readonly weights?: Float32Array;
}

function flatten({ ids, offsets, includeLastOffset = false, weights }: BagsInput): FlatBags {
  const factors = weights === undefined ? undefined : flatWeights(weights);
  if (offsets !== undefined) {
    const flat = ids instanceof NDArray && ids.rank === 1 ? ids.data : ids;
    if (!isList(flat) || isNested(flat)) {
      throw new ShapeMismatchError(
        `With \`offsets\`, ids must be flat. Received: ids=${describeValue(ids)}. Leave the offsets out for one array of ids a bag.`,
      );
    }
    return {
      ids: flat as IdsInput,
      offsets: checkOffsets(offsets, flat.length, checkFlag("includeLastOffset", includeLastOffset)),
      ...(factors && { weights: factors }),
    };
  }
  if (ids instanceof NDArray) {
    if (ids.rank !== 2) {
      throw new ShapeMismatchError(
        `Bags without \`offsets\` must be rows of a rectangle or a list of lists. Received: ids of rank ${ids.rank}. Pass offsets, or reshape the ids.`,
      );
    }
    const [bags = 0, width = 0] = ids.shape;
    return {
      ids: ids.data,
      offsets: Int32Array.from({ length: bags + 1 }, (_, bag) => bag * width),
      ...(factors && { weights: factors }),
    };
  }
  if (!Array.isArray(ids) || !ids.every((bag) => isList(bag))) {
    throw new InvalidArgumentError(
      `Bags are ids with \`offsets\`, or one array of ids a bag. Received: ids=${describeValue(ids)} without offsets. Pass offsets, or wrap the ids: [[1, 2], [3]].`,
    );
  }
  const lists = (ids as readonly (ArrayLike<number> | BigInt64Array)[]).map((bag) =>
    bag instanceof BigInt64Array ? Array.from(bag, Number) : bag,
  );
  const joined: number[] = [];
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((bag, index) => {
    for (let i = 0; i < bag.length; i++) joined.push(bag[i] as number);
    starts[index + 1] = joined.length;
  });
  if (Array.isArray(weights) && isNested(weights)) checkSameBags(lists, weights as readonly ArrayLike<number>[]);
  return { ids: joined, offsets: starts, ...(factors && { weights: factors }) };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

function isNested(values: ArrayLike<unknown>): boolean {
  return Array.isArray(values) && values.some((value) => isList(value));
}

function checkSameBags(ids: readonly ArrayLike<number>[], weights: readonly ArrayLike<number>[]): void {
  const differs = ids.findIndex((bag, index) => bag.length !== weights[index]?.length);
  if (differs < 0 && ids.length === weights.length) return;
  throw new ShapeMismatchError(
    `\`weights\` must have one value for each id, bag by bag. Received: ${countOf(weights.length, "bag")} of weights for ${countOf(ids.length, "bag")} of ids${differs < 0 ? "" : `, which differ first in bag ${differs}`}.`,
  );
}

function flatWeights(weights: NonNullable<BagsInput["weights"]>): Float32Array {
  const given: unknown = (weights as unknown) instanceof NDArray ? (weights as unknown as NDArray).data : weights;
  const flat: unknown = Array.isArray(given) ? given.flatMap((value: unknown) => (isList(value) ? Array.from(value) : [value])) : given;
  if (!isList(flat) || Array.from(flat).some((value) => typeof value !== "number")) {
    throw new InvalidArgumentError(`\`weights\` must be numbers, one for each id. Received: weights=${describeValue(weights)}.`);
  }
  return Float32Array.from(flat as ArrayLike<number>);
}

function checkOffsets(input: NonNullable<BagsInput["offsets"]>, count: number, includeLast: boolean): Int32Array {
  const offsets: unknown = input instanceof NDArray && input.rank === 1 ? input.data : input;
  if (!isList(offsets)) {
    throw new InvalidArgumentError(`\`offsets\` must be an array of integers. Received: offsets=${describeValue(input)}.`);
  }
  const fail = (rule: string, index: number): never => {
    throw new InvalidArgumentError(
      `\`offsets\` must ${rule}. Received: offsets[${index}]=${String(offsets[index])} for ${countOf(count, "id")}.`,
    );
  };
  const given = offsets.length;
  if (includeLast && given === 0)
    throw new InvalidArgumentError(
      "`offsets` must hold at least the end of the last bag when includeLastOffset is set. Received: no offsets.",
    );
  const ends = new Int32Array(includeLast ? given : given + 1);
  // What is in order is taken as it is; the loop below is for naming what is not.
  const inOrder = offsets instanceof Int32Array && given > 0 && isInOrder(offsets, count);
  if (inOrder) ends.set(offsets);
  const isLong = offsets instanceof BigInt64Array;
  for (let i = 0; i < given && !inOrder; i++) {
    const offset = isLong ? Number(offsets[i]) : offsets[i];
    if (typeof offset !== "number" || !Number.isInteger(offset)) return fail("be integers", i);
    if (i === 0 && offset !== 0) fail("start at 0", i);
    if (i > 0 && offset < (ends[i - 1] as number)) fail("never decrease", i);
    if (offset > count) fail("not pass the end of ids", i);
    ends[i] = offset;
  }
  if (includeLast) {
    if (ends[given - 1] !== count) fail("end at the number of ids when includeLastOffset is set", given - 1);
  } else {
    if (given === 0 && count > 0)
      throw new InvalidArgumentError(`\`offsets\` must start at 0. Received: no offsets for ${countOf(count, "id")}.`);
    ends[given] = count;
  }
  return ends;
}

/** Whether offsets begin at 0, never decrease and do not pass `count`: as in `checkIds`, without a branch for each. */
function isInOrder(offsets: Int32Array, count: number): boolean {
  let before = 0;
  let signs = 0;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] as number;
    // Numbers below 0 have the sign bit too, so no difference overflows unseen.
    signs |= offset | (offset - before);
    before = offset;
  }
  return signs >= 0 && offsets[0] === 0 && before <= count;
}
