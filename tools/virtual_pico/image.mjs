// Firmware images: a raw .bin for the start of flash, or a .uf2. An image of another chip is refused.

import { readFileSync } from 'node:fs';
import { FLASH_BYTES } from './flash_chip.mjs';

const FLASH_START = 0x10000000;
const BOOT_STAGE_2_BYTES = 252; // its checksum follows

const UF2_BLOCK = 512;
const UF2_MAGIC = 0x0a324655;
const UF2_HAS_FAMILY = 0x2000;
const UF2_FAMILIES = {
  0xe48bff56: 'RP2040',
  0xe48bff57: 'RP2xxx (absolute)',
  0xe48bff59: 'RP2350 (ARM)',
  0xe48bff5a: 'RP2350 (RISC-V)',
  0xc47e5767: 'ESP32-S3',
  0xd42ba06c: 'ESP32-C3',
  0x1c5f21b0: 'ESP32',
};

/** The bytes of an image file, from the start of flash. Throws where it is none for this chip. */
export function readImage(path) {
  const file = readFileSync(path);
  const image = file.length >= 4 && file.readUInt32LE(0) === UF2_MAGIC ? fromUf2(file, path) : file;
  if (image.length > FLASH_BYTES) throw new Error(`${path}: ${image.length} bytes do not fit a flash of ${FLASH_BYTES}`);
  if (image.length < 256 || bootChecksum(image) !== image.readUInt32LE(BOOT_STAGE_2_BYTES)) {
    throw new Error(`${path} is no RP2040 firmware (its boot stage has a wrong checksum): build one with make firmware BOARD=RPI_PICO`);
  }
  return image;
}

function fromUf2(file, path) {
  const image = Buffer.alloc(FLASH_BYTES, 0xff);
  let end = 0;
  if (file.length % UF2_BLOCK) throw new Error(`${path} is cut short: build or download it again`);
  for (let at = 0; at < file.length; at += UF2_BLOCK) {
    const family = file.readUInt32LE(at + 28);
    if (file.readUInt32LE(at + 8) & UF2_HAS_FAMILY && UF2_FAMILIES[family] !== 'RP2040') {
      const chip = UF2_FAMILIES[family] ?? `family 0x${family.toString(16)}`;
      throw new Error(`${path} is firmware for ${chip}; the virtual Pico is an RP2040: build with make firmware BOARD=RPI_PICO`);
    }
    const offset = file.readUInt32LE(at + 12) - FLASH_START;
    const size = file.readUInt32LE(at + 16);
    if (offset < 0 || offset + size > FLASH_BYTES) throw new Error(`${path}: block ${at / UF2_BLOCK} is not for flash`);
    file.copy(image, offset, at + 32, at + 32 + size);
    end = Math.max(end, offset + size);
  }
  return image.subarray(0, end);
}

/** The CRC-32 with which the boot ROM checks the second boot stage (polynomial 0x04c11db7, not reflected). */
function bootChecksum(image) {
  let crc = 0xffffffff;
  for (let i = 0; i < BOOT_STAGE_2_BYTES; i++) {
    crc ^= image[i] << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
