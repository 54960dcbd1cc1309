// The Pico's 2 MiB flash chip (a JEDEC NOR, as a Winbond W25Q16), with its contents kept in a file.
//
// Firmware reaches it three ways: it executes from it (the package's `flash` array), it sends it
// serial commands through the SSI with the chip select driven by hand (the unique id, say), and it
// erases and programs it through boot ROM functions. The substitute boot ROM hands those last two
// to RomFlashPort.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BasePeripheral } from './rp2040js.mjs';

export const FLASH_BYTES = 2 * 1024 * 1024;

const WRITE_DISABLE = 0x04;
const WRITE_ENABLE = 0x06;
const READ_DATA = 0x03;
const PAGE_PROGRAM = 0x02;
const READ_STATUS_1 = 0x05;
const READ_STATUS_2 = 0x35;
const READ_UNIQUE_ID = 0x4b;
const READ_JEDEC_ID = 0x9f;
const ERASE_BYTES = { 0x20: 4096, 0x52: 32768, 0xd8: 65536 };

const JEDEC_ID = [0xef, 0x40, 0x15]; // Winbond, 2 MiB
const UNIQUE_ID = [0xe6, 0x60, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc];
const STATUS_2_QUAD_ENABLE = 0x02;

/** The chip itself: contents, and the serial commands that read and change them. */
export class FlashChip {
  constructor() {
    this.bytes = new Uint8Array(FLASH_BYTES).fill(0xff);
    this.changed = false; // since the last save
    this.selected = false;
    this.command = [];
    this.writeEnabled = false;
  }

  /** Let the chip's contents live in `array`, which the package executes from. */
  moveTo(array) {
    array.set(this.bytes);
    this.bytes = array.subarray(0, FLASH_BYTES);
    this.selected = this.writeEnabled = false;
  }

  erase(address, count) {
    this.bytes.fill(0xff, address, address + count);
    this.changed = true;
  }

  /** Programming only clears bits, as in the real chip. */
  program(address, data) {
    for (let i = 0; i < data.length; i++) this.bytes[address + i] &= data[i];
    this.changed = true;
  }

  select() {
    if (this.selected) return;
    this.selected = true;
    this.command = [];
  }

  /** The rising edge of chip select carries out what was sent. */
  deselect() {
    if (!this.selected) return;
    this.selected = false;
    const [code, a, b, c, ...data] = this.command;
    const address = ((a << 16) | (b << 8) | c) >>> 0;
    if (code === WRITE_ENABLE) {
      this.writeEnabled = true;
      return;
    }
    if (this.writeEnabled && code in ERASE_BYTES) {
      this.erase(address & ~(ERASE_BYTES[code] - 1), ERASE_BYTES[code]);
    } else if (this.writeEnabled && code === PAGE_PROGRAM) {
      data.forEach((byte, i) => this.program((address & ~0xff) | ((address + i) & 0xff), [byte]));
    }
    if (code === WRITE_DISABLE || code in ERASE_BYTES || code === PAGE_PROGRAM) this.writeEnabled = false;
  }

  /** One byte in, one byte out. */
  exchange(byte) {
    const { command } = this;
    command.push(byte & 0xff);
    const sent = command.length;
    switch (command[0]) {
      case READ_STATUS_1:
        return this.writeEnabled ? 0x02 : 0;
      case READ_STATUS_2:
        return STATUS_2_QUAD_ENABLE;
      case READ_JEDEC_ID:
        return JEDEC_ID[sent - 2] ?? 0;
      case READ_UNIQUE_ID: // four dummy bytes follow the command
        return UNIQUE_ID[sent - 6] ?? 0;
      case READ_DATA:
        if (sent > 4) return this.bytes[((command[1] << 16) | (command[2] << 8) | command[3]) + sent - 5] ?? 0xff;
    }
    return 0;
  }
}

/** The file that keeps a flash chip's contents from one run to the next. */
export class FlashFile {
  constructor(path) {
    this.path = path;
  }

