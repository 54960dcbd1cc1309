// The board's USB serial port, seen from the computer it is plugged into.
//
// The package's USBCDC enumerates the device. It also answers every read the device arms, with an
// empty packet where there is nothing to say, and the device arms the next one at once: a storm of
// interrupts. A real host lets the read wait until it has data, and so does this.

import { USBCDC } from './rp2040js.mjs';

export class UsbConsole {
  /** onOutput(bytes): called with what the board prints. */
  constructor(usbController, onOutput) {
    this.usb = usbController;
    this.device = new USBCDC(usbController);
    this.device.onSerialData = onOutput;
    this.device.onDeviceConnected = () => this.deliver(); // what came while the board booted
    this.input = []; // bytes that the board has not read yet
    this.room = 0; // bytes that the board waits for
    usbController.onEndpointRead = (endpoint, size) => {
      if (endpoint !== this.device.outEndpoint) return;
      this.room = size;
      this.deliver();
    };
  }

  /** Send bytes to the board; they wait here until it reads them. */
  write(bytes) {
    for (const byte of bytes) this.input.push(byte);
    this.deliver();
  }

  deliver() {
    if (!this.room || !this.input.length || !this.device.initialized) return;
    const packet = Uint8Array.from(this.input.splice(0, this.room));
    this.room = 0;
    this.usb.endpointReadDone(this.device.outEndpoint, packet);
  }
}
