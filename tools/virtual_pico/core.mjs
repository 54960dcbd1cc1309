// One Cortex-M0+ core.
//
// The package decodes an instruction by asking "is it this one?" up to ninety times. `burst` looks
// it up in a table instead and runs the common ones without leaving the loop, on typed-array views
// of RAM and flash and with the flags in local variables: two to three times as fast. What the table
// does not hold (barriers, special registers, SVC, returns from exceptions) is left to the package.
// Cycle counts are the package's, so emulated time does not depend on who ran an instruction.

import { CortexM0Core } from './rp2040js.mjs';

const RAM = 0x20000000;
const FLASH_PAGE = 0x10; // the top byte of an address in flash
const SP = 13;
const LR = 14;
const PC = 15;

// Formats of the 16-bit instructions that `burst` runs: 0 and 1 are fixed bits, a letter is a field.
// The numbers are those of the cases below (literals there: only those make a jump table).
const FORMATS = {
  1: '00000iiiiimmmddd', // LSLS Rd, Rm, #imm
  2: '00001iiiiimmmddd', // LSRS Rd, Rm, #imm
  3: '00010iiiiimmmddd', // ASRS Rd, Rm, #imm
  4: '0001100mmmnnnddd', // ADDS Rd, Rn, Rm
  5: '0001101mmmnnnddd', // SUBS Rd, Rn, Rm
  6: '0001110iiinnnddd', // ADDS Rd, Rn, #imm
  7: '0001111iiinnnddd', // SUBS Rd, Rn, #imm
  8: '00100dddiiiiiiii', // MOVS Rd, #imm
  9: '00101nnniiiiiiii', // CMP Rn, #imm
  10: '00110dddiiiiiiii', // ADDS Rd, #imm
  11: '00111dddiiiiiiii', // SUBS Rd, #imm
  12: '0100000000mmmddd', // ANDS
  13: '0100000001mmmddd', // EORS
  14: '0100000010mmmddd', // LSLS Rd, Rm
  15: '0100000011mmmddd', // LSRS Rd, Rm
  16: '0100000100mmmddd', // ASRS Rd, Rm
  17: '0100000101mmmddd', // ADCS
  18: '0100000110mmmddd', // SBCS
  19: '0100001000mmmnnn', // TST
  20: '0100001001nnnddd', // RSBS Rd, Rn, #0
  21: '0100001010mmmnnn', // CMP Rn, Rm
  22: '0100001100mmmddd', // ORRS
  23: '0100001101nnnddd', // MULS
  24: '0100001110mmmddd', // BICS
  25: '0100001111mmmddd', // MVNS
  26: '01000100dmmmmddd', // ADD Rd, Rm, any register
  27: '01000101nmmmmnnn', // CMP Rn, Rm, any register
  28: '01000110dmmmmddd', // MOV Rd, Rm, any register
  29: '010001110mmmm000', // BX Rm
  30: '010001111mmmm000', // BLX Rm
  31: '01001tttiiiiiiii', // LDR Rt, [PC, #imm]
  32: '0101000mmmnnnttt', // STR Rt, [Rn, Rm]
  33: '0101001mmmnnnttt', // STRH Rt, [Rn, Rm]
  34: '0101010mmmnnnttt', // STRB Rt, [Rn, Rm]
  35: '0101011mmmnnnttt', // LDRSB Rt, [Rn, Rm]
  36: '0101100mmmnnnttt', // LDR Rt, [Rn, Rm]
  37: '0101101mmmnnnttt', // LDRH Rt, [Rn, Rm]
  38: '0101110mmmnnnttt', // LDRB Rt, [Rn, Rm]
  39: '0101111mmmnnnttt', // LDRSH Rt, [Rn, Rm]
  40: '01100iiiiinnnttt', // STR Rt, [Rn, #imm]
  41: '01101iiiiinnnttt', // LDR Rt, [Rn, #imm]
  42: '01110iiiiinnnttt', // STRB Rt, [Rn, #imm]
  43: '01111iiiiinnnttt', // LDRB Rt, [Rn, #imm]
  44: '10000iiiiinnnttt', // STRH Rt, [Rn, #imm]
  45: '10001iiiiinnnttt', // LDRH Rt, [Rn, #imm]
  46: '10010tttiiiiiiii', // STR Rt, [SP, #imm]
  47: '10011tttiiiiiiii', // LDR Rt, [SP, #imm]
  48: '10100dddiiiiiiii', // ADR Rd, #imm
  49: '10101dddiiiiiiii', // ADD Rd, SP, #imm
  50: '101100000iiiiiii', // ADD SP, #imm
  51: '101100001iiiiiii', // SUB SP, #imm
  52: '1011001000mmmddd', // SXTH
  53: '1011001001mmmddd', // SXTB
  54: '1011001010mmmddd', // UXTH
  55: '1011001011mmmddd', // UXTB
  56: '1011010rrrrrrrrr', // PUSH
  57: '1011110rrrrrrrrr', // POP
  58: '11000nnnrrrrrrrr', // STMIA
  59: '11001nnnrrrrrrrr', // LDMIA
  60: '11010000iiiiiiii', // BEQ
  61: '11010001iiiiiiii', // BNE
  62: '11010010iiiiiiii', // BCS
  63: '11010011iiiiiiii', // BCC
  64: '11010100iiiiiiii', // BMI
  65: '11010101iiiiiiii', // BPL
  66: '11011000iiiiiiii', // BHI
  67: '11011001iiiiiiii', // BLS
  68: '11011010iiiiiiii', // BGE
  69: '11011011iiiiiiii', // BLT
  70: '11011100iiiiiiii', // BGT
  71: '11011101iiiiiiii', // BLE
  72: '11100iiiiiiiiiii', // B
  73: '11110iiiiiiiiiii', // BL, when the second half agrees
  74: '1011011001100010', // CPSIE i
  75: '1011011001110010', // CPSID i
  76: '1011111100000000', // NOP
  77: '1011111101000000', // SEV
};

