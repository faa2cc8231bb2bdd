/* Sums of bags. This is compiled once for each length of vectors, VECTOR_BYTES, and makes the kernels called BAG_KERNELS of it. */
#include "bags.h"
#include "lanes.h"

typedef int8_t Bytes __attribute__((vector_size(VECTOR_BYTES / 4), aligned(1)));

enum {
  /*
   * Columns of a bag that are summed in one pass over its ids: for their sums, and for what is added, there are 16 registers of 32 bytes. Of
   * those of 64 there are more; but lines of a whole long row, sixteen rows ahead, are more than a processor has on their way at a time.
   */
  most_columns = 96,
  most_vectors = most_columns / lanes,
};

/* The divisor is summed in the order of the ids, like the rows. */
static float bag_divisor(const float *weights, bool weighted, uint32_t from, uint32_t to, uint32_t mode) {
  if (mode == 0) return 1;
  float sum = 0;
  for (uint32_t i = from; i < to; i++) {
    const float weight = weighted ? weights[i] : 1;
    sum += mode == 1 ? weight : weight * weight;
  }
  return mode == 1 ? sum : __builtin_sqrtf(sum);
}

/* Ids ahead whose rows are asked for. */
enum { bag_ahead = 16 };

/* What a bag is summed of: float32 rows where `scale` is null, else int8 rows. */
typedef struct {
  const char *data;
  const float *scale;
  const uint32_t *ids;
  const float *weights;
  uint64_t row_bytes;
  /* One past the last id of the call: no id is read behind it. */
  uint32_t last;
} Rows;

/* `vectors` vectors of a bag's columns, from `column` on, in as many registers. */
INLINE void fold(const int vectors, const bool coded, const bool weighted, bool divides, Rows rows, uint32_t column, uint32_t from,
                 uint32_t to, float divisor, float *out) {
  Lanes sums[vectors];
  UNROLLED for (int v = 0; v < vectors; v++) sums[v] = (Lanes){0};
  const uint32_t width = coded ? 1 : 4;
  for (uint32_t i = from; i < to; i++) {
    const uint32_t next = i + bag_ahead < rows.last ? i + bag_ahead : rows.last - 1;
    const char *coming = rows.data + rows.ids[next] * rows.row_bytes + column * width;
    UNROLLED for (int at = 0; at < vectors * lanes * (coded ? 1 : 4); at += line) __builtin_prefetch(coming + at);
    if (coded && column == 0) __builtin_prefetch(rows.scale + rows.ids[next]);
    const char *row = rows.data + rows.ids[i] * rows.row_bytes + column * width;
    float factor = coded ? 1 / rows.scale[rows.ids[i]] : 1;
    if (weighted) factor = coded ? factor * rows.weights[i] : rows.weights[i];
    UNROLLED for (int v = 0; v < vectors; v++) {
      Lanes values = coded ? __builtin_convertvector(*(const Bytes *)(row + v * lanes), Lanes) : *(const Lanes *)(row + v * VECTOR_BYTES);
      if (coded || weighted) values = values * factor;
      sums[v] = sums[v] + values;
    }
  }
  UNROLLED for (int v = 0; v < vectors; v++) *(Lanes *)(out + column + v * lanes) = divides ? sums[v] / divisor : sums[v];
}

/* As many vectors as are left, at most `most_vectors`. */
INLINE void fold_some(const uint32_t vectors, const bool coded, const bool weighted, bool divides, Rows rows, uint32_t column, uint32_t from,
                      uint32_t to, float divisor, float *out) {
  switch (vectors) {
#define CASE(n) \
  case n: \
    if (n <= most_vectors) fold(n, coded, weighted, divides, rows, column, from, to, divisor, out); \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
  }
}

INLINE void fold_bag(const bool coded, const bool weighted, bool divides, Rows rows, uint32_t from, uint32_t to, uint32_t dim,
                     float divisor, float *out) {
  const uint32_t widest = most_vectors * lanes;
  uint32_t column = 0;
  for (; column + widest <= dim; column += widest) fold(most_vectors, coded, weighted, divides, rows, column, from, to, divisor, out);
  const uint32_t left = (dim - column + lanes - 1) / lanes;
  /* The last columns are taken with some before them, which come out the same once more. */
  if (left * lanes <= dim) fold_some(left, coded, weighted, divides, rows, dim - left * lanes, from, to, divisor, out);
  else {
    fold_some(left - 1, coded, weighted, divides, rows, 0, from, to, divisor, out);
    fold(1, coded, weighted, divides, rows, dim - lanes, from, to, divisor, out);
  }
}

