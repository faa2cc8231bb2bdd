// Word vectors with negative sampling, whole sentences a call: skip-gram and continuous bag of words (src/kernels.ts has the meaning).
// Every product and sum is rounded to float32 in the order of src/kernels/word-vectors.ts, so that both forms give the same bits.

/** Targets whose rows are walked together: six sums and a row fit the registers of a processor, and five negatives are the usual number. */
const together: u32 = 6;

/** The next word of xoshiro128++ (Blackman and Vigna). */
@inline
function next(state: usize): u32 {
  const s0 = load<u32>(state);
  const s1 = load<u32>(state, 4);
  const old = load<u32>(state, 12);
  const s2 = load<u32>(state, 8) ^ s0;
  const s3 = old ^ s1;
  store<u32>(state, s0 ^ s3);
  store<u32>(state, s1 ^ s2, 4);
  store<u32>(state, s2 ^ (s1 << 9), 8);
  store<u32>(state, rotl<u32>(s3, 11), 12);
  return rotl<u32>(s0 + old, 7) + s0;
}

/** A word of the noise distribution by its alias table. */
@inline
function drawNoise(state: usize, chances: usize, aliases: usize, words: u32): u32 {
  const place = u64(next(state)) * u64(words);
  const word = u32(place >> 32);
  return u32(place) < load<u32>(chances + (word << 2)) ? word : load<u32>(aliases + (word << 2));
}

/** Of 2^32 uses of a place of the pool, after how many it gets another word, less one: a word is used four times in the mean. */
const renewed: u32 = 0x3fffffff;

/** A word of a thread's pool, whose rows are near; some leave it with their use. */
@inline
function drawPooled(state: usize, pool: usize, pooled: u32, chances: usize, aliases: usize, words: u32): u32 {
  const place = u64(next(state)) * u64(pooled);
  const at = pool + (u32(place >> 32) << 2);
  const word = load<u32>(at);
  if (u32(place) <= renewed) store<u32>(at, drawNoise(state, chances, aliases, words));
  return word;
}

@inline
function laneSum(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** The products of a row with six others, into `gains`. */
function dotSix(row: usize, targets: usize, gains: usize, bytes: u32): void {
  const r0: usize = load<u32>(targets);
  const r1: usize = load<u32>(targets, 4);
  const r2: usize = load<u32>(targets, 8);
  const r3: usize = load<u32>(targets, 12);
  const r4: usize = load<u32>(targets, 16);
  const r5: usize = load<u32>(targets, 20);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  for (let j: u32 = 0; j < bytes; j += 16) {
    const x = v128.load(row + j);
    a0 = f32x4.add(a0, f32x4.mul(x, v128.load(r0 + j)));
    a1 = f32x4.add(a1, f32x4.mul(x, v128.load(r1 + j)));
    a2 = f32x4.add(a2, f32x4.mul(x, v128.load(r2 + j)));
    a3 = f32x4.add(a3, f32x4.mul(x, v128.load(r3 + j)));
    a4 = f32x4.add(a4, f32x4.mul(x, v128.load(r4 + j)));
    a5 = f32x4.add(a5, f32x4.mul(x, v128.load(r5 + j)));
  }
  store<f32>(gains, laneSum(a0));
  store<f32>(gains, laneSum(a1), 4);
  store<f32>(gains, laneSum(a2), 8);
  store<f32>(gains, laneSum(a3), 12);
  store<f32>(gains, laneSum(a4), 16);
  store<f32>(gains, laneSum(a5), 20);
}

function dotOne(row: usize, target: usize, gain: usize, bytes: u32): void {
  let sum = f32x4.splat(0);
  for (let j: u32 = 0; j < bytes; j += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(row + j), v128.load(target + j)));
  store<f32>(gain, laneSum(sum));
}

/** One target's part of the sum; its row is stored before the next is read, since both may be the same row. */
@inline
function moveAt(at: usize, gain: v128, x: v128): v128 {
  const y = v128.load(at);
  v128.store(at, f32x4.add(y, f32x4.mul(gain, x)));
  return f32x4.mul(gain, y);
}