function formatTable() {
  const table = new Uint8Array(1 << 16);
  for (const [number, bits] of Object.entries(FORMATS)) {
    const fixed = parseInt(bits.replace(/[01]/g, '1').replace(/[^01]/g, '0'), 2);
    const value = parseInt(bits.replace(/[^01]/g, '0'), 2);
    const fields = ~fixed & 0xffff;
    // every way to fill the fields: counts down through the subsets of their bits
    for (let filled = fields; ; filled = (filled - 1) & fields) {
      table[value | filled] = Number(number);
      if (filled === 0) break;
    }
  }
  return table;
}

const FORMAT_OF = formatTable();

export class Core extends CortexM0Core {
  /** number: 0 or 1. `onSendEvent` is called for the SEV instruction. profiler: may be undefined. */
  constructor(rp2040, number, onSendEvent, profiler) {
    super(rp2040);
    this.number = number;
    this.onSendEvent = onSendEvent;
    this.profiler = profiler;
    this.words = new Int32Array(this.registers.buffer); // signed: no value ever needs a double
    this.viewMemory();
  }

  viewMemory() {
    const { sram, flash } = this.rp2040;
    this.ram8 = sram;
    this.ram16 = new Uint16Array(sram.buffer);
    this.ram32 = new Int32Array(sram.buffer);
    this.flash8 = flash;
    this.flash16 = new Uint16Array(flash.buffer);
    this.flash32 = new Int32Array(flash.buffer);
  }

  /** Start at the vectors of the boot ROM, as after power on. */
  powerOn() {
    const fresh = new CortexM0Core(this.rp2040);
    for (const field of Object.keys(fresh)) {
      if (!['rp2040', 'registers', 'cycles', 'blTaken'].includes(field)) this[field] = fresh[field];
    }
    this.registers.fill(0);
    this.SP = this.rp2040.bootrom[0];
    this.PC = this.rp2040.bootrom[1] & ~1;
  }

  /** An event (SEV of either core, or the inter-core FIFO) ends a WFE, this one or the next. */
  receiveEvent() {
    if (this.waiting) this.waiting = false;
    else this.eventRegistered = true;
  }

