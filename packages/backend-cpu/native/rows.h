/*
 * The kernels over rows that gain from what WebAssembly lacks: prefetch, long vectors, stores that pass the caches by. Each does what one
 * or two kernels of assembly/ do, and gives the same bits: sums go from the first id to the last, and no product is fused with a sum.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A WebAssembly memory. Addresses are bytes from its start, as in WebAssembly. */
typedef struct {
  char *start;
  size_t bytes;
} Memory;

typedef uint32_t Address;

/*
 * Kernels here, in bags.h and in steps.h return false, and write nothing, where an address lies outside of the memory. They look once,
 * before they begin: no thread may write lists (ids, offsets, groups) meanwhile.
 */

/* `streams`, which WebAssembly has nothing like: whether rows are stored past the caches, for results that are larger than these. */
bool gather_rows(Memory memory, Address source, Address ids, Address out, uint32_t count, uint32_t row_bytes, bool streams);
