/* What is done with lists of the host, wherever it has them. */
#include "lanes.h"
#include "lists.h"

bool ids_below(const uint32_t *ids, uint32_t count, uint32_t rows) { return count == 0 || largest_of(ids, count) < rows; }

/* ---- the steps at which rows are ---- */

/* Steps lie far apart, one to a line of memory. */
enum { lasts_ahead = 32 };

uint32_t take_behind(int32_t *last, uint32_t size, const uint32_t *ids, uint32_t count, int32_t now, int32_t next, uint32_t *rows,
                     int32_t *before) {
  if (!ids_below(ids, count, size)) return nowhere;
  uint32_t behind = 0;
  for (uint32_t i = 0; i < count; i++) {
    __builtin_prefetch(last + ids[i + lasts_ahead < count ? i + lasts_ahead : count - 1], 1);
    const uint32_t id = ids[i];
    const int32_t step = last[id];
    last[id] = next;
    /* Without a branch: which rows are behind cannot be foreseen. */
    rows[behind] = id;
    before[behind] = step;
    behind += step != now && step != next;
  }
  return behind;
}

/* ---- plans ---- */

/* Bits of a digit of the radix sort. 32 bits have three digits. */
enum { digit_bits = 11, digits = 1 << digit_bits, most_passes = 3 };

INLINE uint32_t digit_of(uint32_t id, uint32_t pass) { return (id >> (pass * digit_bits)) & (digits - 1); }

uint32_t plan_rows(const uint32_t *ids, uint32_t count, uint32_t rows, uint32_t *unique, uint32_t *offsets, uint32_t *positions, Use *uses) {
  uint32_t passes = 1;
  while (passes < most_passes && (uint64_t)1 << (passes * digit_bits) < rows) passes++;
  /* Where the next use with a digit goes. */
  uint32_t next[most_passes][digits];
  for (uint32_t pass = 0; pass < passes; pass++)
    for (uint32_t digit = 0; digit < digits; digit++) next[pass][digit] = 0;
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t pass = 0; pass < passes; pass++) next[pass][digit_of(ids[i], pass)]++;
  for (uint32_t pass = 0; pass < passes; pass++)
    for (uint32_t digit = 0, start = 0; digit < digits; digit++) {
      const uint32_t length = next[pass][digit];
      next[pass][digit] = start;
      start += length;
    }
  /* Each pass keeps the order of equal digits, so in the end equal ids have their positions in order. */
  Use *sorted = uses, *other = uses + count;
  for (uint32_t i = 0; i < count; i++) sorted[next[0][digit_of(ids[i], 0)]++] = (Use){ids[i], i};
  for (uint32_t pass = 1; pass < passes; pass++) {
    for (uint32_t i = 0; i < count; i++) other[next[pass][digit_of(sorted[i].id, pass)]++] = sorted[i];
    Use *const taken = sorted;
    sorted = other;
    other = taken;
  }
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Use use = sorted[i];
    positions[i] = use.position;
    if (i > 0 && use.id == unique[found - 1]) continue;
    unique[found] = use.id;
    offsets[found++] = i;
  }
  offsets[found] = count;
  return found;
}
