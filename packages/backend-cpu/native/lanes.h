/* What kernels over rows share: copies of rows, and what is inside of the memory. */
#pragma once
#include "rows.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

/* What the compilation has: VECTOR_BYTES is 32 or 64, see tools/build-native.mjs. */
typedef float Lanes __attribute__((vector_size(VECTOR_BYTES), aligned(4)));

enum { lanes = VECTOR_BYTES / 4 };

/* What rows are copied in, whatever the compilation has. */
typedef float Floats __attribute__((vector_size(32), aligned(4)));
typedef float AlignedFloats __attribute__((vector_size(32)));
typedef float AlignedQuarter __attribute__((vector_size(16)));
typedef float Quarter __attribute__((vector_size(16), aligned(4)));

enum { line = 64 };

INLINE bool has_range(Memory memory, Address start, uint64_t bytes) { return start + bytes <= memory.bytes; }

/* Ids are valid, says the library; a process ends where they are not, and this one look over them costs a hundredth of the rows. */
INLINE uint32_t largest_of(const uint32_t *ids, uint32_t count) {
  uint32_t largest = 0;
  for (uint32_t i = 0; i < count; i++) largest = ids[i] > largest ? ids[i] : largest;
  return largest;
}

/* Products of two numbers of 32 bits fit 64; a row of more bytes than that is in no memory. */
INLINE bool has_rows(Memory memory, Address source, const uint32_t *ids, uint32_t count, uint64_t row_bytes) {
  return count == 0 || (row_bytes <= UINT32_MAX && has_range(memory, source, ((uint64_t)largest_of(ids, count) + 1) * row_bytes));
}

INLINE void prefetch_row(const char *row, uint32_t bytes) {
  for (uint64_t at = 0; at < bytes; at += line) __builtin_prefetch(row + at);
  /* The last line of a row that begins within a line. */
  __builtin_prefetch(row + bytes - 1);
}

/* Past the caches. `out` begins at a multiple of 16 bytes, and so many make a row. */
INLINE void stream_row(const char *row, char *out, uint32_t bytes) {
  if (((uintptr_t)out & 31) == 0 && (bytes & 31) == 0) {
    for (uint64_t at = 0; at < bytes; at += 32)
      __builtin_nontemporal_store((AlignedFloats) * (const Floats *)(row + at), (AlignedFloats *)(out + at));
  } else {
    for (uint64_t at = 0; at < bytes; at += 16)
      __builtin_nontemporal_store((AlignedQuarter) * (const Quarter *)(row + at), (AlignedQuarter *)(out + at));
  }
}