  setInterrupt(irq, value) {
    // With PRIMASK set an interrupt ends a WFI and is not taken; the package would take it.
    if (value && this.waiting && this.PM) {
      this.pendingInterrupts |= 1 << irq;
      this.interruptsUpdated = true;
      if (this.enabledInterrupts & (1 << irq)) this.waiting = false;
      return;
    }
    super.setInterrupt(irq, value);
  }

  /** Run for about `budget` cycles, or until the core waits. Returns the cycles it took. */
  run(budget) {
    if (this.profiler?.sign) return this.runCounted(budget);
    let left = budget;
    while (left > 0 && !this.waiting) {
      if (this.interruptsUpdated) this.checkForInterrupts();
      left -= this.burst(left);
      if (left > 0 && !this.interruptsUpdated) left -= this.executeInstruction();
    }
    return budget - left;
  }

  /** The same, one instruction at a time, each counted by `profiler`. */
  runCounted(budget) {
    const { words, profiler } = this;
    let left = budget;
    while (left > 0 && !this.waiting) {
      if (this.interruptsUpdated) this.checkForInterrupts();
      const pc = words[PC] & ~1;
      let spent = this.burst(1);
      if (!spent && !this.interruptsUpdated) spent = this.executeInstruction();
      profiler.count(this.number, pc, spent);
      // BL and BLX leave the address behind them in LR.
      const behind = (words[LR] & ~1) - pc;
      const after = words[PC] & ~1;
      if ((behind === 2 || behind === 4) && after !== pc + 2 && after !== pc + 4) profiler.call(this.number, pc, after);
      left -= spent;
    }
    return budget - left;
  }

  /** Cycles of a load (or a store, one more on the peripheral bus) outside RAM and flash. */
  busCycles(address, store) {
    const region = address >>> 28;
    if (region === 0xd) return 1; // SIO
    if (region === 0x4) return 4 + store;
    return 2;
  }

