// Reads what would be flashed: an ELF or a UF2 file.

import { readFileSync } from 'node:fs';

const FLASH = 0x10000000;
const FLASH_END = 0x10200000;
const ROM_END = 0x4000;
const UF2 = [0x0a324655, 0x9e5d5157, 0x0ab16f30];
/** First four bytes of either file. */
const UF2_FIRST = 0x5546320a;
const ELF_FIRST = 0x7f454c46;
const UF2_FAMILY_RP2040 = 0xe48bff56;

/** Segments (address and bytes) and symbols of a file. */
export function read(path) {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = bytes.length >= 512 ? view.getUint32(0) : 0;
  if (begins === UF2_FIRST) return readUf2(view, bytes, path);
  if (begins === ELF_FIRST) return readElf(view, bytes, path);
  throw new Error(`${path} is neither an ELF nor a UF2 file`);
}

function readUf2(view, bytes, path) {
  const segments = [];
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const isBlock = [0, 4, 508].every((place, k) => view.getUint32(at + place, true) === UF2[k]);
    if (!isBlock) throw new Error(`${path}: block ${at / 512} is damaged`);
    const family = view.getUint32(at + 28, true);
    if (family !== UF2_FAMILY_RP2040) {
      throw new Error(`${path}: family ${family.toString(16)} is not the RP2040`);
    }
    const length = view.getUint32(at + 16, true);
    if (length > 476) throw new Error(`${path}: block ${at / 512} is too long`);
    segments.push({
      address: view.getUint32(at + 12, true),
      bytes: bytes.subarray(at + 32, at + 32 + length),
    });
  }
  return { segments, symbols: new Map() };
}

function readElf(view, bytes, path) {
  if (view.getUint8(4) !== 1 || view.getUint16(18, true) !== 40) {
    throw new Error(`${path} is no ELF file for a 32-bit ARM`);
  }
  const segments = [];
  const [headers, sections] = [view.getUint32(28, true), view.getUint32(32, true)];
  for (let k = 0; k < view.getUint16(44, true); k++) {
    const at = headers + k * view.getUint16(42, true);
    const field = (place) => view.getUint32(at + place, true);
    const [type, offset, address, size] = [0, 4, 12, 16].map(field);
    if (type !== 1 || size === 0) continue;
    segments.push({ address, bytes: bytes.subarray(offset, offset + size) });
  }
  return { segments, symbols: readSymbols(view, bytes, sections) };
}

function readSymbols(view, bytes, sections) {
  const symbols = new Map();
  const [size, count] = [view.getUint16(46, true), view.getUint16(48, true)];
  const field = (section, offset) => view.getUint32(sections + section * size + offset, true);
  for (let k = 0; k < count; k++) {
    if (field(k, 4) !== 2) continue;
    const [from, length, names] = [field(k, 16), field(k, 20), field(field(k, 24), 16)];
    for (let at = from; at < from + length; at += 16) {
      let end = names + view.getUint32(at, true);
      const start = end;
      while (bytes[end]) end++;
      const name = String.fromCharCode(...bytes.subarray(start, end));
      if (name && !name.startsWith('$')) symbols.set(name, view.getUint32(at + 4, true));
    }
  }
  return symbols;
}

/** Puts an image into the bytes of a flash chip. */
export function flash(image, bytes) {
  for (const { address, bytes: data } of image.segments) {
    if (address < FLASH || address + data.length > FLASH_END) {
      throw new Error(`the image wants bytes at ${address.toString(16)}, outside the flash`);
    }
    bytes.set(data, address - FLASH);
  }
}

/** The boot ROM as words. */
export function rom(image) {
  const bytes = new Uint8Array(ROM_END);
  for (const { address, bytes: data } of image.segments) {
    if (address + data.length > ROM_END) throw new Error('the boot ROM is larger than 16 KiB');
    bytes.set(data, address);
  }
  return new Uint32Array(bytes.buffer);
}
