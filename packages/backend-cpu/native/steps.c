/*
 * Steps of Adam on rows, each written once for one vector of columns: rows have a multiple of them. The formulas are those of assembly/.
 * This is compiled once for each length of vectors, VECTOR_BYTES, and makes the kernels called STEP_KERNELS of it.
 */
#include "lanes.h"
#include "steps.h"

typedef int32_t Words __attribute__((vector_size(VECTOR_BYTES), aligned(4)));

/* Rows that are asked for before their turn: each is three, the weights and two moments. */
enum { steps_ahead = 6 };

/* Moments that decay end as denormal numbers, on which processors are many times slower. NaN stays. */
INLINE Lanes flush(Lanes moment) {
  const Lanes size = (Lanes)((Words)moment & 0x7fffffff);
  return (Lanes)((Words)moment & ~(Words)(size < 1e-38f));
}

/* Rows of 2 GiB, of which no memory has three: so their bytes are counted in 32 bits, which is faster. */
enum { most_columns = 1 << 29 };

typedef struct {
  char *target, *moment, *velocity;
  const uint32_t *ids;
  uint32_t rows;
  uint64_t row_bytes;
} State;

INLINE uint64_t row_at(State state, uint32_t i) {
  const uint32_t next = i + steps_ahead < state.rows ? i + steps_ahead : state.rows - 1;
  const uint64_t coming = state.ids[next] * state.row_bytes;
  for (uint32_t at = 0; at < state.row_bytes; at += line) {
    __builtin_prefetch(state.target + coming + at, 1);
    __builtin_prefetch(state.moment + coming + at, 1);
    __builtin_prefetch(state.velocity + coming + at, 1);
  }
  return state.ids[i] * state.row_bytes;
}

static bool has_state(Memory memory, Address target, Address moment, Address velocity, Address ids, uint32_t rows, uint32_t dim) {
  if (dim % lanes != 0 || dim > most_columns || !has_range(memory, ids, (uint64_t)rows * 4)) return false;
  const Address last = target > moment ? (target > velocity ? target : velocity) : (moment > velocity ? moment : velocity);
  return has_rows(memory, last, (const uint32_t *)(memory.start + ids), rows, (uint64_t)dim * 4);
}

static bool adam(Memory memory, Address target, Address moment, Address velocity, Address gradient, Address ids, uint32_t rows,
                 uint32_t dim, float decay, float step_size, float keep1, float keep2, float epsilon) {
  if (!has_state(memory, target, moment, velocity, ids, rows, dim) || !has_range(memory, gradient, (uint64_t)rows * dim * 4)) return false;
  const State state = {memory.start + target, memory.start + moment, memory.start + velocity, (const uint32_t *)(memory.start + ids), rows,
                       (uint64_t)dim * 4};
  const char *given = memory.start + gradient;
  for (uint32_t i = 0; i < rows; i++, given += state.row_bytes) {
    const uint64_t row = row_at(state, i);
    for (uint64_t at = 0; at < state.row_bytes; at += sizeof(Lanes)) {
      const Lanes g = *(const Lanes *)(given + at);
      Lanes *const ms = (Lanes *)(state.moment + row + at), *const vs = (Lanes *)(state.velocity + row + at);
      Lanes *const ws = (Lanes *)(state.target + row + at);
      /* Everything is loaded before anything is stored: see assembly/update.ts. */
      const Lanes m0 = *ms, v0 = *vs, w = *ws;
      const Lanes m = flush(m0 + (g - m0) * keep1);
      const Lanes v = flush(v0 + (g * g - v0) * keep2);
      *ms = m;
      *vs = v;
      *ws = (w - w * decay) - m * step_size / (__builtin_elementwise_sqrt(v) + epsilon);
    }
  }
  return true;
}

/* Factors of rows whose steps were put off: row `groups[i]` of `columns` is D, A, B, then C and R of each node. */
typedef struct {
  const char *data;
  const uint32_t *groups;
  uint32_t columns;
  float epsilon;
} Factors;

