/* What this processor can do at best: looking rows up, summing bags of rows, and the rows' part of an Adam step, in C with vectors
 * as wide as the processor has, software prefetch and ordinary stores, on ordinary pages, by one thread; or a gather by several,
 * which take pieces of it one by one.
 *
 * build: cc -O3 -march=native -fno-math-errno ceiling.c -o ceiling -lm -lpthread
 * usage: ceiling gather TABLE ROWS DIM IDS IDS_A_CALL SETS [THREADS]
 *        ceiling bag    TABLE ROWS DIM IDS IDS_A_CALL SETS WIDTH sum|mean [plain]
 *        ceiling step   TABLE ROWS DIM IDS IDS_A_CALL SETS prefetch|plain
 *
 * "plain" is without prefetch; bags are summed in vectors of 16 bytes then, which is what WebAssembly has.
 *
 * TABLE is a file of float32 [ROWS, DIM], IDS one of int32 [SETS, IDS_A_CALL]. Then it answers lines:
 *   turn FIRST WARM CALLS   runs WARM + CALLS calls on sets FIRST, FIRST + 1, ...; prints the milliseconds of the last CALLS
 *   result FILE             writes what a call on set 0 gives, float32; prints "ok"
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef float wide __attribute__((vector_size(64), aligned(4), may_alias));
typedef float narrow __attribute__((vector_size(16), aligned(4), may_alias));

enum { LINE = 64, AHEAD = 12, STEP_AHEAD = 8, PIECE_BYTES = 1 << 20 };

/* So many sums of 64 bytes stay in registers. */
#ifdef __AVX512F__
enum { MOST_SUMS = 16 };
#else
enum { MOST_SUMS = 4 };
#endif

static float *table, *first_moment, *second_moment, *gradient, *out;
static const int32_t *ids;
static long rows, dim, batch, sets, width;
static float divisor = 1;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(2);
}

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Ordinary pages, touched: what a WebAssembly memory gets, too. */
static void *take(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (memory == MAP_FAILED) fail("out of memory");
#ifdef MADV_NOHUGEPAGE
  madvise(memory, bytes, MADV_NOHUGEPAGE);
#endif
  memset(memory, 0, bytes);
  return memory;
}

static void *load(const char *path, size_t bytes) {
  FILE *file = fopen(path, "rb");
  char *memory = take(bytes);
  if (file == NULL || fread(memory, 1, bytes, file) != bytes) fail("a file cannot be read, or is too short");
  fclose(file);
  return memory;
}

static inline void prefetch_row(const float *row) {
  for (long byte = 0; byte < dim * 4 && byte < 512; byte += LINE) __builtin_prefetch((const char *)row + byte);
}

static inline void gather_rows(const int32_t *id, long first, long end) {
  for (long i = first; i < end; i++) {
    if (i + AHEAD < batch) prefetch_row(table + id[i + AHEAD] * dim);
    const float *from = table + id[i] * dim;
    float *to = out + i * dim;
    long j = 0;
    for (; j + 16 <= dim; j += 16) *(wide *)(to + j) = *(const wide *)(from + j);
    for (; j + 4 <= dim; j += 4) *(narrow *)(to + j) = *(const narrow *)(from + j);
    for (; j < dim; j++) to[j] = from[j];
  }
}

static void gather(const int32_t *id) { gather_rows(id, 0, batch); }

static pthread_barrier_t begun, ended;
static const int32_t *shared_id;
static long taken;

static void gather_pieces(void) {
  long rows_a_piece = PIECE_BYTES / (dim * 4) + 1;
  for (;;) {
    long first = __atomic_fetch_add(&taken, rows_a_piece, __ATOMIC_RELAXED);
    if (first >= batch) return;
    gather_rows(shared_id, first, first + rows_a_piece < batch ? first + rows_a_piece : batch);
  }
}

static void *help(void *nothing) {
  for (;;) {
    pthread_barrier_wait(&begun);
    gather_pieces();
    pthread_barrier_wait(&ended);
  }
  return nothing;
}

static void gather_together(const int32_t *id) {
  shared_id = id, taken = 0;
  pthread_barrier_wait(&begun);
  gather_pieces();
  pthread_barrier_wait(&ended);
}

static void start_helpers(long threads) {
  pthread_barrier_init(&begun, NULL, threads), pthread_barrier_init(&ended, NULL, threads);
  for (long i = 1; i < threads; i++) {
    pthread_t helper;
    if (pthread_create(&helper, NULL, help, NULL) != 0) fail("no thread");
  }
}

/* COUNT vectors of one bag at once, and prefetch of the same columns of rows ahead; COUNT is a constant at every call, so that the sums
 * stay in registers. */
static inline __attribute__((always_inline)) void sum_columns(const int32_t *id, long left, float *to, long column, int count) {
  wide sum[16];
  for (int k = 0; k < count; k++) sum[k] = (wide){0};
  for (long l = 0; l < width; l++) {
    if (l + 2 * AHEAD < left) {
      const float *next = table + id[l + 2 * AHEAD] * dim + column;
      for (int k = 0; k < count && k < 8; k++) __builtin_prefetch(next + 16 * k);
    }
    const float *from = table + id[l] * dim + column;
    for (int k = 0; k < count; k++) sum[k] += *(const wide *)(from + 16 * k);
  }
  for (int k = 0; k < count; k++) *(wide *)(to + column + 16 * k) = sum[k] / divisor;
}