/* Sums that are stored past the caches are made in one place first, since whole lines must be stored at once: of rows up to this long. */
enum { most_streamed_columns = 2048 };

INLINE void fold_bags(const bool coded, const bool weighted, Rows rows, const uint32_t *offsets, uint32_t bags, uint32_t dim,
                      uint32_t mode, float *out, bool streams) {
  float row[most_streamed_columns];
  streams = streams && dim <= most_streamed_columns && dim % 4 == 0 && ((uintptr_t)out & 15) == 0;
  for (uint32_t bag = 0; bag < bags; bag++, out += dim) {
    const uint32_t from = offsets[bag], to = offsets[bag + 1];
    const float divisor = bag_divisor(rows.weights, weighted, from, to, mode);
    float *sums = streams ? row : out;
    if (from == to || divisor == 0)
      for (uint32_t column = 0; column < dim; column++) sums[column] = 0;
    else fold_bag(coded, weighted, mode != 0, rows, from, to, dim, divisor, sums);
    if (streams) stream_row((const char *)row, (char *)out, dim * 4);
  }
  /* Other threads see the rows when they are told of them. */
  if (streams) __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Whether all of a call lies in the memory. */
static bool has_bags(Memory memory, Address source, Address ids, Address offsets, Address weights, bool weighted, Address out, uint32_t bags,
                     uint32_t dim, uint64_t row_bytes) {
  if (dim < lanes || !has_range(memory, offsets, (uint64_t)bags * 4 + 4)) return false;
  const uint32_t *bounds = (const uint32_t *)(memory.start + offsets);
  for (uint32_t bag = 0; bag < bags; bag++)
    if (bounds[bag] > bounds[bag + 1]) return false;
  const uint32_t first = bounds[0], last = bounds[bags];
  return has_range(memory, ids, (uint64_t)last * 4) && (!weighted || has_range(memory, weights, (uint64_t)last * 4)) &&
         has_range(memory, out, (uint64_t)bags * dim * 4) &&
         has_rows(memory, source, (const uint32_t *)(memory.start + ids) + first, last - first, row_bytes);
}

static bool sum_bags(Memory memory, Address source, Address ids, Address offsets, Address weights, bool weighted, Address out,
                     uint32_t bags, uint32_t dim, uint32_t mode, bool streams) {
  if (!has_bags(memory, source, ids, offsets, weights, weighted, out, bags, dim, (uint64_t)dim * 4)) return false;
  const uint32_t *bounds = (const uint32_t *)(memory.start + offsets);
  const Rows rows = {memory.start + source, NULL, (const uint32_t *)(memory.start + ids), (const float *)(memory.start + weights),
                     (uint64_t)dim * 4, bounds[bags]};
  float *target = (float *)(memory.start + out);
  if (weighted) fold_bags(false, true, rows, bounds, bags, dim, mode, target, streams);
  else fold_bags(false, false, rows, bounds, bags, dim, mode, target, streams);
  return true;
}

static bool sum_int8_bags(Memory memory, Address data, Address scale, Address ids, Address offsets, Address weights, bool weighted,
                          Address out, uint32_t bags, uint32_t dim, uint32_t mode, bool streams) {
  if (!has_bags(memory, data, ids, offsets, weights, weighted, out, bags, dim, dim)) return false;
  const uint32_t *bounds = (const uint32_t *)(memory.start + offsets);
  const uint32_t *list = (const uint32_t *)(memory.start + ids);
  if (!has_rows(memory, scale, list + bounds[0], bounds[bags] - bounds[0], 4)) return false;
  const Rows rows = {memory.start + data, (const float *)(memory.start + scale), list, (const float *)(memory.start + weights), dim,
                     bounds[bags]};
  float *target = (float *)(memory.start + out);
  if (weighted) fold_bags(true, true, rows, bounds, bags, dim, mode, target, streams);
  else fold_bags(true, false, rows, bounds, bags, dim, mode, target, streams);
  return true;
}

/* Columns that fill no whole number of vectors take a further pass: that costs short rows more than long vectors save. */
static bool is_good_for(uint32_t dim) { return lanes == 8 || (dim % lanes == 0 ? dim >= 2 * lanes : dim > most_columns); }

const BagKernels BAG_KERNELS = {is_good_for, sum_bags, sum_int8_bags};
