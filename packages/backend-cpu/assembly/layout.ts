// A walk over strided operands. The layout (src/kernels.ts) is int32 memory: extents, strides of each operand, counters, and one
// word an operand for where it stands, in elements.

/** Begins a walk. */
export function start(layout: usize, rank: u32, operands: u32): void {
  const counters = layout + ((rank * (operands + 1)) << 2);
  memory.fill(counters, 0, (rank + operands) << 2);
}

/** The extent of the innermost axis. */
@inline
export function runLength(layout: usize, rank: u32): u32 {
  return load<u32>(layout + ((rank - 1) << 2));
}

/** An operand's stride along the innermost axis. */
@inline
export function runStride(layout: usize, rank: u32, operand: u32): u32 {
  return load<u32>(layout + ((rank * (operand + 2) - 1) << 2));
}

/** Where an operand stands, in elements. */
@inline
export function position(layout: usize, rank: u32, operands: u32, operand: u32): u32 {
  return load<u32>(layout + ((rank * (operands + 2) + operand) << 2));
}

/** Goes on to the next innermost run; false when there is none. */
export function advance(layout: usize, rank: u32, operands: u32): bool {
  const counters = layout + ((rank * (operands + 1)) << 2);
  const positions = counters + (rank << 2);
  for (let axis = <i32>rank - 2; axis >= 0; axis--) {
    const counter = counters + (axis << 2);
    const count = load<u32>(counter) + 1;
    const wraps = count == load<u32>(layout + (axis << 2));
    store<u32>(counter, wraps ? 0 : count);
    const steps = wraps ? 1 - count : 1;
    for (let operand: u32 = 0; operand < operands; operand++) {
      const at = positions + (operand << 2);
      store<u32>(at, load<u32>(at) + steps * load<u32>(layout + ((rank * (operand + 1) + axis) << 2)));
    }
    if (!wraps) return true;
  }
  return false;
}
