/*
 * The kernels over rows that gain from what WebAssembly lacks: prefetch, long vectors, stores that pass the caches by. Each has a
 * twin of the same name in assembly/, with the same arguments, and gives the same bits: sums go from the first id to the last, and no
 * product is fused with a sum.
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
 * All of these return false, and write nothing, where an address lies outside of the memory. They look once, before they begin: no thread
 * may write lists (ids, offsets, groups) meanwhile.
 */

/* `streams`, which WebAssembly has nothing like: whether rows are stored past the caches, for results that are larger than these. */
bool gather_rows(Memory memory, Address source, Address ids, Address out, uint32_t count, uint32_t row_bytes, bool streams);

/* Of rows `ids[i]`, with a multiple of 8 columns; without amsgrad. */
bool adam(Memory memory, Address target, Address moment, Address velocity, Address gradient, Address ids, uint32_t rows, uint32_t dim,
          float decay, float step_size, float keep1, float keep2, float epsilon);

bool catch_up_adam(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors, Address groups,
                   uint32_t rows, uint32_t dim, uint32_t columns, float epsilon);

/*
 * The same, and all rows of a plan as they are then at each of their positions: row `unique[k]` at `positions[offsets[k]]` and so on in `out`.
 * `unique` ascends, and `ids` are among them, in the same order. In WebAssembly these are two kernels.
 */
bool catch_up_adam_gather(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors, Address groups,
                          uint32_t rows, uint32_t dim, uint32_t columns, float epsilon, Address unique, Address offsets, Address positions,
                          uint32_t count, Address out, bool streams);
