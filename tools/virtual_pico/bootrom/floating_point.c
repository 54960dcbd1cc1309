// Substitute RP2040 boot ROM: the tables of float and double functions, on GCC's own library.
// Order and meaning are the datasheet's (2.8.3.2); conversions to integers round down and saturate.

#include <stdint.h>

void hang(void);

static double scale(double value, int exponent) {
    for (; exponent > 0; exponent--) {
        value *= 2;
    }
    for (; exponent < 0; exponent++) {
        value *= 0.5;
    }
    return value;
}

// Newton's method from above: it falls until it can fall no further.
static double square_root(double value) {
    if (!(value > 0)) {
        return value == 0 ? value : 0.0 / 0.0;
    }
    double root = value > 1 ? value : 1;
    for (;;) {
        double next = 0.5 * (root + value / root);
        if (next >= root) {
            return root;
        }
        root = next;
    }
}

static int64_t to_int64(double value) {
    if (value >= 0x1p63) {
        return INT64_MAX;
    }
    if (value < -0x1p63) {
        return INT64_MIN;
    }
    int64_t result = (int64_t)value;
    return (double)result > value ? result - 1 : result;
}

static uint64_t to_uint64(double value) {
    if (!(value > 0)) {
        return 0;
    }
    return value >= 0x1p64 ? UINT64_MAX : (uint64_t)value;
}

static int32_t to_int32(double value) {
    int64_t result = to_int64(value);
    return result > INT32_MAX ? INT32_MAX : result < INT32_MIN ? INT32_MIN : (int32_t)result;
}

static uint32_t to_uint32(double value) {
    uint64_t result = to_uint64(value);
    return result > UINT32_MAX ? UINT32_MAX : (uint32_t)result;
}

// The same functions for both types: `type` is theirs, `name` begins their names.
#define FUNCTIONS(type, name)                                                                       \
    static type name##_add(type a, type b) { return a + b; }                                        \
    static type name##_subtract(type a, type b) { return a - b; }                                   \
    static type name##_multiply(type a, type b) { return a * b; }                                   \
    static type name##_divide(type a, type b) { return a / b; }                                     \
    int name##_compare(type a, type b) { return a < b ? -1 : a > b; }                               \
    void name##_compare_flags(void);                                                                \
    static type name##_square_root(type a) { return square_root(a); }                               \
    static int32_t name##_to_int32(type a) { return to_int32(a); }                                  \
    static int32_t name##_to_fixed32(type a, int bits) { return to_int32(scale(a, bits)); }         \
    static uint32_t name##_to_uint32(type a) { return to_uint32(a); }                               \
    static uint32_t name##_to_ufixed32(type a, int bits) { return to_uint32(scale(a, bits)); }      \
    static int64_t name##_to_int64(type a) { return to_int64(a); }                                  \
    static int64_t name##_to_fixed64(type a, int bits) { return to_int64(scale(a, bits)); }         \
    static uint64_t name##_to_uint64(type a) { return to_uint64(a); }                               \
    static uint64_t name##_to_ufixed64(type a, int bits) { return to_uint64(scale(a, bits)); }      \
    static type name##_from_int32(int32_t a) { return a; }                                          \
    static type name##_from_fixed32(int32_t a, int bits) { return scale(a, -bits); }                \
    static type name##_from_uint32(uint32_t a) { return a; }                                        \
    static type name##_from_ufixed32(uint32_t a, int bits) { return scale(a, -bits); }              \
    static type name##_from_int64(int64_t a) { return a; }                                          \
    static type name##_from_fixed64(int64_t a, int bits) { return scale(a, -bits); }                \
    static type name##_from_uint64(uint64_t a) { return a; }                                        \
    static type name##_from_ufixed64(uint64_t a, int bits) { return scale(a, -bits); }

// The entries that hang are sines and the like, which the SDK takes from its own libraries or
// MicroPython from its own.
#define FUNCTION_TABLE(name, other_type)                                                            \
    name##_add, name##_subtract, name##_multiply, name##_divide,                                    \
    name##_compare, name##_compare_flags, name##_square_root,                                       \
    name##_to_int32, name##_to_fixed32, name##_to_uint32, name##_to_ufixed32,                       \
    name##_from_int32, name##_from_fixed32, name##_from_uint32, name##_from_ufixed32,               \
    hang, hang, hang, hang, hang, hang, name##_compare, hang,                                       \
    name##_from_int64, name##_from_fixed64, name##_from_uint64, name##_from_ufixed64,               \
    name##_to_int64, name##_to_fixed64, name##_to_uint64, name##_to_ufixed64, other_type

FUNCTIONS(float, float)
FUNCTIONS(double, double)

static double float_to_double(float a) {
    return a;
}

static float double_to_float(double a) {
    return a;
}

#define TABLE __attribute__((section(".tables"), used)) const

// Firmware finds a table's length in words two bytes before it (from version 2 of the ROM on).
struct table {
    uint8_t header[4];
    const void *functions[32];
};

TABLE struct table float_table = {{0, 0, 32, 0}, {FUNCTION_TABLE(float, float_to_double)}};
TABLE struct table double_table = {{0, 0, 32, 0}, {FUNCTION_TABLE(double, double_to_float)}};
