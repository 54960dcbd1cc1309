// The RP2040 with both cores, built on the package's single-core one.
//
// The package reads `rp2040.core`, `.sio` and `.ppb` for "the core that executes now": `enter` sets
// the three before a core runs. A Chip is one power cycle: machine.reset() makes a new one.

import { RP2040, RPPPB, RPPSM, SimulationClock } from './rp2040js.mjs';
import { Core } from './core.mjs';
import { PROFILER_PAGE, ProfilerRegister } from './profiler.mjs';
import { CoreSio, FifoEnd } from './sio.mjs';

// The cores take turns of this many cycles: small enough that their interleaving is fine-grained
// (half a microsecond), large enough that changing over costs little. Emulated time moves by it.
const TURN = 64;

const PSM_FRCE_OFF = 0x04;
const PSM_PROC1 = 1 << 16;

const ROSC_STATUS = 0x18;
const ROSC_RANDOMBIT = 0x1c;
const ROSC_STABLE_AND_ENABLED = 0x80001000;

/** The power-on state machine: it holds core 1 in reset, and lets it go. */
class PowerStates extends RPPSM {
  constructor(rp2040, chip) {
    super(rp2040, 'PSM');
    this.chip = chip;
  }

  writeUint32(offset, value) {
    super.writeUint32(offset, value);
    if (offset === PSM_FRCE_OFF) this.chip.holdCore1((this.frceOff & PSM_PROC1) !== 0);
  }
}

/** The ring oscillator's random bit, from a fixed seed: the same program sees the same bits. */
function connectRandomBit(rosc, seed) {
  let state = seed | 1;
  rosc.readUint32 = (offset) => {
    if (offset === ROSC_STATUS) return ROSC_STABLE_AND_ENABLED;
    if (offset !== ROSC_RANDOMBIT) return 0;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) & 1;
  };
  rosc.writeUint32 = () => {};
}

export class Chip {
  /**
   * bootRom: its image. warn(message): called for what the firmware does that is not modelled.
   * profiler: a Profiler, or undefined.
   * watchdog: of the chip before the reset, if any; its scratch registers and reason survive.
   */
  constructor({ bootRom, seed, warn, profiler, watchdog }) {
    this.clock = new SimulationClock();
    this.rp2040 = new RP2040(this.clock);
    this.rp2040.logger = {
      debug() {},
      info() {},
      warn: (unit, message) => warn(`${unit}: ${message}`),
      error: (unit, message) => warn(`${unit}: ${message}`),
    };
    this.rp2040.loadBootrom(new Uint32Array(bootRom.buffer.slice(bootRom.byteOffset, bootRom.byteOffset + (bootRom.length & ~3))));

    this.makeCores(profiler);
    this.rp2040.peripherals[0x40010] = new PowerStates(this.rp2040, this);
    connectRandomBit(this.rp2040.peripherals[0x40060], seed);
    if (profiler) this.rp2040.peripherals[PROFILER_PAGE] = new ProfilerRegister(this.rp2040, profiler);

    this.resetRequested = false;
    this.watchdog = this.rp2040.peripherals[0x40058];
    this.watchdog.onWatchdogTrigger = () => (this.resetRequested = true);
    if (watchdog) {
      this.watchdog.reason = watchdog.reason;
      this.watchdog.scratchData.set(watchdog.scratchData);
    }
  }

  makeCores(profiler) {
    const { rp2040 } = this;
    const cores = [];
    for (const number of [0, 1]) cores.push(new Core(rp2040, number, () => cores[1 - number].receiveEvent(), profiler));
    this.fifoEnds = [new FifoEnd(), new FifoEnd()];
    const sio0 = new CoreSio(rp2040, 0, this.fifoEnds, cores);
    this.cores = cores;
    this.sios = [sio0, new CoreSio(rp2040, 1, this.fifoEnds, cores, sio0)];
    this.ppbs = [rp2040.ppb, new RPPPB(rp2040, 'PPB1')];
    this.credit = [0, 0]; // cycles a core may still take of its turns
    this.core1Held = true;
    // Every interrupt line goes to both cores; each has its own mask of those it takes.
    rp2040.setInterrupt = (irq, value) => cores.forEach((core) => core.setInterrupt(irq, value));
    this.enter(0);
  }

  /** Both cores start in the boot ROM: core 0 goes on to flash, core 1 waits there for its launch. */
  start() {
    this.cores[0].powerOn();
    this.holdCore1(false);
  }

  holdCore1(held) {
    if (held) {
      this.fifoEnds.forEach((end) => end.clear());
    } else if (this.core1Held) {
      this.cores[1].powerOn();
    }
    this.core1Held = held;
  }

  enter(number) {
    this.rp2040.core = this.cores[number];
    this.rp2040.sio = this.sios[number];
    this.rp2040.ppb = this.ppbs[number];
  }

  /** True when no core has anything to do before an alarm or input from outside. */
  get asleep() {
    return this.cores[0].waiting && (this.core1Held || this.cores[1].waiting);
  }

  /** How long nothing will happen, unless there is input: to the next alarm, or for ever. */
  get idleNanos() {
    if (!this.asleep) return 0;
    const { nextAlarm, nanos } = this.clock;
    return nextAlarm ? Math.max(nextAlarm.nanos - nanos, 0) : Infinity;
  }

  /**
   * Run until emulated time `until` (in nanoseconds; Infinity: for ever) or for about `effort` cycles.
   * While both cores wait, time jumps to the next alarm. Returns false where nothing can happen any
   * more without input from outside: both wait, and no alarm is set.
   */
  run(until, effort) {
    const { clock, cores } = this;
    let left = effort;
    while (clock.nanos < until && left > 0 && !this.resetRequested) {
      if (this.asleep) {
        const idle = Math.min(this.idleNanos, until - clock.nanos);
        if (idle === Infinity) return false;
        clock.tick(idle);
        left -= TURN;
        continue;
      }
      this.turn(0);
      if (!this.core1Held) this.turn(1);
      clock.tick((TURN * 1e9) / this.rp2040.clkSys);
      left -= TURN;
    }
    return true;
  }

  turn(number) {
    const core = this.cores[number];
    if (core.waiting) {
      this.credit[number] = 0;
      return;
    }
    this.enter(number);
    this.credit[number] += TURN;
    this.credit[number] -= core.run(this.credit[number]);
  }
}
