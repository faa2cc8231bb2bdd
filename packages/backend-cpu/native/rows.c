#include "lanes.h"

/* Rows whose lines are asked for before they are copied, in bytes. */
enum { gather_ahead = 3072 };

INLINE void copy_row(const char *row, char *out, uint32_t bytes) {
  uint64_t at = 0;
  for (; at + 32 <= bytes; at += 32) *(Floats *)(out + at) = *(const Floats *)(row + at);
  /* What is left is taken with some of what is done. */
  if (at < bytes) *(Floats *)(out + bytes - 32) = *(const Floats *)(row + bytes - 32);
}

INLINE void gather(const char *source, const uint32_t *ids, char *out, uint32_t count, uint32_t row_bytes, bool streams) {
  const uint32_t ahead = gather_ahead / row_bytes + 1;
  for (uint32_t i = 0; i < count; i++, out += row_bytes) {
    const uint32_t next = i + ahead < count ? i + ahead : count - 1;
    prefetch_row(source + (uint64_t)ids[next] * row_bytes, row_bytes);
    const char *row = source + (uint64_t)ids[i] * row_bytes;
    if (streams) stream_row(row, out, row_bytes);
    else copy_row(row, out, row_bytes);
  }
}

bool gather_rows(Memory memory, Address source, Address ids, Address out, uint32_t count, uint32_t row_bytes, bool streams) {
  const uint32_t *list = (const uint32_t *)(memory.start + ids);
  if (!has_range(memory, ids, (uint64_t)count * 4) || !has_range(memory, out, (uint64_t)count * row_bytes)) return false;
  if (row_bytes < 32 || !has_rows(memory, source, list, count, row_bytes)) return false;
  if (streams && (row_bytes & 15) == 0 && (out & 15) == 0) {
    gather(memory.start + source, list, memory.start + out, count, row_bytes, true);
    /* Other threads see the rows when they are told of them. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  } else gather(memory.start + source, list, memory.start + out, count, row_bytes, false);
  return true;
}
