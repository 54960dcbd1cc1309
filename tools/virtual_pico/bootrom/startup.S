// Substitute RP2040 boot ROM: vectors, and how the two cores start.
// Layout as the datasheet (2.8.3) has it: the words at 0x10 to 0x18 are how firmware finds the rest.

    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .equ STACK_TOP, 0x20041f00
    .equ FLASH, 0x10000001
    .equ SIO, 0xd0000000
    .equ FIFO_ST, 0x50
    .equ FIFO_WR, 0x54
    .equ FIFO_RD, 0x58

    .section .vectors, "a"
    .word STACK_TOP
    .word reset
    .word hang                  // NMI
    .word hang                  // hard fault
    .byte 'M', 'u', 1, 2        // magic and version
    .hword rom_functions
    .hword rom_data
    .hword rom_table_lookup_entry

    .text

// Core 0 runs the second boot stage at the start of flash; core 1 waits for its launch.
    .thumb_func
    .global reset
reset:
    ldr r7, =SIO
    ldr r0, [r7]                // CPUID
    cmp r0, #0
    bne core1_wait
    movs r0, #0
    mov lr, r0                  // boot stage 2 then starts the image behind it
    ldr r0, =FLASH
    bx r0

// The launch of core 1 (datasheet 2.8.2): core 0 sends 0, 0, 1, vector table, stack, entry, and each
// word is sent back. Registers only: core 0 has the stack.
//   r5 how many words of 1, vector table, stack, entry have come; r1 r2 r3 the last three of them
    .thumb_func
    .global core1_wait
core1_wait:
    ldr r7, =SIO
drain:
    ldr r4, [r7, #FIFO_ST]
    lsrs r4, r4, #1
    bcc drained
    ldr r0, [r7, #FIFO_RD]
    b drain
drained:
    movs r0, #0                 // tells core 0, which may have reset this core, that it is ready
    bl send
    movs r5, #0
next:
    bl receive
    cmp r5, #0
    bne in_sequence
    cmp r0, #1
    bne echo                    // 0 or noise: still nothing
    b accept
in_sequence:
    mov r1, r2                  // the words move up by one
    mov r2, r3
    mov r3, r0
accept:
    adds r5, #1
echo:
    bl send
    cmp r5, #4
    bne next
    ldr r0, =0xe000ed08         // VTOR
    str r1, [r0]
    msr msp, r2
    blx r3
    b core1_wait                // the entry returned

    .thumb_func
receive:                        // r0 = the next word from core 0
    ldr r4, [r7, #FIFO_ST]
    lsrs r4, r4, #1             // bit 0: there is one
    bcs 1f
    wfe
    b receive
1:  ldr r0, [r7, #FIFO_RD]
    bx lr

    .thumb_func
send:                           // r0 to core 0
    ldr r4, [r7, #FIFO_ST]
    lsrs r4, r4, #2             // bit 1: there is room
    bcc send
    str r0, [r7, #FIFO_WR]
    sev
    bx lr

    .thumb_func
    .global hang
hang:
    wfi
    b hang

// Comparisons that answer in the condition flags: those of comparing the C function's -1, 0 or 1 with 0.
    .macro compare_flags name, function
    .thumb_func
    .global \name
\name:
    push {r0-r3, lr}
    bl \function
    cmp r0, #0
    pop {r0-r3, pc}
    .endm

    compare_flags float_compare_flags, float_compare
    compare_flags double_compare_flags, double_compare