  load(chip) {
    if (!existsSync(this.path)) return;
    const bytes = readFileSync(this.path);
    if (bytes.length !== FLASH_BYTES) {
      throw new Error(`${this.path} has ${bytes.length} bytes, a flash chip ${FLASH_BYTES}: delete it to start with an empty chip`);
    }
    chip.bytes.set(bytes);
  }

  /** Written beside the file and renamed, so a killed emulator leaves the old contents or the new. */
  save(chip) {
    if (!chip.changed) return;
    const unfinished = `${this.path}.${process.pid}`;
    writeFileSync(unfinished, chip.bytes);
    renameSync(unfinished, this.path);
    chip.changed = false;
  }
}

/** Chip select by hand: the OUTOVER field of IO_QSPI's SS pin. */
class QspiPins extends BasePeripheral {
  constructor(rp2040, chip) {
    super(rp2040, 'IO_QSPI');
    this.chip = chip;
    this.registers = new Uint32Array(64);
  }

  get drivenByHand() {
    return ((this.registers[0x0c >> 2] >> 8) & 3) >= 2;
  }

  readUint32(offset) {
    return this.registers[(offset >> 2) & 63];
  }

  writeUint32(offset, value) {
    this.registers[(offset >> 2) & 63] = value;
    if (offset !== 0x0c) return;
    if (((value >> 8) & 3) === 2) this.chip.select();
    else this.chip.deselect();
  }
}

/** The SSI's data path to the chip, over the package's own registers. */
function connectSsi(ssi, pins, chip) {
  const [ENABLE, TRANSMIT_LEVEL, RECEIVE_LEVEL, STATUS, DATA] = [0x08, 0x20, 0x24, 0x28, 0x60];
  const NOT_FULL_AND_EMPTY = 0x06;
  const HAS_RECEIVED = 0x08;
  const received = [];
  const read = ssi.readUint32.bind(ssi);
  const write = ssi.writeUint32.bind(ssi);

  ssi.readUint32 = (offset) => {
    switch (offset) {
      case DATA:
        return received.shift() ?? 0;
      case RECEIVE_LEVEL:
        return received.length;
      case TRANSMIT_LEVEL:
        return 0;
      case STATUS:
        return NOT_FULL_AND_EMPTY | (received.length ? HAS_RECEIVED : 0);
    }
    return read(offset);
  };
  ssi.writeUint32 = (offset, value) => {
    if (offset === DATA) {
      if (!pins.drivenByHand) chip.select();
      received.push(chip.exchange(value));
      return;
    }
    if (offset === ENABLE) {
      if (!(value & 1)) received.length = 0;
      if (!pins.drivenByHand) chip.deselect();
    }
    write(offset, value);
  };
}

/** Registers at 0x60000000, known to the substitute boot ROM (bootrom/rom.c): address, count, source, command. */
class RomFlashPort {
  constructor(rp2040, chip) {
    this.rp2040 = rp2040;
    this.chip = chip;
    this.registers = new Uint32Array(4);
  }

  readUint32() {
    return 0;
  }

  writeUint32Atomic(offset, value) {
    const COMMAND = 0x0c;
    const ERASE = 1;
    const PROGRAM = 2;
    this.registers[(offset >> 2) & 3] = value;
    if (offset !== COMMAND) return;
    const [address, count, source] = this.registers;
    if (value === ERASE) this.chip.erase(address, count);
    if (value === PROGRAM) {
      this.chip.program(address, Uint8Array.from({ length: count }, (_, i) => this.rp2040.readUint8(source + i)));
    }
  }
}

/** Put the chip on the board: into the address space, behind the SSI, and behind the boot ROM. */
export function connectFlash(rp2040, chip) {
  chip.moveTo(rp2040.flash);
  const pins = new QspiPins(rp2040, chip);
  rp2040.peripherals[0x40018] = pins;
  rp2040.peripherals[0x60000] = new RomFlashPort(rp2040, chip);
  connectSsi(rp2040.peripherals[0x18000], pins, chip);
}
