// The rig: an emulated RP2040 on its board, driven over stdin and stdout in lock-step.
//
//     node rig.mjs --rom BOOTROM.elf --image IMAGE --serial HEX [--seed N]
//
// It runs only when told to, exactly as long as told, and knows no other time: two runs with the
// same messages give the same bytes. README.md has the messages.

import { Board } from './board.mjs';
import * as image from './image.mjs';
import { Reader, VERSION, Writer, receive, send } from './wire.mjs';

const KIND = {
  hello: 1, power: 2, frame: 3, readFlash: 4, writeFlash: 5, cut: 6, hang: 7, usb: 8, memory: 9,
  end: 10, fail: 11, enter: 12, poke: 13,
};
const POWER = ['off', 'power', 'brownOut', 'pin', 'watchdog'];
const REFUSED = 0xff;
const RAM = 0x20000000;

export function options(argv) {
  const given = new Map();
  for (let at = 0; at < argv.length; at += 2) given.set(argv[at], argv[at + 1]);
  const need = (name) => {
    const value = given.get(name);
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  };
  return {
    rom: image.read(need('--rom')),
    firmware: image.read(need('--image')),
    serial: BigInt(`0x${need('--serial')}`),
    seed: Number(given.get('--seed') ?? 1),
  };
}

/** Answers one message; null ends the rig. */
export function answer(board, body) {
  const reader = new Reader(body);
  const writer = new Writer();
  const kind = reader.u8();
  writer.u8(kind);
  switch (kind) {
    case KIND.hello: hello(reader, writer); break;
    case KIND.power: power(board, reader); break;
    case KIND.frame: frame(board, reader, writer); break;
    case KIND.readFlash: readFlash(board, reader, writer); break;
    case KIND.writeFlash: writeFlash(board, reader); break;
    case KIND.cut: cut(board, reader); break;
    case KIND.hang: board.hang(1e6 * reader.u32()); break;
    case KIND.usb: usb(board, writer); break;
    case KIND.memory: memory(board, reader, writer); break;
    case KIND.fail: running(board).fail(); break;
    case KIND.enter: enter(board, reader); break;
    case KIND.poke: poke(board, reader); break;
    case KIND.end: return null;
    default: throw new Error(`message ${kind} is not known`);
  }
  reader.end();
  return writer.body;
}

function hello(reader, writer) {
  const version = reader.u16();
  if (version !== VERSION) throw new Error(`the rig speaks version ${VERSION}, not ${version}`);
  writer.u16(VERSION);
}

function power(board, reader) {
  const how = POWER[reader.u8()];
  if (how === undefined) throw new Error('no such way to power');
  if (how === 'off') board.power(false);
  else board.power(true, how);
}

function cut(board, reader) {
  board.nor.cut = { after: reader.u32(), how: reader.u8(), seed: reader.u32() };
}

function place(reader, end) {
  const [at, length] = [reader.u32(), reader.u32()];
  if (at + length > end) throw new Error(`${length} bytes at ${at} lie outside`);
  return [at, length];
}

function readFlash(board, reader, writer) {
  const [at, length] = place(reader, board.nor.bytes.length);
  writer.put(board.nor.bytes.subarray(at, at + length));
}

function writeFlash(board, reader) {
  const [at, length] = place(reader, board.nor.bytes.length);
  board.nor.bytes.set(reader.take(length), at);
}

function running(board) {
  if (!board.chip) throw new Error('the chip has no power');
  return board.chip;
}

function enter(board, reader) {
  const values = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
  const name = new TextDecoder().decode(reader.take(reader.u16()));
  const found = [...board.firmware.symbols].find(([symbol]) => symbol.endsWith(name));
  if (!found) throw new Error(`the image has no symbol that ends with ${name}`);
  running(board).enter(found[1], values);
}

/** A place in the chip's memory. */
function inMemory(board, reader) {
  const [at, length] = place(reader, 0xffffffff);
  const { sram } = running(board).rp;
  if (at < RAM || at - RAM + length > sram.length) throw new Error('no such memory');
  return sram.subarray(at - RAM, at - RAM + length);
}

function memory(board, reader, writer) {
  writer.put(inMemory(board, reader));
}

function poke(board, reader) {
  const bytes = inMemory(board, reader);
  bytes.set(reader.take(bytes.length));
}

/** The text of a string descriptor. */
function text(bytes) {
  let text = '';
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    text += String.fromCharCode(bytes[at] | (bytes[at + 1] << 8));
  }
  return text;
}

