// Substitute RP2040 boot ROM: the functions that firmware looks up in it, written from their
// descriptions in the datasheet (2.8.3). Nothing here is Raspberry Pi's code.

#include <stddef.h>
#include <stdint.h>

void core1_wait(void);
void hang(void);
extern const uint32_t float_table[], double_table[]; // a header word, then the functions

// Bits

static uint32_t popcount32(uint32_t value) {
    uint32_t count = 0;
    for (; value; value &= value - 1) {
        count++;
    }
    return count;
}

static uint32_t reverse32(uint32_t value) {
    uint32_t reversed = 0;
    for (int i = 0; i < 32; i++) {
        reversed = (reversed << 1) | ((value >> i) & 1);
    }
    return reversed;
}

static uint32_t clz32(uint32_t value) {
    uint32_t count = 0;
    for (uint32_t bit = 1u << 31; bit && !(value & bit); bit >>= 1) {
        count++;
    }
    return count;
}

static uint32_t ctz32(uint32_t value) {
    return clz32(reverse32(value));
}

// Memory. Volatile, so that the compiler does not turn the loops into calls of these very functions.

static void *copy(void *to, const void *from, uint32_t count) {
    volatile uint8_t *byte_to = to;
    const uint8_t *byte_from = from;
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        volatile uint32_t *word_to = to;
        const uint32_t *word_from = from;
        for (; count >= 4; count -= 4) {
            *word_to++ = *word_from++;
        }
        byte_to = (volatile uint8_t *)word_to;
        byte_from = (const uint8_t *)word_from;
    }
    while (count--) {
        *byte_to++ = *byte_from++;
    }
    return to;
}

static void *fill(void *to, int value, uint32_t count) {
    volatile uint8_t *byte_to = to;
    if (((uintptr_t)to & 3) == 0) {
        volatile uint32_t *word_to = to;
        for (; count >= 4; count -= 4) {
            *word_to++ = (value & 0xff) * 0x01010101u;
        }
        byte_to = (volatile uint8_t *)word_to;
    }
    while (count--) {
        *byte_to++ = value;
    }
    return to;
}

// Flash: the emulator does the work, through registers of its own (flash_chip.mjs, RomFlashPort).

static volatile struct {
    uint32_t address, count, source, command;
} *const flash_port = (void *)0x60000000;

enum { FLASH_ERASE = 1, FLASH_PROGRAM = 2 };

static void flash_range_erase(uint32_t address, uint32_t count, uint32_t block_size, uint8_t block_command) {
    (void)block_size;
    (void)block_command;
    flash_port->address = address;
    flash_port->count = count;
    flash_port->command = FLASH_ERASE;
}

static void flash_range_program(uint32_t address, const uint8_t *data, uint32_t count) {
    flash_port->address = address;
    flash_port->count = count;
    flash_port->source = (uint32_t)data;
    flash_port->command = FLASH_PROGRAM;
}

// Leaving and entering execute-in-place changes nothing here.
static void nothing(void) {
}

// Tables

#define CODE(a, b) ((a) | ((b) << 8))
#define TABLE __attribute__((section(".tables"), used)) const

struct entry {
    uint16_t code;
    const void *address;
};

TABLE struct entry rom_functions[] = {
    {CODE('P', '3'), popcount32},
    {CODE('R', '3'), reverse32},
    {CODE('L', '3'), clz32},
    {CODE('T', '3'), ctz32},
    {CODE('M', 'S'), fill},
    {CODE('S', '4'), fill},
    {CODE('M', 'C'), copy},
    {CODE('C', '4'), copy},
    {CODE('I', 'F'), nothing},  // connect internal flash
    {CODE('E', 'X'), nothing},  // exit execute-in-place
    {CODE('R', 'E'), flash_range_erase},
    {CODE('R', 'P'), flash_range_program},
    {CODE('F', 'C'), nothing},  // flush the cache
    {CODE('C', 'X'), nothing},  // enter execute-in-place
    {CODE('W', 'V'), core1_wait},
    {CODE('U', 'B'), hang},     // the USB boot loader is not modelled
    {CODE('D', 'T'), hang},     // debugger trampolines
    {CODE('D', 'E'), hang},
    {0, NULL},
};

TABLE struct entry rom_data[] = {
    {CODE('S', 'F'), float_table + 1},
    {CODE('S', 'D'), double_table + 1},
    {0, NULL},
};

const void *rom_table_lookup(const struct entry *table, uint32_t code) {
    for (; table->code; table++) {
        if (table->code == code) {
            return table->address;
        }
    }
    return NULL;
}
