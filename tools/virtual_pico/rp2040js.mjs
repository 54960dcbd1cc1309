// The parts of the npm package rp2040js that the virtual Pico stands on, in one place.
//
// The package is installed under build/ (`make virtual-pico` does it), which is not on Node's
// search path, and some of these classes are not exported: so they are imported by file.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const modules = new URL('../../build/virtual_pico/node_modules/rp2040js/dist/esm/', import.meta.url);

if (!existsSync(fileURLToPath(modules))) {
  console.error('virtual pico: the npm package rp2040js is not installed: python3 tools/virtual_pico.py --install');
  process.exit(2);
}

const load = (file) => import(new URL(file, modules));

export const { RP2040, USBCDC, BasePeripheral, GPIOPinState } = await load('index.js');
export const { CortexM0Core } = await load('cortex-m0-core.js');
export const { SimulationClock } = await load('clock/simulation-clock.js');
export const { RPPPB } = await load('peripherals/ppb.js');
export const { RPPSM } = await load('peripherals/psm.js');
export const { RPSIO } = await load('sio.js');
