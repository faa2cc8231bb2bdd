/** Ids, each once, and for each position which of them it is. */
export interface UniqueIds {
  readonly unique: Int32Array;
  readonly places: Int32Array;
}

/**
 * Finds the ids that occur, in the order in which they occur first.
 *
 * @param ids - Any int32 numbers from 0 on.
 * @returns Each of them once, and the place of each position's.
 */
export function uniqueIds(ids: Int32Array): UniqueIds {
  // A hash table that is at most half full; a slot holds one more than the place of its id.
  const bits = Math.max(4, 32 - Math.clz32(ids.length * 2 - 1));
  const slots = new Int32Array(1 << bits);
  const mask = slots.length - 1;
  const unique = new Int32Array(ids.length);
  const places = new Int32Array(ids.length);
  let count = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    let slot = Math.imul(id, 0x9e3779b1) >>> (32 - bits);
    let place = slots[slot] as number;
    while (place !== 0 && unique[place - 1] !== id) {
      slot = (slot + 1) & mask;
      place = slots[slot] as number;
    }
    if (place === 0) {
      unique[count++] = id;
      slots[slot] = place = count;
    }
    places[i] = place - 1;
  }
  return { unique: unique.subarray(0, count), places };
}
