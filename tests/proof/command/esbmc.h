/* What the C of wasm2c needs, for ESBMC: memory, traps, and the four words of the language of rooms.

   Before it: STACK (bytes of stack that a room may use), CONSTANTS, and the constants themselves. The stack begins with
   zeros; every other access is an assertion. */
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef struct { int x; } mem_t;
typedef struct { int Z_env_instance; u32 w2c___stack_pointer; mem_t w2c_memory; } INST;

#define TOP 1048576u
#define LOW (TOP - STACK)
static u8 stack[STACK];

u32 nondet_u32(void);
static u32 Z_envZ_any_word(int env) { return nondet_u32(); }
static void Z_envZ_assume(int env, u32 holds) { __ESBMC_assume(holds); }
#ifdef ALIVE
/* Only the end of the room is asked for. */
#define Z_envZ_check(env, rule, holds) ((void)0)
#define MUST(holds, what) __ESBMC_assume(holds)
#else
#define Z_envZ_check(env, rule, holds) __ESBMC_assert(holds, "rule " #rule)
#define MUST(holds, what) __ESBMC_assert(holds, what)
#endif
#define Z_envZ_cover(env, number, met) ((void)0)

#define FUNC_PROLOGUE
#define FUNC_EPILOGUE
#define UNREACHABLE do { MUST(0, "panic"); __ESBMC_assume(0); } while (0)
#define TRAP(what) UNREACHABLE

static u8 get(u32 at) {
    if (at >= TOP) {
        MUST(at - TOP < CONSTANTS, "load within the constants");
        return constants[at - TOP];
    }
    MUST(at >= LOW, "load within the stack");
    return stack[at - LOW];
}
static void put(u32 at, u8 value) {
    MUST(at >= LOW && at < TOP, "store within the stack");
    stack[at - LOW] = value;
}
static u32 i32_load8_u(mem_t *m, u64 a) { return get(a); }
static u32 i32_load8_s(mem_t *m, u64 a) { return (s32)(s8)get(a); }
static u32 i32_load16_u(mem_t *m, u64 a) { return get(a) | ((u32)get(a + 1) << 8); }
static u32 i32_load16_s(mem_t *m, u64 a) { return (s32)(s16)i32_load16_u(m, a); }
static u32 i32_load(mem_t *m, u64 a) { return i32_load16_u(m, a) | (i32_load16_u(m, a + 2) << 16); }
static u64 i64_load(mem_t *m, u64 a) { return (u64)i32_load(m, a) | ((u64)i32_load(m, a + 4) << 32); }
static u64 i64_load32_u(mem_t *m, u64 a) { return i32_load(m, a); }
static u64 i64_load32_s(mem_t *m, u64 a) { return (s64)(s32)i32_load(m, a); }
static u64 i64_load16_u(mem_t *m, u64 a) { return i32_load16_u(m, a); }
static u64 i64_load16_s(mem_t *m, u64 a) { return (s64)(s16)i32_load16_u(m, a); }
static u64 i64_load8_u(mem_t *m, u64 a) { return get(a); }
static u64 i64_load8_s(mem_t *m, u64 a) { return (s64)(s8)get(a); }
static void i32_store8(mem_t *m, u64 a, u32 v) { put(a, v); }
static void i32_store16(mem_t *m, u64 a, u32 v) { put(a, v); put(a + 1, v >> 8); }
static void i32_store(mem_t *m, u64 a, u32 v) { i32_store16(m, a, v); i32_store16(m, a + 2, v >> 16); }
static void i64_store(mem_t *m, u64 a, u64 v) { i32_store(m, a, v); i32_store(m, a + 4, v >> 32); }
static void i64_store32(mem_t *m, u64 a, u64 v) { i32_store(m, a, v); }
static void i64_store16(mem_t *m, u64 a, u64 v) { i32_store16(m, a, v); }
static void i64_store8(mem_t *m, u64 a, u64 v) { put(a, v); }

/* Right for ranges that do not overlap, and for those that move down. Rust copies such only. */
static void memory_copy(mem_t *a, mem_t *b, u32 to, u32 from, u32 count) {
    MUST(to <= from || to - from >= count, "a copy that does not move up over itself");
    for (u32 at = 0; at < count; at++) put(to + at, get(from + at));
}
static void memory_fill(mem_t *a, u32 to, u32 value, u32 count) {
    for (u32 at = 0; at < count; at++) put(to + at, value);
}

static u32 I32_DIV_S(u32 x, u32 y) {
    MUST(y != 0 && !(x == 0x80000000u && y == 0xffffffffu), "trap: signed quotient");
    return (s32)x / (s32)y;
}
static u64 I64_DIV_S(u64 x, u64 y) {
    MUST(y != 0 && !(x == 0x8000000000000000ull && y == ~0ull), "trap: signed quotient");
    return (s64)x / (s64)y;
}
static u32 I32_REM_S(u32 x, u32 y) {
    MUST(y != 0, "trap: signed rest");
    return (s32)y == -1 ? 0 : (s32)x % (s32)y;
}
static u64 I64_REM_S(u64 x, u64 y) {
    MUST(y != 0, "trap: signed rest");
    return (s64)y == -1 ? 0 : (s64)x % (s64)y;
}
/* ESBMC's own check of a division by zero stands behind these two. */
#define DIV_U(x, y) ((x) / (y))
#define REM_U(x, y) ((x) % (y))
#define I32_CLZ(x) ((x) ? __builtin_clz(x) : 32)
#define I64_CLZ(x) ((x) ? __builtin_clzll(x) : 64)
#define I32_CTZ(x) ((x) ? __builtin_ctz(x) : 32)
#define I64_CTZ(x) ((x) ? __builtin_ctzll(x) : 64)
#define I32_POPCNT(x) __builtin_popcount(x)
#define I64_POPCNT(x) __builtin_popcountll(x)
static u32 I32_ROTL(u32 x, u32 y) { return (x << (y & 31)) | (x >> ((32 - y) & 31)); }
static u32 I32_ROTR(u32 x, u32 y) { return (x >> (y & 31)) | (x << ((32 - y) & 31)); }
static u64 I64_ROTL(u64 x, u64 y) { return (x << (y & 63)) | (x >> ((64 - y) & 63)); }
static u64 I64_ROTR(u64 x, u64 y) { return (x >> (y & 63)) | (x << ((64 - y) & 63)); }