/* The columns of one bag from COLUMN on, which fill no vector. */
static void sum_rest(const int32_t *id, float *to, long column) {
  for (; column < dim; column++) {
    float sum = 0;
    for (long l = 0; l < width; l++) sum += table[id[l] * dim + column];
    to[column] = sum / divisor;
  }
}

static void bag(const int32_t *id) {
  for (long i = 0; i + width <= batch; i += width) {
    float *to = out + i / width * dim;
    long j = 0;
    while (j + 16 <= dim) {
      long vectors = (dim - j) / 16;
      if (vectors >= 16 && MOST_SUMS >= 16) sum_columns(id + i, batch - i, to, j, 16), j += 256;
      else if (vectors >= 8 && MOST_SUMS >= 8) sum_columns(id + i, batch - i, to, j, 8), j += 128;
      else if (vectors >= 4) sum_columns(id + i, batch - i, to, j, 4), j += 64;
      else if (vectors >= 2) sum_columns(id + i, batch - i, to, j, 2), j += 32;
      else sum_columns(id + i, batch - i, to, j, 1), j += 16;
    }
    sum_rest(id + i, to, j);
  }
}

/* COUNT vectors of 16 bytes of one bag, as `sum_columns`. */
static inline __attribute__((always_inline)) void sum_narrow(const int32_t *id, float *to, long column, int count) {
  narrow sum[8];
  for (int k = 0; k < count; k++) sum[k] = (narrow){0};
  for (long l = 0; l < width; l++) {
    const float *from = table + id[l] * dim + column;
    for (int k = 0; k < count; k++) sum[k] += *(const narrow *)(from + 4 * k);
  }
  for (int k = 0; k < count; k++) *(narrow *)(to + column + 4 * k) = sum[k] / divisor;
}

static void bag_plain(const int32_t *id) {
  for (long i = 0; i + width <= batch; i += width) {
    float *to = out + i / width * dim;
    long j = 0;
    for (; j + 32 <= dim; j += 32) sum_narrow(id + i, to, j, 8);
    for (; j + 4 <= dim; j += 4) sum_narrow(id + i, to, j, 1);
    sum_rest(id + i, to, j);
  }
}

/* The rows as a model would read them, then Adam on them: no head, no plan of repeated ids. */
static inline __attribute__((always_inline)) void step(const int32_t *id, int ahead) {
  for (long i = 0; i < batch; i++) {
    if (ahead && i + STEP_AHEAD < batch) prefetch_row(table + id[i + STEP_AHEAD] * dim);
    memcpy(out + i * dim, table + id[i] * dim, dim * 4);
  }
  for (long i = 0; i < batch; i++) {
    if (ahead && i + STEP_AHEAD < batch) {
      long next = id[i + STEP_AHEAD] * dim;
      prefetch_row(table + next), prefetch_row(first_moment + next), prefetch_row(second_moment + next);
    }
    float *restrict w = table + id[i] * dim, *restrict m = first_moment + id[i] * dim, *restrict v = second_moment + id[i] * dim;
    const float *restrict g = gradient + i * dim;
    for (long j = 0; j < dim; j++) {
      m[j] += (g[j] - m[j]) * 0.1f;
      v[j] += (g[j] * g[j] - v[j]) * 0.001f;
      w[j] -= 0.001f * m[j] / (sqrtf(v[j]) + 1e-7f);
    }
  }
}

static void step_plain(const int32_t *id) { step(id, 0); }
static void step_prefetch(const int32_t *id) { step(id, 1); }

int main(int count, char **args) {
  if (count < 8) fail("usage: ceiling gather|bag|step TABLE ROWS DIM IDS IDS_A_CALL SETS ...");
  rows = atol(args[3]), dim = atol(args[4]), batch = atol(args[6]), sets = atol(args[7]);
  table = load(args[2], (size_t)rows * dim * 4);
  ids = load(args[5], (size_t)sets * batch * 4);
  out = take((size_t)batch * dim * 4);
  void (*work)(const int32_t *) = gather;
  long results = batch * dim;
  if (strcmp(args[1], "gather") == 0 && count > 8 && atol(args[8]) > 1) {
    work = gather_together;
    start_helpers(atol(args[8]));
  }
  if (strcmp(args[1], "bag") == 0 && count > 9) {
    work = count > 10 && strcmp(args[10], "plain") == 0 ? bag_plain : bag;
    width = atol(args[8]);
    results = batch / width * dim;
    if (strcmp(args[9], "mean") == 0) divisor = width;
  }
  if (strcmp(args[1], "step") == 0 && count > 8) {
    work = strcmp(args[8], "prefetch") == 0 ? step_prefetch : step_plain;
    first_moment = take((size_t)rows * dim * 4), second_moment = take((size_t)rows * dim * 4);
    gradient = take((size_t)batch * dim * 4);
    for (long i = 0; i < batch * dim; i++) gradient[i] = 1e-3f;
  }
  char line[4096], path[4096];
  long first, warm, calls;
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "turn %ld %ld %ld", &first, &warm, &calls) == 3) {
      for (long call = 0; call < warm + calls; call++) {
        const int32_t *id = ids + (first + call) % sets * batch;
        double start = milliseconds();
        work(id);
        double took = milliseconds() - start;
        if (call >= warm) printf("%.6f ", took);
      }
      printf("\n");
    } else if (sscanf(line, "result %4095s", path) == 1) {
      work(ids);
      FILE *file = fopen(path, "wb");
      if (file == NULL || fwrite(out, 4, results, file) != (size_t)results) fail("the result cannot be written");
      fclose(file);
      printf("ok\n");
    }
    fflush(stdout);
  }
  return 0;
}
