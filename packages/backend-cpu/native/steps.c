/* Steps of Adam on rows, each written once for eight columns: rows have a multiple of them. The formulas are those of assembly/. */
#include "lanes.h"

/* Rows that are asked for before their turn: each is three, the weights and two moments. */
enum { steps_ahead = 6 };

/* Moments that decay end as denormal numbers, on which processors are many times slower. NaN stays. */
INLINE Floats flush(Floats moment) {
  const Floats size = (Floats)((Words)moment & 0x7fffffff);
  return (Floats)((Words)moment & ~(Words)(size < 1e-38f));
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
  if (dim % columns_of_vector != 0 || dim > most_columns || !has_range(memory, ids, (uint64_t)rows * 4)) return false;
  const Address last = target > moment ? (target > velocity ? target : velocity) : (moment > velocity ? moment : velocity);
  return has_rows(memory, last, (const uint32_t *)(memory.start + ids), rows, (uint64_t)dim * 4);
}

bool adam(Memory memory, Address target, Address moment, Address velocity, Address gradient, Address ids, uint32_t rows, uint32_t dim,
          float decay, float step_size, float keep1, float keep2, float epsilon) {
  if (!has_state(memory, target, moment, velocity, ids, rows, dim) || !has_range(memory, gradient, (uint64_t)rows * dim * 4)) return false;
  const State state = {memory.start + target, memory.start + moment, memory.start + velocity, (const uint32_t *)(memory.start + ids), rows,
                       (uint64_t)dim * 4};
  const char *given = memory.start + gradient;
  for (uint32_t i = 0; i < rows; i++, given += state.row_bytes) {
    const uint64_t row = row_at(state, i);
    for (uint64_t at = 0; at < state.row_bytes; at += sizeof(Floats)) {
      const Floats g = *(const Floats *)(given + at);
      Floats *const ms = (Floats *)(state.moment + row + at), *const vs = (Floats *)(state.velocity + row + at);
      Floats *const ws = (Floats *)(state.target + row + at);
      /* Everything is loaded before anything is stored: see assembly/update.ts. */
      const Floats m0 = *ms, v0 = *vs, w = *ws;
      const Floats m = flush(m0 + (g - m0) * keep1);
      const Floats v = flush(v0 + (g * g - v0) * keep2);
      *ms = m;
      *vs = v;
      *ws = (w - w * decay) - m * step_size / (__builtin_elementwise_sqrt(v) + epsilon);
    }
  }
  return true;
}

bool catch_up_adam(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors, Address groups,
                   uint32_t rows, uint32_t dim, uint32_t columns, float epsilon) {
  if (!has_state(memory, target, moment, velocity, ids, rows, dim) || !has_range(memory, groups, (uint64_t)rows * 4)) return false;
  const uint32_t *group = (const uint32_t *)(memory.start + groups);
  if (columns < 3 || !has_rows(memory, factors, group, rows, (uint64_t)columns * 4)) return false;
  const State state = {memory.start + target, memory.start + moment, memory.start + velocity, (const uint32_t *)(memory.start + ids), rows,
                       (uint64_t)dim * 4};
  for (uint32_t i = 0; i < rows; i++) {
    const float *factor = (const float *)(memory.start + factors) + (uint64_t)group[i] * columns;
    const uint64_t row = row_at(state, i);
    for (uint64_t at = 0; at < state.row_bytes; at += sizeof(Floats)) {
      Floats *const ms = (Floats *)(state.moment + row + at), *const vs = (Floats *)(state.velocity + row + at);
      Floats *const ws = (Floats *)(state.target + row + at);
      const Floats m = *ms, v = *vs;
      Floats w = *ws;
      if (columns > 3) {
        const Floats root = __builtin_elementwise_sqrt(v);
        Floats moved = {0};
        for (uint32_t node = 3; node < columns; node += 2) moved = moved + factor[node] / (root * factor[node + 1] + epsilon);
        w = w - m * moved;
      }
      *ws = w * factor[0];
      *ms = flush(m * factor[1]);
      *vs = flush(v * factor[2]);
    }
  }
  return true;
}
