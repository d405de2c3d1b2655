// A small USB host with one port: enumerates what is plugged in, keeps its descriptors, and is the
// terminal of its CDC-ACM function.
//
// One transaction at a time, each with the time it takes at full speed. No frames are counted: the
// firmware looks at none.

const SETUP = { in: 0x80, out: 0x00, class: 0x21 };
const GET_DESCRIPTOR = 6, SET_ADDRESS = 5, SET_CONFIGURATION = 9;
const SET_LINE_CODING = 0x20, SET_CONTROL_LINE_STATE = 0x22;
const DEVICE = 1, CONFIGURATION = 2, STRING = 3;
const CDC_COMM = 2, CDC_DATA = 10;
const ADDRESS = 1;

/** Times of the bus (ns). */
const MS = 1e6;
const DEBOUNCE = 100 * MS;
const RESET = 10 * MS;
const RECOVERY = 10 * MS;
const ADDRESS_RECOVERY = 2 * MS;
const SUSPEND = 3 * MS;
/** Until a token that was refused is sent again. */
const RETRY = 20_000;
/** Control transfers that get no answer in this time have failed: as patient as Linux is. */
const PATIENCE = 5_000 * MS;
/** How often a device is reset and asked again before it is given up, as Linux does. */
const ATTEMPTS = 4;

/** Time of a transaction with so many bytes: 12 Mbit/s, token, handshake and gaps. */
const span = (bytes) => 15_000 + (bytes * 8 * 1000) / 12;

const word = (value) => [value & 0xff, (value >> 8) & 0xff];

export class Host {
  constructor(clock, device) {
    this.clock = clock;
    this.device = device;
    this.alarm = clock.createAlarm(() => this.step());
    device.onChange = () => this.wake();
    this.hasPower = false;
    this.incoming = [];
    this.outgoing = [];
    this.forget();
  }

  forget() {
    this.script = null;
    /** What was read: device, configuration, strings by index. */
    this.descriptors = { device: null, configuration: null, strings: {} };
    this.configured = false;
    /** Why enumeration failed, and how often it was tried in vain. */
    this.failure = null;
    this.failures = this.failures ?? 0;
    this.toggles = { in: 0, out: 0 };
    this.endpoints = null;
    this.waitUntil = 0;
  }

  /** The cable is plugged in or pulled. */
  power(on) {
    if (on === this.hasPower) return;
    this.hasPower = on;
    this.failures = 0;
    this.forget();
    this.outgoing.length = 0;
    if (on) this.wake();
    else this.alarm.schedule(SUSPEND);
  }

  wake() {
    if (this.hasPower && !this.alarm.isSet) this.next(0);
  }

  next(delay) {
    this.alarm.isSet = true;
    this.alarm.schedule(delay);
  }

  step() {
    this.alarm.isSet = false;
    if (!this.hasPower) return this.device.isAttached && this.device.suspend();
    if (!this.device.isAttached) {
      if (this.script || this.configured) this.forget();
      this.failures = 0;
      return;
    }
    if (!this.script) this.script = this.enumerate();
    if (!this.configured && !this.failure) return this.follow();
    if (this.configured) this.serve();
  }

  /** Goes on with enumeration: each step of the script says how long until the next. */
  follow() {
    try {
      const { value, done } = this.script.next();
      if (!done) this.next(value);
      else {
        this.configured = true;
        this.next(0);
      }
    } catch (error) {
      const failures = ++this.failures;
      this.forget();
      if (failures < ATTEMPTS) this.next(0);
      else this.failure = error.message;
    }
  }

  * enumerate() {
    yield DEBOUNCE;
    this.device.reset();
    yield RESET;
    yield RECOVERY;
    const short = yield* this.read(SETUP.in, GET_DESCRIPTOR, DEVICE << 8, 0, 64);
    this.packet = short[7];
    yield* this.write(SETUP.out, SET_ADDRESS, ADDRESS, 0, []);
    yield ADDRESS_RECOVERY;
    if (this.device.address !== ADDRESS) throw new Error('the device did not take its address');
    const device = yield* this.read(SETUP.in, GET_DESCRIPTOR, DEVICE << 8, 0, 18);
    this.descriptors.device = device;
    const head = yield* this.read(SETUP.in, GET_DESCRIPTOR, CONFIGURATION << 8, 0, 9);
    const total = head[2] | (head[3] << 8);
    const all = yield* this.read(SETUP.in, GET_DESCRIPTOR, CONFIGURATION << 8, 0, total);
    this.descriptors.configuration = all;
    for (const index of [device[14], device[15], device[16]]) {
      if (!index) continue;
      const text = yield* this.read(SETUP.in, GET_DESCRIPTOR, (STRING << 8) | index, 0x0409, 255);
      this.descriptors.strings[index] = text;
    }
    yield* this.write(SETUP.out, SET_CONFIGURATION, all[5], 0, []);
    this.endpoints = findSerial(all);
    const { comm } = this.endpoints;
    const coding = [...word(115_200 & 0xffff), ...word(115_200 >> 16), 0, 0, 8];
    yield* this.write(SETUP.class, SET_LINE_CODING, 0, comm, coding);
    yield* this.write(SETUP.class, SET_CONTROL_LINE_STATE, 3, comm, []);
  }

