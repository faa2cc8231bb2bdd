/*
 * The kernels as a Node-API addon. Every kernel over rows takes the memory as two numbers, its start and its bytes, then the arguments of
 * its declaration, and last how many bytes vectors may have at most. Numbers are doubles, which hold every address of today's processors.
 */
#include <node_api.h>
#include <sys/mman.h>
#include "bags.h"
#include "lists.h"
#include "rows.h"
#include "steps.h"

enum { most_arguments = 20 };

/* The arguments of a call as numbers; what is missing or no number is 0. */
static void read_arguments(napi_env env, napi_callback_info info, double *numbers) {
  napi_value values[most_arguments];
  size_t count = most_arguments;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  for (size_t i = 0; i < most_arguments; i++)
    if (i >= count || napi_get_value_double(env, values[i], &numbers[i]) != napi_ok) numbers[i] = 0;
}

/* An integer as WebAssembly takes it: the low 32 bits, and 0 for what is no number. */
static uint32_t word(double number) { return number > -0x1p63 && number < 0x1p63 ? (uint32_t)(int64_t)number : 0; }

static Memory memory_of(const double *numbers) { return (Memory){(char *)(uintptr_t)numbers[0], (size_t)numbers[1]}; }

static napi_value boolean(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

/* addressOf(bytes: Uint8Array): where it lies; shared memory never moves. */
static napi_value address_of(napi_env env, napi_callback_info info) {
  napi_value bytes, result;
  size_t count = 1;
  void *data = NULL;
  napi_get_cb_info(env, info, &count, &bytes, NULL, NULL);
  if (napi_get_typedarray_info(env, bytes, NULL, NULL, &data, NULL, NULL) != napi_ok) data = NULL;
  napi_create_double(env, (double)(uintptr_t)data, &result);
  return result;
}

/* adviseHugePages(start, bytes): asks the system for pages of 2 MiB, of the memory that is not there yet too. */
static napi_value advise_huge_pages(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  const Memory memory = memory_of(n);
#ifdef MADV_HUGEPAGE
  return boolean(env, madvise(memory.start, memory.bytes, MADV_HUGEPAGE) == 0);
#else
  return boolean(env, memory.bytes == 0);
#endif
}

/* idsBelow(ids: Int32Array, rows): the ids lie wherever the host has them. */
static napi_value call_ids_below(napi_env env, napi_callback_info info) {
  napi_value values[2];
  size_t count = 2, length = 0;
  void *ids = NULL;
  double rows = 0;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  if (napi_get_typedarray_info(env, values[0], NULL, &length, &ids, NULL, NULL) != napi_ok || length > UINT32_MAX) return boolean(env, false);
  if (napi_get_value_double(env, values[1], &rows) != napi_ok) rows = 0;
  return boolean(env, ids_below(ids, (uint32_t)length, rows < 0x1p31 ? word(rows) : 1u << 31));
}

/* The words of an Int32Array of the host; `length` is 0 where there is none. */
static int32_t *words_of(napi_env env, napi_value array, size_t *length) {
  void *data = NULL;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, array, &type, length, &data, NULL, NULL) != napi_ok || type != napi_int32_array) *length = 0;
  return data;
}

/* takeBehind(last, ids, now, next, rows, before): four lists wherever the host has them; -1, and nothing written, where an id is no row or a
   list too short. */
static napi_value call_take_behind(napi_env env, napi_callback_info info) {
  napi_value values[6], result;
  size_t count = 6, rows, ids, room, room_before;
  int32_t now = 0, next = 0;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  int32_t *last = words_of(env, values[0], &rows), *list = words_of(env, values[1], &ids);
  int32_t *found = words_of(env, values[4], &room), *before = words_of(env, values[5], &room_before);
  napi_get_value_int32(env, values[2], &now);
  napi_get_value_int32(env, values[3], &next);
  uint32_t behind = nowhere;
  if (ids <= room && ids <= room_before && rows <= 1u << 31)
    behind = take_behind(last, (uint32_t)rows, (const uint32_t *)list, (uint32_t)ids, now, next, (uint32_t *)found, before);
  napi_create_double(env, behind == nowhere ? -1.0 : (double)behind, &result);
  return result;
}

/* planRows(ids, rows, unique, offsets, positions, room): lists of the host; how many rows are unique, -1 where a list is too short. */
static napi_value call_plan_rows(napi_env env, napi_callback_info info) {
  napi_value values[6], result;
  size_t count = 6, ids, most_unique, most_offsets, most_positions, room;
  double rows = 0;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  const int32_t *list = words_of(env, values[0], &ids);
  int32_t *unique = words_of(env, values[2], &most_unique), *offsets = words_of(env, values[3], &most_offsets);
  int32_t *positions = words_of(env, values[4], &most_positions), *uses = words_of(env, values[5], &room);
  napi_get_value_double(env, values[1], &rows);
  double found = -1;
  if (ids <= most_unique && ids < most_offsets && ids <= most_positions && ids <= room / 4 && ids < UINT32_MAX)
    found = plan_rows((const uint32_t *)list, (uint32_t)ids, rows < 0x1p31 ? word(rows) : 1u << 31, (uint32_t *)unique, (uint32_t *)offsets,
                      (uint32_t *)positions, (Use *)uses);
  napi_create_double(env, found, &result);
  return result;
}