INLINE void catch_up(State state, uint64_t row, Factors factors, uint32_t i) {
  const float *factor = (const float *)factors.data + (uint64_t)factors.groups[i] * factors.columns;
  for (uint64_t at = 0; at < state.row_bytes; at += sizeof(Lanes)) {
    Lanes *const ms = (Lanes *)(state.moment + row + at), *const vs = (Lanes *)(state.velocity + row + at);
    Lanes *const ws = (Lanes *)(state.target + row + at);
    const Lanes m = *ms, v = *vs;
    Lanes w = *ws;
    if (factors.columns > 3) {
      const Lanes root = __builtin_elementwise_sqrt(v);
      Lanes moved = {0};
      for (uint32_t node = 3; node < factors.columns; node += 2)
        moved = moved + factor[node] / (root * factor[node + 1] + factors.epsilon);
      w = w - m * moved;
    }
    *ws = w * factor[0];
    *ms = flush(m * factor[1]);
    *vs = flush(v * factor[2]);
  }
}

static bool has_factors(Memory memory, Address factors, Address groups, uint32_t rows, uint32_t columns) {
  return columns >= 3 && has_range(memory, groups, (uint64_t)rows * 4) &&
         has_rows(memory, factors, (const uint32_t *)(memory.start + groups), rows, (uint64_t)columns * 4);
}

static bool catch_up_adam(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors, Address groups,
                          uint32_t rows, uint32_t dim, uint32_t columns, float epsilon) {
  if (!has_state(memory, target, moment, velocity, ids, rows, dim) || !has_factors(memory, factors, groups, rows, columns)) return false;
  const State state = {memory.start + target, memory.start + moment, memory.start + velocity, (const uint32_t *)(memory.start + ids), rows,
                       (uint64_t)dim * 4};
  const Factors numbers = {memory.start + factors, (const uint32_t *)(memory.start + groups), columns, epsilon};
  for (uint32_t i = 0; i < rows; i++) catch_up(state, row_at(state, i), numbers, i);
  return true;
}

/* The first of ascending ids that is not below another one. */
static uint32_t first_from(const uint32_t *ids, uint32_t count, uint32_t least) {
  uint32_t low = 0, high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (ids[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

static bool catch_up_adam_gather(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors,
                                 Address groups, uint32_t rows, uint32_t dim, uint32_t columns, float epsilon, Address unique, Address offsets,
                                 Address positions, uint32_t count, Address out, bool streams) {
  if (!has_state(memory, target, moment, velocity, ids, rows, dim) || !has_factors(memory, factors, groups, rows, columns)) return false;
  if (!has_range(memory, unique, (uint64_t)count * 4) || !has_range(memory, offsets, (uint64_t)count * 4 + 4)) return false;
  const uint32_t *plan = (const uint32_t *)(memory.start + unique), *bounds = (const uint32_t *)(memory.start + offsets);
  const uint32_t *uses = (const uint32_t *)(memory.start + positions);
  for (uint32_t i = 0; i < count; i++)
    if (bounds[i] > bounds[i + 1]) return false;
  if (!has_range(memory, positions, (uint64_t)bounds[count] * 4)) return false;
  const State state = {memory.start + target, memory.start + moment, memory.start + velocity, (const uint32_t *)(memory.start + ids), rows,
                       (uint64_t)dim * 4};
  if (!has_rows(memory, target, plan, count, state.row_bytes)) return false;
  if (!has_rows(memory, out, uses + bounds[0], bounds[count] - bounds[0], state.row_bytes)) return false;
  const Factors numbers = {memory.start + factors, (const uint32_t *)(memory.start + groups), columns, epsilon};
  const uint32_t bytes = dim * 4;
  streams = streams && (out & 31) == 0;
  char *const results = memory.start + out;
  uint32_t behind = count == 0 ? 0 : first_from(state.ids, rows, plan[0]);
  for (uint32_t i = 0; i < count; i++) {
    const char *row = state.target + plan[i] * state.row_bytes;
    if (behind < rows && state.ids[behind] == plan[i]) {
      catch_up(state, row_at(state, behind), numbers, behind);
      behind++;
    }
    /* Where it is behind it is asked for twice, which costs little. */
    prefetch_row(state.target + plan[i + steps_ahead < count ? i + steps_ahead : count - 1] * state.row_bytes, bytes);
    for (uint32_t use = bounds[i]; use < bounds[i + 1]; use++) {
      char *result = results + uses[use] * state.row_bytes;
      if (streams) stream_row(row, result, bytes);
      else
        for (uint32_t at = 0; at < bytes; at += sizeof(Lanes)) *(Lanes *)(result + at) = *(const Lanes *)(row + at);
    }
  }
  /* Other threads see the rows when they are told of them. */
  if (streams) __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return true;
}

const StepKernels STEP_KERNELS = {lanes, adam, catch_up_adam, catch_up_adam_gather};