  * setup(type, request, value, index, length) {
    yield span(8);
    this.device.setup([type, request, ...word(value), ...word(index), ...word(length)]);
  }

  /** Repeats a token until it is answered. */
  * token(send, what) {
    const deadline = this.clock.nanos + PATIENCE;
    for (;;) {
      const answer = send();
      if (answer === 'stall') throw new Error(`${what}: stalled`);
      if (answer !== undefined && answer !== 'nak') return answer;
      if (this.clock.nanos > deadline) throw new Error(`${what}: no answer`);
      yield RETRY;
    }
  }

  * read(type, request, value, index, length) {
    const what = `control read ${request.toString(16)}/${value.toString(16)}`;
    yield* this.setup(type, request, value, index, length);
    const data = [];
    let toggle = 1;
    for (;;) {
      const packet = yield* this.token(() => this.device.in(0), what);
      yield span(packet.data.length);
      if (packet.toggle !== toggle) throw new Error(`${what}: wrong toggle`);
      toggle ^= 1;
      data.push(...packet.data);
      if (data.length >= length || packet.data.length < (this.packet ?? 64)) break;
    }
    yield* this.token(() => this.device.out(0, [], 1), what);
    yield span(0);
    return data;
  }

  * write(type, request, value, index, data) {
    const what = `control write ${request.toString(16)}/${value.toString(16)}`;
    yield* this.setup(type, request, value, index, data.length);
    if (data.length) {
      yield* this.token(() => this.device.out(0, data, 1), what);
      yield span(data.length);
    }
    yield* this.token(() => this.device.in(0), what);
    yield span(0);
  }

  /** Bulk transfers: one packet out, one in, as far as both sides have something to say. */
  serve() {
    const busy = this.serveOut() + this.serveIn();
    if (busy) this.next(busy);
  }

  serveOut() {
    const data = this.outgoing.slice(0, this.endpoints.outSize);
    if (!data.length) return 0;
    const answer = this.device.out(this.endpoints.out, data, this.toggles.out);
    if (answer !== 'ack') return 0;
    this.toggles.out ^= 1;
    this.outgoing.splice(0, data.length);
    return span(data.length);
  }

  serveIn() {
    const packet = this.device.in(this.endpoints.in);
    if (typeof packet !== 'object') return 0;
    if (packet.toggle === this.toggles.in) {
      this.toggles.in ^= 1;
      this.incoming.push(...packet.data);
    }
    return span(packet.data.length);
  }

  /** Bytes for the device. Lost, as on a terminal that is not open, unless it is configured. */
  send(bytes) {
    if (!this.configured) return false;
    this.outgoing.push(...bytes);
    this.wake();
    return true;
  }

  /** Bytes from the device since last asked. */
  take() {
    return this.incoming.splice(0);
  }
}

/** The interfaces and endpoints of the CDC-ACM function. */
export function findSerial(configuration) {
  const found = {};
  let current = null;
  for (let at = 0; at < configuration.length && configuration[at] > 1; at += configuration[at]) {
    const part = configuration.slice(at, at + configuration[at]);
    if (part[1] === 4) {
      current = part[5];
      if (current === CDC_COMM) found.comm = part[2];
    } else if (part[1] === 5 && current === CDC_DATA) {
      const size = part[4] | (part[5] << 8);
      if (part[2] & 0x80) Object.assign(found, { in: part[2] & 15, inSize: size });
      else Object.assign(found, { out: part[2], outSize: size });
    }
  }
  if (!found.in || !found.out || found.comm === undefined) {
    throw new Error('the configuration has no CDC-ACM function');
  }
  return found;
}
