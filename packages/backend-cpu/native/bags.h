/* Sums of bags, in vectors of 32 bytes and of 64: each gives the same bits, since a column is summed by itself, in the order of the ids. */
#pragma once
#include "rows.h"

typedef struct {
  /* Whether these are the faster ones for rows of so many columns. Those of 32 bytes take rows of 8 columns and more, the others of 16. */
  bool (*is_good_for)(uint32_t dim);
  /* `mode`: 0 sum, 1 mean, 2 sqrtn. */
  bool (*sum)(Memory memory, Address source, Address ids, Address offsets, Address weights, bool weighted, Address out, uint32_t bags,
              uint32_t dim, uint32_t mode, bool streams);
  /* The same of rows of int8 with one scale each. */
  bool (*sum_int8)(Memory memory, Address data, Address scale, Address ids, Address offsets, Address weights, bool weighted, Address out,
                   uint32_t bags, uint32_t dim, uint32_t mode, bool streams);
} BagKernels;

extern const BagKernels bags_of_32, bags_of_64;