/** Moves six rows along `row`, and `into` along them. */
function moveSix(row: usize, into: usize, targets: usize, gains: usize, bytes: u32): void {
  const r0: usize = load<u32>(targets);
  const r1: usize = load<u32>(targets, 4);
  const r2: usize = load<u32>(targets, 8);
  const r3: usize = load<u32>(targets, 12);
  const r4: usize = load<u32>(targets, 16);
  const r5: usize = load<u32>(targets, 20);
  const g0 = v128.load32_splat(gains);
  const g1 = v128.load32_splat(gains, 4);
  const g2 = v128.load32_splat(gains, 8);
  const g3 = v128.load32_splat(gains, 12);
  const g4 = v128.load32_splat(gains, 16);
  const g5 = v128.load32_splat(gains, 20);
  for (let j: u32 = 0; j < bytes; j += 16) {
    const x = v128.load(row + j);
    let sum = moveAt(r0 + j, g0, x);
    sum = f32x4.add(sum, moveAt(r1 + j, g1, x));
    sum = f32x4.add(sum, moveAt(r2 + j, g2, x));
    sum = f32x4.add(sum, moveAt(r3 + j, g3, x));
    sum = f32x4.add(sum, moveAt(r4 + j, g4, x));
    sum = f32x4.add(sum, moveAt(r5 + j, g5, x));
    v128.store(into + j, f32x4.add(v128.load(into + j), sum));
  }
}

function moveOne(row: usize, into: usize, target: usize, gain: usize, bytes: u32): void {
  const g = v128.load32_splat(gain);
  for (let j: u32 = 0; j < bytes; j += 16) {
    const sum = moveAt(target + j, g, v128.load(row + j));
    v128.store(into + j, f32x4.add(v128.load(into + j), sum));
  }
}

/** `into += row`. */
function addRow(into: usize, row: usize, bytes: u32): void {
  for (let j: u32 = 0; j < bytes; j += 16) v128.store(into + j, f32x4.add(v128.load(into + j), v128.load(row + j)));
}

/** Turns products into gains; the targets after the first that are the centre itself gain nothing. Returns the sum of the losses. */
function gainAll(targets: usize, gains: usize, count: u32, rate: f32, curve: usize): f64 {
  const centre = load<u32>(targets);
  let loss: f64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const at = gains + (k << 2);
    const x = min<f32>(max<f32>(load<f32>(at), -16), 16);
    const place = (x + 16) * 64;
    const step = i32(place);
    const rest = place - f32(step);
    const entry = curve + (step << 3);
    const s0 = load<f32>(entry);
    const sigmoid = s0 + (load<f32>(entry, 8) - s0) * rest;
    const l0 = load<f32>(entry, 4);
    const softplus = l0 + (load<f32>(entry, 12) - l0) * rest;
    if (k == 0) {
      store<f32>(at, (1 - sigmoid) * rate);
      loss += f64(softplus);
    } else if (load<u32>(targets + (k << 2)) == centre) store<f32>(at, 0);
    else {
      store<f32>(at, -sigmoid * rate);
      loss += f64(softplus + x);
    }
  }
  return loss;
}

/** One row against its targets: `into` moves along them, and they along the row. Returns the sum of the losses. */
function learn(row: usize, into: usize, targets: usize, gains: usize, count: u32, bytes: u32, rate: f32, curve: usize): f64 {
  let k: u32 = 0;
  for (; k + together <= count; k += together) dotSix(row, targets + (k << 2), gains + (k << 2), bytes);
  for (; k < count; k++) dotOne(row, load<u32>(targets + (k << 2)), gains + (k << 2), bytes);
  const loss = gainAll(targets, gains, count, rate, curve);
  for (k = 0; k + together <= count; k += together) moveSix(row, into, targets + (k << 2), gains + (k << 2), bytes);
  for (; k < count; k++) moveOne(row, into, load<u32>(targets + (k << 2)), gains + (k << 2), bytes);
  return loss;
}

/** Adds what a thread's copy moved since it was fetched to the row that all threads share, and fetches it anew. */
function settleRow(shared: usize, own: usize, base: usize, bytes: u32): void {
  for (let j: u32 = 0; j < bytes; j += 16) {
    const row = f32x4.add(v128.load(shared + j), f32x4.sub(v128.load(own + j), v128.load(base + j)));
    v128.store(shared + j, row);
    v128.store(own + j, row);
    v128.store(base + j, row);
  }
}

/**
 * Where a thread finds a word's row: frequent words have a copy of the thread's own, which is settled with the shared row when it was
 * used often enough. `uses` is how often it is going to be moved now.
 */
