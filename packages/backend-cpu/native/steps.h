/* Steps of Adam, in vectors of 32 bytes and of 64: each gives the same bits, since every column is computed by itself. */
#pragma once
#include "rows.h"

typedef struct {
  /* Rows have a multiple of so many columns. */
  uint32_t columns;
  /* Of rows `ids[i]`, without amsgrad. */
  bool (*adam)(Memory memory, Address target, Address moment, Address velocity, Address gradient, Address ids, uint32_t rows, uint32_t dim,
               float decay, float step_size, float keep1, float keep2, float epsilon);
  bool (*catch_up_adam)(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors, Address groups,
                        uint32_t rows, uint32_t dim, uint32_t columns, float epsilon);
  /*
   * The same, and all rows of a plan as they are then at each of their positions: row `unique[k]` at `positions[offsets[k]]` and so on in
   * `out`. `unique` ascends, and `ids` are among them, in the same order. In WebAssembly these are two kernels.
   */
  bool (*catch_up_adam_gather)(Memory memory, Address target, Address moment, Address velocity, Address ids, Address factors,
                               Address groups, uint32_t rows, uint32_t dim, uint32_t columns, float epsilon, Address unique, Address offsets,
                               Address positions, uint32_t count, Address out, bool streams);
} StepKernels;

extern const StepKernels steps_of_32, steps_of_64;
