/* What is done with lists of the host. Negative ids are, as numbers without a sign, those from 2^31 on. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Whether ids are all below `rows`, 2^31 at most. */
bool ids_below(const uint32_t *ids, uint32_t count, uint32_t rows);

/*
 * For each of `ids` in turn, `last[id]` becomes `next`; where it was neither `now` nor `next`, the id and what it was are appended to `rows`
 * and `before`, which have room for all. How many were appended; `nowhere`, and nothing written, where an id is not below `size`.
 */
uint32_t take_behind(int32_t *last, uint32_t size, const uint32_t *ids, uint32_t count, int32_t now, int32_t next, uint32_t *rows,
                     int32_t *before);

enum { nowhere = UINT32_MAX };

/* A position of a step, and the row that it uses. */
typedef struct {
  uint32_t id, position;
} Use;

/*
 * The unique ones of `ids`, which are below `rows`, ascending, where the positions of each begin, one more for their end, and the positions,
 * which ascend too. `unique` and `positions` have room for all ids, `offsets` for one more, and `uses`, which is written to on the way, for
 * twice as many. How many are unique.
 */
uint32_t plan_rows(const uint32_t *ids, uint32_t count, uint32_t rows, uint32_t *unique, uint32_t *offsets, uint32_t *positions, Use *uses);
