// The plan of a step's ids: a radix sort of (id, position), eleven bits a pass, which keeps positions in order.

const digits: u32 = 2048;
const digitBits: u32 = 11;

/** Where the ids of each digit begin, in `counts`. */
function countDigits(keys: usize, count: u32, shift: u32, counts: usize): void {
  memory.fill(counts, 0, digits << 2);
  const end = keys + (count << 2);
  for (let at = keys; at < end; at += 4) {
    const counter = counts + (((load<u32>(at) >>> shift) & (digits - 1)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let start: u32 = 0;
  for (let counter = counts; counter < counts + (digits << 2); counter += 4) {
    const here = load<u32>(counter);
    store<u32>(counter, start);
    start += here;
  }
}

/** Puts ids and positions into the order of a digit; without `positions` they are those of the ids. */
function placeDigits(keys: usize, positions: usize, outKeys: usize, outPositions: usize, count: u32, shift: u32, counts: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u32>(keys + (i << 2));
    const counter = counts + (((key >>> shift) & (digits - 1)) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u32>(outKeys + (place << 2), key);
    store<u32>(outPositions + (place << 2), positions ? load<u32>(positions + (i << 2)) : i);
  }
}

export function planRows(ids: usize, count: u32, passes: u32, unique: usize, offsets: usize, positions: usize, room: usize): u32 {
  const bytes: usize = count << 2;
  const counts = room + 3 * bytes;
  let keys = ids;
  let outKeys = room;
  let otherKeys = room + bytes;
  let from: usize = 0;
  // The last pass must end in the list that is handed out.
  let to = passes & 1 ? positions : room + 2 * bytes;
  let other = passes & 1 ? room + 2 * bytes : positions;
  for (let pass: u32 = 0; pass < passes; pass++) {
    countDigits(keys, count, pass * digitBits, counts);
    placeDigits(keys, from, outKeys, to, count, pass * digitBits, counts);
    keys = outKeys;
    outKeys = otherKeys;
    otherKeys = keys;
    from = to;
    to = other;
    other = from;
  }
  let found: u32 = 0;
  let last: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u32>(keys + (i << 2));
    if (i > 0 && key == last) continue;
    last = key;
    store<u32>(unique + (found << 2), key);
    store<u32>(offsets + (found << 2), i);
    found++;
  }
  store<u32>(offsets + (found << 2), count);
  return found;
}
