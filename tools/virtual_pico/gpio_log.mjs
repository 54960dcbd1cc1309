// The edges of every GPIO, with the emulated time at which they came.

import { GPIOPinState } from './rp2040js.mjs';

const LEVELS = { [GPIOPinState.Low]: 'low', [GPIOPinState.High]: 'high' };

/** Call report(microseconds, pin, level) at each change; level is "low", "high" or "input". */
export function watchGpio(rp2040, nanos, report) {
  for (const pin of rp2040.gpio) {
    let level = 'input';
    pin.addListener((state) => {
      const now = LEVELS[state] ?? 'input';
      if (now === level) return;
      level = now;
      report(Math.round(nanos() / 1000), pin.index, level);
    });
  }
}