@inline
function findRow(shared: usize, copies: usize, left: usize, word: u32, hot: u32, bytes: u32, patience: u32, uses: u32): usize {
  const row = shared + word * bytes;
  if (word >= hot) return row;
  const own = copies + word * bytes;
  const place = left + (word << 2);
  const rest = load<i32>(place) - i32(uses);
  if (rest < 0) {
    settleRow(row, own, own + hot * bytes, bytes);
    store<i32>(place, i32(patience));
  } else store<i32>(place, rest);
  return own;
}

export function settleWordVectors(shared: usize, copies: usize, left: usize, columns: u32, hot: u32): void {
  const bytes = columns << 2;
  for (let word: u32 = 0; word < hot; word++) {
    const own = copies + word * bytes;
    settleRow(shared + word * bytes, own, own + hot * bytes, bytes);
    store<i32>(left + (word << 2), 0);
  }
}

export function trainWordVectors(
  input: usize, output: usize, words: u32, columns: u32, ids: usize, ends: usize, sentences: u32, keep: usize, chances: usize, aliases: usize,
  curve: usize, state: usize, kept: usize, targets: usize, room: usize, pool: usize, pooled: u32, window: u32, negatives: u32, rate: f32,
  bags: u32,
  inputCopies: usize, outputCopies: usize, inputLeft: usize, outputLeft: usize, hot: u32, patience: u32,
): f64 {
  const bytes = columns << 2;
  const count = negatives + 1;
  const hidden = room;
  const work = room + bytes;
  const gains = room + (bytes << 1);
  let loss: f64 = 0;
  let used: u32 = 0;
  let learned: u32 = 0;
  let from: u32 = 0;
  for (let k: u32 = 0; k < pooled; k++) store<u32>(pool + (k << 2), drawNoise(state, chances, aliases, words));
  for (let sentence: u32 = 0; sentence < sentences; sentence++) {
    const end = load<u32>(ends + (sentence << 2));
    let length: u32 = 0;
    for (let i = from; i < end; i++) {
      const word = load<u32>(ids + (i << 2));
      if (next(state) > load<u32>(keep + (word << 2))) continue;
      store<u32>(kept + (length << 2), word);
      length++;
    }
    from = end;
    used += length;
    for (let i: u32 = 0; i < length; i++) {
      const reach = window - u32((u64(next(state)) * u64(window)) >> 32);
      const first = i > reach ? i - reach : 0;
      const last = min(i + reach + 1, length);
      if (last - first < 2) continue;
      const pairs = last - first - 1;
      const uses = bags ? 1 : pairs;
      store<u32>(targets, u32(findRow(output, outputCopies, outputLeft, load<u32>(kept + (i << 2)), hot, bytes, patience, uses)));
      // A window shares its noise: the rows of the targets stay in the nearest cache, and threads write a sixth of one another's rows.
      for (let k: u32 = 1; k < count; k++) {
        const word = pooled
          ? drawPooled(state, pool, pooled, chances, aliases, words)
          : drawNoise(state, chances, aliases, words);
        store<u32>(targets + (k << 2), u32(findRow(output, outputCopies, outputLeft, word, hot, bytes, patience, uses)));
      }
      if (bags) {
        memory.fill(hidden, 0, bytes << 1);
        for (let j = first; j < last; j++) {
          if (j != i) addRow(hidden, findRow(input, inputCopies, inputLeft, load<u32>(kept + (j << 2)), hot, bytes, patience, 1), bytes);
        }
        const share = f32x4.splat(<f32>1 / f32(pairs));
        for (let j: u32 = 0; j < bytes; j += 16) v128.store(hidden + j, f32x4.mul(v128.load(hidden + j), share));
        loss += learn(hidden, work, targets, gains, count, bytes, rate, curve);
        learned += count;
        for (let j = first; j < last; j++) {
          if (j != i) addRow(findRow(input, inputCopies, inputLeft, load<u32>(kept + (j << 2)), hot, bytes, patience, 0), work, bytes);
        }
        continue;
      }
      for (let j = first; j < last; j++) {
        if (j == i) continue;
        const row = findRow(input, inputCopies, inputLeft, load<u32>(kept + (j << 2)), hot, bytes, patience, 1);
        learned += count;
        // With one group of targets the row itself can be the sum; else later groups still need it as it was.
        if (count == together) loss += learn(row, row, targets, gains, count, bytes, rate, curve);
        else {
          memory.fill(work, 0, bytes);
          loss += learn(row, work, targets, gains, count, bytes, rate, curve);
          addRow(row, work, bytes);
        }
      }
    }
  }
  store<u32>(state, used, 16);
  store<u32>(state, learned, 20);
  return loss;
}