function usb(board, writer) {
  const { descriptors, configured, failure, failures, hasPower } = board.host ?? {};
  const strings = Object.entries(descriptors?.strings ?? {}).map(([k, bytes]) => [k, text(bytes)]);
  const seen = {
    hasPower: hasPower ?? false,
    configured: configured ?? false,
    failure: failure ?? null,
    failures: failures ?? 0,
    device: descriptors?.device ?? null,
    configuration: descriptors?.configuration ?? null,
    strings: Object.fromEntries(strings),
  };
  writer.put(new TextEncoder().encode(JSON.stringify(seen)));
}

const TAG_IS_THERE = 4, TAG_IS_NEW = 8, TAG_IS_PROTECTED = 16;

/** What pen-sim says is on the pins, and how long to run with it. */
function take(board, reader) {
  const from = board.nanos;
  const span = reader.u32();
  for (let k = 0; k < 4; k++) board.adc[k] = reader.u16();
  const levels = reader.u8();
  const flags = reader.u8();
  const angle = reader.u16();
  const mg = [reader.i16(), reader.i16(), reader.i16()];
  const edges = Array.from({ length: reader.u8() }, () => [from + reader.u32(), reader.u8()]);
  const bytes = reader.take(reader.u16());
  const contents = flags & TAG_IS_NEW ? reader.take(512) : null;
  board.setLevels(levels);
  const { encoder, accelerometer, memory: tag } = board.parts;
  if (encoder) {
    Object.assign(encoder, { angle, answers: (flags & 1) !== 0 });
    Object.assign(accelerometer, { mg, answers: (flags & 2) !== 0 });
    Object.assign(tag, {
      isThere: (flags & TAG_IS_THERE) !== 0,
      isProtected: (flags & TAG_IS_PROTECTED) !== 0,
    });
    if (contents) tag.bytes = contents.slice();
  }
  const taken = bytes.length > 0 && (board.host?.send(bytes) ?? false);
  board.run(from + span, edges);
  return taken;
}

function frame(board, reader, writer) {
  board.resets.length = 0;
  board.ticks = board.ticks.filter(([, width]) => width === 0);
  board.nor.log.splice(0);
  board.steps = 0;
  board.longestMasked = 0;
  board.instructions = 0;
  board.enabled = [];
  board.supplied = [];
  board.trouble.length = 0;
  const taken = take(board, reader);
  const { chip, probes, host } = board;
  const high = (name) => (chip ? probes[name].take() : 0);
  const supplyNs = board.takeSupply();
  const slice = chip?.rp.pwm.slices[1];
  writer.u64(board.nanos);
  const says = [
    chip, chip && probes.enable.isHigh, chip && host.configured, taken, chip?.stopped,
    board.isSupplied,
  ];
  writer.u8(says.reduce((bits, is, place) => bits | (is ? 1 << place : 0), 0));
  writer.u32(slice ? slice.activeCc : 0);
  writer.u32(slice ? slice.activeTop : 0);
  for (const name of ['forward', 'backward', 'enable']) writer.u32(Math.round(high(name)));
  writer.u32(Math.round(supplyNs));
  writer.i32(board.steps);
  writer.u32(board.instructions);
  writer.u32(Math.round(board.longestMasked));
  writer.list(chip ? host.take() : [], (byte) => writer.u8(byte));
  writer.list(chip ? board.rtt.take() : [], (byte) => writer.u8(byte));
  writer.list(board.resets, ([cause, at]) => { writer.u8(cause); writer.u64(at); });
  writer.list(board.nor.log, (entry) => {
    writer.u8(entry.kind);
    writer.u32(entry.at);
    writer.u32(entry.length);
    writer.u64(entry.from);
    writer.u64(entry.to);
  });
  writer.list(board.written.splice(0), ([at, byte]) => { writer.u16(at); writer.u8(byte); });
  writer.list(board.ticks.filter(([, width]) => width > 0), ([at, width]) => {
    writer.u64(at);
    writer.u32(Math.round(width));
  });
  writer.list(board.enabled, ([at, level]) => { writer.u64(at); writer.u8(level ? 1 : 0); });
  writer.list(board.supplied, ([at, level]) => { writer.u64(at); writer.u8(level ? 1 : 0); });
  writer.list(board.trouble, (line) => writer.text(line));
}

function main() {
  const board = new Board(options(process.argv.slice(2)));
  for (let body = receive(); body !== null; body = receive()) {
    let reply;
    try {
      reply = answer(board, body);
    } catch (error) {
      const writer = new Writer();
      writer.u8(REFUSED);
      writer.text(error.stack ?? error.message);
      reply = writer.body;
    }
    if (reply === null) break;
    send(reply);
  }
}

if (process.argv[1]?.endsWith('rig.mjs')) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`rig: ${error.message}\n`);
    process.exitCode = 1;
  }
}
