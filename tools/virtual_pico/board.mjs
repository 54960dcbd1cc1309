// The board: what stays when the chip is reset (flash, the cable, the log), around the chip.

import { Chip } from './chip.mjs';
import { FlashChip, connectFlash } from './flash_chip.mjs';
import { connectPins } from './pins.mjs';
import { UsbConsole } from './usb_console.mjs';

const TEMPERATURE_SENSOR = 4; // the ADC channel of the chip's own
const ROOM_TEMPERATURE = 876; // 0.706 V: 27 degrees, says the datasheet (4.9.5)

export class Board {
  /**
   * bootRom, image: bytes. flashFile: a FlashFile, or null. seed: of the random bits. profiler: a Profiler, or undefined.
   * onOutput(bytes), onEdge(microseconds, pin, level), warn(message): called as things happen.
   */
  constructor({ bootRom, image, flashFile, seed, onOutput, onEdge, warn, profiler }) {
    this.options = { bootRom, seed, warn, profiler };
    this.onOutput = onOutput;
    this.onEdge = onEdge;
    this.flash = new FlashChip();
    flashFile?.load(this.flash);
    this.flash.bytes.set(image); // flashing replaces the firmware and leaves the file system
    this.flash.changed = true;
    this.elapsed = 0; // emulated nanoseconds before the last reset
    this.resets = 0;
    this.powerOn(null);
  }

  /** Emulated nanoseconds since power on, over all resets. */
  get nanos() {
    return this.elapsed + this.chip.clock.nanos;
  }

  powerOn(watchdog) {
    this.chip = new Chip({ ...this.options, watchdog });
    connectFlash(this.chip.rp2040, this.flash);
    this.console = new UsbConsole(this.chip.rp2040.usbCtrl, this.onOutput);
    connectPins(this.chip.rp2040, () => this.nanos, this.onEdge);
    this.chip.rp2040.adc.channelValues[TEMPERATURE_SENSOR] = ROOM_TEMPERATURE;
    this.chip.start();
  }

  /** The reset button, or the watchdog: a new chip, the same flash. */
  reset() {
    const { watchdog, clock } = this.chip;
    this.elapsed += clock.nanos;
    this.resets++;
    this.powerOn(watchdog);
  }

  /** As Chip.run, through resets that the firmware asks for; `until` counts from power on. */
  run(until, effort) {
    const more = this.chip.run(until - this.elapsed, effort);
    if (!this.chip.resetRequested) return more;
    this.reset();
    return true;
  }
}