static napi_value call_gather_rows(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, gather_rows(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), word(n[6]), n[7] != 0));
}

/* The longest vectors that this processor, and the system on it, has: 64, 32, or 0 where the kernels cannot run. */
static uint32_t vector_bytes = 0;

/* Whether vectors of 64 bytes are there, and wanted: of `most` bytes at most, or of any length where that is 0. */
static bool takes_64(double most) { return vector_bytes == 64 && (most == 0 || most >= 64); }

static const BagKernels *bags_for(uint32_t dim, double most) {
  return takes_64(most) && bags_of_64.is_good_for(dim) ? &bags_of_64 : &bags_of_32;
}

static napi_value call_sum_bags(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, bags_for(word(n[9]), n[12])->sum(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), n[6] != 0, word(n[7]),
                                                       word(n[8]), word(n[9]), word(n[10]), n[11] != 0));
}

static napi_value call_sum_int8_bags(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, bags_for(word(n[10]), n[13])->sum_int8(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), word(n[6]),
                                                             n[7] != 0, word(n[8]), word(n[9]), word(n[10]), word(n[11]), n[12] != 0));
}

static const StepKernels *steps_for(uint32_t dim, double most) {
  return takes_64(most) && dim % steps_of_64.columns == 0 ? &steps_of_64 : &steps_of_32;
}

static napi_value call_adam(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, steps_for(word(n[8]), n[14])->adam(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), word(n[6]),
                                                         word(n[7]), word(n[8]), n[9], n[10], n[11], n[12], n[13]));
}

static napi_value call_catch_up_adam(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, steps_for(word(n[9]), n[12])->catch_up_adam(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), word(n[6]),
                                                                  word(n[7]), word(n[8]), word(n[9]), word(n[10]), n[11]));
}

static napi_value call_catch_up_adam_gather(napi_env env, napi_callback_info info) {
  double n[most_arguments];
  read_arguments(env, info, n);
  return boolean(env, steps_for(word(n[9]), n[18])
                          ->catch_up_adam_gather(memory_of(n), word(n[2]), word(n[3]), word(n[4]), word(n[5]), word(n[6]), word(n[7]),
                                                 word(n[8]), word(n[9]), word(n[10]), n[11], word(n[12]), word(n[13]), word(n[14]),
                                                 word(n[15]), word(n[16]), n[17] != 0));
}

static uint32_t find_vectors(void) {
#ifdef __x86_64__
  uint32_t a, b, c, d;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
  if (a < 7) return 0;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
  const uint32_t osxsave_and_avx = 3u << 27;
  if ((c & osxsave_and_avx) != osxsave_and_avx) return 0;
  uint32_t saved;
  __asm__ volatile("xgetbv" : "=a"(saved), "=d"(d) : "c"(0));
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  const uint32_t ymm = 6, zmm = 0xe6, avx2 = 1u << 5;
  /* AVX512F, DQ, CD, BW and VL. */
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
  if ((saved & ymm) != ymm || (b & avx2) == 0) return 0;
  return (saved & zmm) == zmm && (b & avx512) == avx512 ? 64 : 32;
#else
  return 32;
#endif
}

static void export_function(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok)
    napi_set_named_property(env, exports, name, function);
}

/* A processor without the vectors gets an addon without functions. `vectorBytes` tells the longest vectors that it has. */
NAPI_MODULE_INIT() {
  vector_bytes = find_vectors();
  if (vector_bytes == 0) return exports;
  napi_value bytes;
  if (napi_create_uint32(env, vector_bytes, &bytes) == napi_ok) napi_set_named_property(env, exports, "vectorBytes", bytes);
  export_function(env, exports, "addressOf", address_of);
  export_function(env, exports, "adviseHugePages", advise_huge_pages);
  export_function(env, exports, "idsBelow", call_ids_below);
  export_function(env, exports, "takeBehind", call_take_behind);
  export_function(env, exports, "planRows", call_plan_rows);
  export_function(env, exports, "gatherRows", call_gather_rows);
  export_function(env, exports, "sumBags", call_sum_bags);
  export_function(env, exports, "sumInt8Bags", call_sum_int8_bags);
  export_function(env, exports, "adam", call_adam);
  export_function(env, exports, "catchUpAdam", call_catch_up_adam);
  export_function(env, exports, "catchUpAdamGather", call_catch_up_adam_gather);
  return exports;
}
