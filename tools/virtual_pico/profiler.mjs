// Counts the cycles at each address, where the firmware asks for it: it writes 1 to a register that
// no chip has (400f0000) to add from here on, -1 to subtract, 0 to stop. So a run of 2 n operations
// less one of n is exactly n, without what starting them takes. tools/profiler.py reads the result.

import { writeFileSync } from 'node:fs';
import { BasePeripheral } from './rp2040js.mjs';

export const PROFILER_PAGE = 0x400f0;

export class Profiler {
  constructor(file) {
    this.file = file;
    this.sign = 0;
    this.cores = [0, 1].map(() => ({ cycles: new Map(), passes: new Map(), calls: new Map() }));
  }

  /** The instruction at `pc` of core `number` took `cycles`. */
  count(number, pc, cycles) {
    const core = this.cores[number];
    core.cycles.set(pc, (core.cycles.get(pc) ?? 0) + this.sign * cycles);
    core.passes.set(pc, (core.passes.get(pc) ?? 0) + this.sign);
  }

  /** The call at `caller` went to `pc`. */
  call(number, caller, pc) {
    const { calls } = this.cores[number];
    const callers = calls.get(pc) ?? new Map();
    callers.set(caller, (callers.get(caller) ?? 0) + this.sign);
    calls.set(pc, callers);
  }

  /** Write [[core, address, cycles, passes, [[caller, times], ...]], ...]. */
  save() {
    const rows = this.cores.flatMap(({ cycles, passes, calls }, number) =>
      [...cycles].map(([pc, spent]) => [number, pc, spent, passes.get(pc), [...(calls.get(pc) ?? [])]]));
    writeFileSync(this.file, JSON.stringify(rows));
  }
}

/** The register, at a place of the bus where the chip has nothing. */
export class ProfilerRegister extends BasePeripheral {
  constructor(rp2040, profiler) {
    super(rp2040, 'PROFILER');
    this.profiler = profiler;
  }

  writeUint32(offset, value) {
    this.profiler.sign = value | 0;
  }
}
