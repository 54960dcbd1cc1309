// The single-cycle IO block as each core sees it: the core's number, its divider and interpolators,
// its end of the FIFOs between the cores. GPIO and spin locks are one set for both.

import { RPSIO } from './rp2040js.mjs';

const CPUID = 0x00;
const FIFO_ST = 0x50;
const FIFO_WR = 0x54;
const FIFO_RD = 0x58;

const FIFO_DEPTH = 8;
const FIFO_IRQ = [15, 16]; // SIO_IRQ_PROC0, SIO_IRQ_PROC1
const SHARED = ['gpioValue', 'gpioOutputEnable', 'qspiGpioValue', 'qspiGpioOutputEnable', 'spinLock'];

/** One end of the inter-core FIFOs: the words that wait for a core, and its two error flags. */
export class FifoEnd {
  constructor() {
    this.words = [];
    this.readEmpty = false;
    this.wroteFull = false;
  }

  get raisesInterrupt() {
    return this.words.length > 0 || this.readEmpty || this.wroteFull;
  }

  clear() {
    this.words.length = 0;
    this.readEmpty = this.wroteFull = false;
  }
}

export class CoreSio extends RPSIO {
  /**
   * number: 0 or 1, which core this is. ends: the two FifoEnds, by core. cores: the two cores.
   * shared: the SIO of core 0, for core 1's.
   */
  constructor(rp2040, number, ends, cores, shared) {
    super(rp2040);
    this.number = number;
    this.mine = ends[number];
    this.other = ends[1 - number];
    this.cores = cores;
    if (shared) {
      for (const field of SHARED) {
        Object.defineProperty(this, field, { get: () => shared[field], set: (value) => (shared[field] = value) });
      }
    }
  }

  readUint32(offset) {
    switch (offset) {
      case CPUID:
        return this.number;
      case FIFO_ST: {
        const { mine, other } = this;
        const hasRoom = other.words.length < FIFO_DEPTH;
        return (mine.words.length ? 1 : 0) | (hasRoom ? 2 : 0) | (mine.wroteFull ? 4 : 0) | (mine.readEmpty ? 8 : 0);
      }
      case FIFO_RD: {
        const word = this.mine.words.shift();
        if (word === undefined) this.mine.readEmpty = true;
        this.updateInterrupts();
        return word ?? 0;
      }
    }
    return super.readUint32(offset);
  }

  writeUint32(offset, value) {
    switch (offset) {
      case FIFO_ST:
        this.mine.readEmpty = this.mine.wroteFull = false;
        this.updateInterrupts();
        return;
      case FIFO_WR:
        if (this.other.words.length < FIFO_DEPTH) {
          this.other.words.push(value >>> 0);
          this.cores[1 - this.number].receiveEvent();
        } else {
          this.mine.wroteFull = true;
        }
        this.updateInterrupts();
        return;
    }
    super.writeUint32(offset, value);
  }

  updateInterrupts() {
    const { number } = this;
    this.cores[number].setInterrupt(FIFO_IRQ[number], this.mine.raisesInterrupt);
    this.cores[1 - number].setInterrupt(FIFO_IRQ[1 - number], this.other.raisesInterrupt);
  }
}
