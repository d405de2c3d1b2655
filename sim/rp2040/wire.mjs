// The pipe to pen-sim: messages of a length and a body, little endian. See README.md.

import { readSync, writeSync } from 'node:fs';

/** Version of everything that is said over the pipe. */
export const VERSION = 2;

/** No message is longer (bytes). */
export const LIMIT = 4 * 1024 * 1024;

/** Takes a body apart; reading beyond its end is an error. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  step(count) {
    const at = this.at;
    if (at + count > this.bytes.length) throw new Error('a message ends too soon');
    this.at += count;
    return at;
  }

  u8() { return this.view.getUint8(this.step(1)); }
  u16() { return this.view.getUint16(this.step(2), true); }
  i16() { return this.view.getInt16(this.step(2), true); }
  u32() { return this.view.getUint32(this.step(4), true); }
  u64() { return this.view.getBigUint64(this.step(8), true); }

  take(count) {
    const at = this.step(count);
    return this.bytes.subarray(at, at + count);
  }

  end() {
    if (this.at !== this.bytes.length) throw new Error('a message goes on too long');
  }
}

/** Puts a body together. */
export class Writer {
  constructor() {
    this.bytes = new Uint8Array(4096);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  step(count) {
    const at = this.at;
    this.at += count;
    if (this.at > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(2 * this.bytes.length, this.at));
      bytes.set(this.bytes);
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer);
    }
    return at;
  }

  u8(value) { const at = this.step(1); this.view.setUint8(at, value); }
  u16(value) { const at = this.step(2); this.view.setUint16(at, value, true); }
  u32(value) { const at = this.step(4); this.view.setUint32(at, value, true); }
  i32(value) { const at = this.step(4); this.view.setInt32(at, value, true); }
  u64(value) {
    const at = this.step(8);
    this.view.setBigUint64(at, BigInt(Math.round(value)), true);
  }

  put(bytes) {
    const at = this.step(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** A count of 16 bits and each entry. */
  list(entries, write) {
    const shown = entries.slice(0, 0xffff);
    this.u16(shown.length);
    for (const entry of shown) write(entry);
  }

  text(text) {
    const bytes = new TextEncoder().encode(text);
    this.u16(bytes.length);
    this.put(bytes);
  }

  get body() {
    return this.bytes.subarray(0, this.at);
  }
}

function fill(fd, bytes) {
  let at = 0;
  while (at < bytes.length) {
    let count;
    try {
      count = readSync(fd, bytes, at, bytes.length - at, null);
    } catch (error) {
      if (error.code === 'EAGAIN') continue;
      if (error.code === 'EOF') return false;
      throw error;
    }
    if (count === 0) return false;
    at += count;
  }
  return true;
}

/** The next message, or null at the end of the pipe. */
export function receive(fd = 0) {
  const head = new Uint8Array(4);
  if (!fill(fd, head)) return null;
  const length = new DataView(head.buffer).getUint32(0, true);
  if (length === 0 || length > LIMIT) throw new Error(`a message of ${length} bytes`);
  const body = new Uint8Array(length);
  return fill(fd, body) ? body : null;
}

/** Sends a message. */
export function send(body, fd = 1) {
  const whole = new Uint8Array(4 + body.length);
  new DataView(whole.buffer).setUint32(0, body.length, true);
  whole.set(body, 4);
  for (let at = 0; at < whole.length; ) {
    try {
      at += writeSync(fd, whole, at, whole.length - at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}
