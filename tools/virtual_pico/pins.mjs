// The board's pins. Nothing is attached to them, but an input sees what its own pin drives, as on
// the chip (the package leaves that out): an output can be read, and an edge of it can interrupt.

import { GPIOPinState } from './rp2040js.mjs';

const LEVELS = { [GPIOPinState.Low]: 'low', [GPIOPinState.High]: 'high' };

/** Call report(microseconds, pin, level) at each change; level is "low", "high" or "input". */
export function connectPins(rp2040, nanos, report) {
  for (const pin of rp2040.gpio) {
    let level = 'input';
    pin.addListener((state) => {
      const now = LEVELS[state] ?? 'input';
      if (now === level) return;
      level = now;
      pin.setInputValue(now === 'high');
      report(Math.round(nanos() / 1000), pin.index, level);
    });
  }
}