  /** Run common instructions until the budget is spent, an interrupt comes, or an uncommon one. */
  burst(budget) {
    const R = this.words;
    const { ram8, ram16, ram32, flash8, flash16, flash32 } = this;
    const ramBytes = ram8.length;
    let pc = R[PC] & ~1;
    let negative = this.N ? -1 : 0; // N is its sign
    let zero = this.Z ? 0 : 1; // Z is "it is 0"
    let carry = this.C ? 1 : 0;
    let overflow = this.V ? 1 : 0;
    let spent = 0;

    run: while (spent < budget) {
      if (this.interruptsUpdated) break;
      let op;
      if (pc >>> 24 === FLASH_PAGE) op = flash16[(pc & 0xffffff) >> 1];
      else if ((pc - RAM) >>> 0 < ramBytes) op = ram16[(pc - RAM) >> 1];
      else op = this.readUint16(pc);

      switch (FORMAT_OF[op]) {
        case 0:
          break run;

        case 1: { // LSLS imm
          const shift = (op >> 6) & 31;
          const value = R[(op >> 3) & 7];
          if (shift) carry = (value >>> (32 - shift)) & 1;
          negative = zero = R[op & 7] = value << shift;
          break;
        }
        case 2: { // LSRS imm
          const shift = (op >> 6) & 31;
          const value = R[(op >> 3) & 7];
          carry = (value >>> (shift ? shift - 1 : 31)) & 1;
          negative = zero = R[op & 7] = shift ? value >>> shift : 0;
          break;
        }
        case 3: { // ASRS imm
          const shift = (op >> 6) & 31;
          const value = R[(op >> 3) & 7];
          carry = (value >> (shift ? shift - 1 : 31)) & 1;
          negative = zero = R[op & 7] = value >> (shift || 31);
          break;
        }
        case 4: { // ADDS reg
          const a = R[(op >> 3) & 7];
          const b = R[(op >> 6) & 7];
          const sum = (a + b) | 0;
          carry = sum >>> 0 < a >>> 0 ? 1 : 0;
          overflow = ((a ^ sum) & (b ^ sum)) >>> 31;
          negative = zero = R[op & 7] = sum;
          break;
        }
        case 5: { // SUBS reg
          const a = R[(op >> 3) & 7];
          const b = R[(op >> 6) & 7];
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b >>> 0 ? 1 : 0;
          overflow = ((a ^ b) & (a ^ difference)) >>> 31;
          negative = zero = R[op & 7] = difference;
          break;
        }
        case 6: { // ADDS imm3
          const a = R[(op >> 3) & 7];
          const sum = (a + ((op >> 6) & 7)) | 0;
          carry = sum >>> 0 < a >>> 0 ? 1 : 0;
          overflow = (~a & sum) >>> 31;
          negative = zero = R[op & 7] = sum;
          break;
        }
        case 7: { // SUBS imm3
          const a = R[(op >> 3) & 7];
          const b = (op >> 6) & 7;
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b ? 1 : 0;
          overflow = (a & ~difference) >>> 31;
          negative = zero = R[op & 7] = difference;
          break;
        }
        case 8: // MOVS imm
          negative = zero = R[(op >> 8) & 7] = op & 0xff;
          break;
        case 9: { // CMP imm
          const a = R[(op >> 8) & 7];
          const b = op & 0xff;
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b ? 1 : 0;
          overflow = (a & ~difference) >>> 31;
          negative = zero = difference;
          break;
        }
        case 10: { // ADDS imm8
          const a = R[(op >> 8) & 7];
          const sum = (a + (op & 0xff)) | 0;
          carry = sum >>> 0 < a >>> 0 ? 1 : 0;
          overflow = (~a & sum) >>> 31;
          negative = zero = R[(op >> 8) & 7] = sum;
          break;
        }
        case 11: { // SUBS imm8
          const a = R[(op >> 8) & 7];
          const b = op & 0xff;
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b ? 1 : 0;
          overflow = (a & ~difference) >>> 31;
          negative = zero = R[(op >> 8) & 7] = difference;
          break;
        }
        case 12: // ANDS
          negative = zero = R[op & 7] &= R[(op >> 3) & 7];
          break;
        case 13: // EORS
          negative = zero = R[op & 7] ^= R[(op >> 3) & 7];
          break;
        case 14: { // LSLS reg
          const shift = R[(op >> 3) & 7] & 0xff;
          const value = R[op & 7];
          if (shift) carry = shift <= 32 ? (value >>> (32 - shift)) & 1 : 0;
          negative = zero = R[op & 7] = shift < 32 ? value << shift : 0;
          break;
        }
        case 15: { // LSRS reg
          const shift = R[(op >> 3) & 7] & 0xff;
          const value = R[op & 7];
          if (shift) carry = shift <= 32 ? (value >>> (shift - 1)) & 1 : 0;
          const result = shift < 32 ? (value >>> shift) | 0 : 0;
          negative = zero = R[op & 7] = result;
          break;
        }
        case 16: { // ASRS reg
          const shift = R[(op >> 3) & 7] & 0xff;
          const value = R[op & 7];
          if (shift) carry = (value >> (shift < 32 ? shift - 1 : 31)) & 1;
          negative = zero = R[op & 7] = value >> (shift < 32 ? shift : 31);
          break;
        }
        case 17: { // ADCS
          const a = R[op & 7];
          const b = R[(op >> 3) & 7];
          const sum = (a + b + carry) | 0;
          carry = ((a & b) | ((a | b) & ~sum)) >>> 31;
          overflow = ((a ^ sum) & (b ^ sum)) >>> 31;
          negative = zero = R[op & 7] = sum;
          break;
        }
        case 18: { // SBCS: a + ~b + carry
          const a = R[op & 7];
          const b = ~R[(op >> 3) & 7];
          const sum = (a + b + carry) | 0;
          carry = ((a & b) | ((a | b) & ~sum)) >>> 31;
          overflow = ((a ^ sum) & (b ^ sum)) >>> 31;
          negative = zero = R[op & 7] = sum;
          break;
        }
        case 19: // TST
          negative = zero = R[op & 7] & R[(op >> 3) & 7];
          break;
        case 20: { // RSBS
          const b = R[(op >> 3) & 7];
          const difference = -b | 0;
          carry = b === 0 ? 1 : 0;
          overflow = (b & difference) >>> 31;
          negative = zero = R[op & 7] = difference;
          break;
        }
        case 21: { // CMP reg
          const a = R[op & 7];
          const b = R[(op >> 3) & 7];
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b >>> 0 ? 1 : 0;
          overflow = ((a ^ b) & (a ^ difference)) >>> 31;
          negative = zero = difference;
          break;
        }
        case 22: // ORRS
          negative = zero = R[op & 7] |= R[(op >> 3) & 7];
          break;
        case 23: // MULS
          negative = zero = R[op & 7] = Math.imul(R[op & 7], R[(op >> 3) & 7]);
          break;
        case 24: // BICS
          negative = zero = R[op & 7] &= ~R[(op >> 3) & 7];
          break;
        case 25: // MVNS
          negative = zero = R[op & 7] = ~R[(op >> 3) & 7];
          break;
        case 26: { // ADD, any register
          R[PC] = pc + 4;
          const d = ((op >> 4) & 8) | (op & 7);
          const sum = (R[d] + R[(op >> 3) & 15]) | 0;
          if (d === PC) {
            pc = (sum & ~1) - 2;
            spent++;
          } else R[d] = d === SP ? sum & ~3 : sum;
          break;
        }
        case 27: { // CMP, any register
          const a = R[((op >> 4) & 8) | (op & 7)];
          const b = R[(op >> 3) & 15];
          const difference = (a - b) | 0;
          carry = a >>> 0 >= b >>> 0 ? 1 : 0;
          overflow = ((a ^ b) & (a ^ difference)) >>> 31;
          negative = zero = difference;
          break;
        }
        case 28: { // MOV, any register
          R[PC] = pc + 4;
          const d = ((op >> 4) & 8) | (op & 7);
          const value = R[(op >> 3) & 15];
          if (d === PC) {
            pc = (value & ~1) - 2;
            spent++;
          } else R[d] = d === SP ? value & ~3 : value;
          break;
        }
        case 29: { // BX
          const target = R[(op >> 3) & 15];
          if (target >>> 28 === 0xf) break run; // return from an exception
          pc = (target & ~1) - 2;
          spent++;
          break;
        }
        case 30: { // BLX
          const target = R[(op >> 3) & 15];
          R[LR] = (pc + 2) | 1;
          pc = (target & ~1) - 2;
          spent++;
          break;
        }
        case 31: { // LDR literal
          const address = ((pc + 4) & ~3) + ((op & 0xff) << 2);
          if (address >>> 24 === FLASH_PAGE) R[(op >> 8) & 7] = flash32[(address & 0xffffff) >> 2];
          else R[(op >> 8) & 7] = this.readUint32(address);
          spent++;
          break;
        }

        case 32: // STR reg
        case 40: { // STR imm
          const offset = op & 0x2000 ? (op >> 4) & 0x7c : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes && !(address & 3)) {
            ram32[(address - RAM) >> 2] = R[op & 7];
            spent++;
          } else {
            spent += this.busCycles(address, 1) - 1;
            this.writeUint32(address, this.registers[op & 7]);
          }
          break;
        }
        case 33: // STRH reg
        case 44: { // STRH imm
          const offset = op & 0x8000 ? (op >> 5) & 0x3e : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes && !(address & 1)) {
            ram16[(address - RAM) >> 1] = R[op & 7];
            spent++;
          } else {
            spent += this.busCycles(address, 1) - 1;
            this.writeUint16(address >>> 0, this.registers[op & 7]);
          }
          break;
        }
        case 34: // STRB reg
        case 42: { // STRB imm
          const offset = op & 0x2000 ? (op >> 6) & 31 : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes) {
            ram8[address - RAM] = R[op & 7];
            spent++;
          } else {
            spent += this.busCycles(address, 1) - 1;
            this.writeUint8(address >>> 0, this.registers[op & 7]);
          }
          break;
        }
        case 35: { // LDRSB
          const address = (R[(op >> 3) & 7] + R[(op >> 6) & 7]) | 0;
          spent += this.busCycles(address, 0) - 1;
          R[op & 7] = (this.readUint8(address >>> 0) << 24) >> 24;
          break;
        }
        case 36: // LDR reg
        case 41: { // LDR imm
          const offset = op & 0x2000 ? (op >> 4) & 0x7c : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes && !(address & 3)) {
            R[op & 7] = ram32[(address - RAM) >> 2];
            spent++;
          } else if (address >>> 24 === FLASH_PAGE && !(address & 3)) {
            R[op & 7] = flash32[(address & 0xffffff) >> 2];
            spent++;
          } else {
            spent += this.busCycles(address, 0) - 1;
            R[op & 7] = this.readUint32(address);
          }
          break;
        }
        case 37: // LDRH reg
        case 45: { // LDRH imm
          const offset = op & 0x8000 ? (op >> 5) & 0x3e : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes && !(address & 1)) {
            R[op & 7] = ram16[(address - RAM) >> 1];
            spent++;
          } else if (address >>> 24 === FLASH_PAGE && !(address & 1)) {
            R[op & 7] = flash16[(address & 0xffffff) >> 1];
            spent++;
          } else {
            spent += this.busCycles(address, 0) - 1;
            R[op & 7] = this.readUint16(address >>> 0);
          }
          break;
        }
        case 38: // LDRB reg
        case 43: { // LDRB imm
          const offset = op & 0x2000 ? (op >> 6) & 31 : R[(op >> 6) & 7];
          const address = (R[(op >> 3) & 7] + offset) | 0;
          if ((address - RAM) >>> 0 < ramBytes) {
            R[op & 7] = ram8[address - RAM];
            spent++;
          } else if (address >>> 24 === FLASH_PAGE) {
            R[op & 7] = flash8[address & 0xffffff];
            spent++;
          } else {
            spent += this.busCycles(address, 0) - 1;
            R[op & 7] = this.readUint8(address >>> 0);
          }
          break;
        }
        case 39: { // LDRSH
          const address = (R[(op >> 3) & 7] + R[(op >> 6) & 7]) | 0;
          spent += this.busCycles(address, 0) - 1;
          R[op & 7] = (this.readUint16(address >>> 0) << 16) >> 16;
          break;
        }
        case 46: { // STR sp
          const address = R[SP] + ((op & 0xff) << 2);
          if ((address - RAM) >>> 0 < ramBytes) ram32[(address - RAM) >> 2] = R[(op >> 8) & 7];
          else this.writeUint32(address, this.registers[(op >> 8) & 7]);
          spent++;
          break;
        }
        case 47: { // LDR sp
          const address = R[SP] + ((op & 0xff) << 2);
          if ((address - RAM) >>> 0 < ramBytes) R[(op >> 8) & 7] = ram32[(address - RAM) >> 2];
          else R[(op >> 8) & 7] = this.readUint32(address);
          spent++;
          break;
        }
        case 48: // ADR
          R[(op >> 8) & 7] = ((pc + 4) & ~3) + ((op & 0xff) << 2);
          break;
        case 49: // ADD Rd, SP
          R[(op >> 8) & 7] = R[SP] + ((op & 0xff) << 2);
          break;
        case 50: // ADD SP
          R[SP] += (op & 0x7f) << 2;
          break;
        case 51: // SUB SP
          R[SP] -= (op & 0x7f) << 2;
          break;
        case 52: // SXTH
          R[op & 7] = (R[(op >> 3) & 7] << 16) >> 16;
          break;
        case 53: // SXTB
          R[op & 7] = (R[(op >> 3) & 7] << 24) >> 24;
          break;
        case 54: // UXTH
          R[op & 7] = R[(op >> 3) & 7] & 0xffff;
          break;
        case 55: // UXTB
          R[op & 7] = R[(op >> 3) & 7] & 0xff;
          break;

        case 56: { // PUSH
          let count = 0;
          for (let list = op & 0x1ff; list; list &= list - 1) count++;
          let address = R[SP] - 4 * count;
          if ((address - RAM) >>> 0 >= ramBytes || (R[SP] - 1 - RAM) >>> 0 >= ramBytes) break run;
          R[SP] = address;
          let at = (address - RAM) >> 2;
          for (let i = 0; i < 8; i++) {
            if (op & (1 << i)) {
              ram32[at++] = R[i];
              spent++;
            }
          }
          if (op & 0x100) ram32[at] = R[LR];
          break;
        }
        case 57: { // POP
          const last = R[SP] + 36;
          if ((R[SP] - RAM) >>> 0 >= ramBytes || (last - RAM) >>> 0 >= ramBytes) break run;
          const bottom = (R[SP] - RAM) >> 2;
          let at = bottom;
          if (op & 0x100) {
            for (let list = op & 0xff; list; list &= list - 1) at++;
            const target = ram32[at];
            if (target >>> 28 === 0xf) break run; // return from an exception
            pc = (target & ~1) - 2;
            R[SP] += 4;
            spent += 2;
            at = bottom;
          }
          for (let i = 0; i < 8; i++) {
            if (op & (1 << i)) {
              R[i] = ram32[at++];
              spent++;
            }
          }
          R[SP] += (at - bottom) << 2;
          break;
        }
        case 58: { // STMIA
          const n = (op >> 8) & 7;
          let address = R[n];
          if ((address - RAM) >>> 0 >= ramBytes - 32 || address & 3 || op & (1 << n)) break run;
          for (let i = 0; i < 8; i++) {
            if (op & (1 << i)) {
              ram32[(address - RAM) >> 2] = R[i];
              address += 4;
              spent++;
            }
          }
          R[n] = address;
          break;
        }
        case 59: { // LDMIA
          const n = (op >> 8) & 7;
          let address = R[n];
          if ((address - RAM) >>> 0 >= ramBytes - 32 || address & 3) break run;
          for (let i = 0; i < 8; i++) {
            if (op & (1 << i)) {
              R[i] = ram32[(address - RAM) >> 2];
              address += 4;
              spent++;
            }
          }
          if (!(op & (1 << n))) R[n] = address;
          break;
        }

        case 60: // BEQ
          if (zero === 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 61: // BNE
          if (zero !== 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 62: // BCS
          if (carry) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 63: // BCC
          if (!carry) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 64: // BMI
          if (negative < 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 65: // BPL
          if (negative >= 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 66: // BHI
          if (carry && zero !== 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 67: // BLS
          if (!carry || zero === 0) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 68: // BGE
          if (negative >>> 31 === overflow) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 69: // BLT
          if (negative >>> 31 !== overflow) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 70: // BGT
          if (zero !== 0 && negative >>> 31 === overflow) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 71: // BLE
          if (zero === 0 || negative >>> 31 !== overflow) {
            pc += ((op << 24) >> 23) + 2;
            spent++;
          }
          break;
        case 72: // B
          pc += ((op << 21) >> 20) + 2;
          spent++;
          break;
        case 73: { // BL
          const second = pc >>> 24 === FLASH_PAGE ? flash16[((pc & 0xffffff) >> 1) + 1] : this.readUint16(pc + 2);
          if ((second & 0xd000) !== 0xd000) break run;
          const sign = (op >> 10) & 1;
          const high = ((1 - (sign ^ ((second >> 13) & 1))) << 23) | ((1 - (sign ^ ((second >> 11) & 1))) << 22);
          const offset = (-sign << 24) | high | ((op & 0x3ff) << 12) | ((second & 0x7ff) << 1);
          R[LR] = (pc + 4) | 1;
          pc += offset + 2;
          spent += 2;
          break;
        }
        case 74: // CPSIE i
          this.PM = false;
          this.interruptsUpdated = true;
          break;
        case 75: // CPSID i
          this.PM = true;
          break;
        case 76: // NOP
          break;
        case 77: // SEV
          this.onSendEvent();
          break;
      }
      pc += 2;
      spent++;
    }

    R[PC] = pc;
    this.N = negative < 0;
    this.Z = zero === 0;
    this.C = carry === 1;
    this.V = overflow === 1;
    this.cycles += spent;
    return spent;
  }
}
