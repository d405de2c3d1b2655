// The USB device controller: a buffer belongs to the controller until its transaction is over.
//
// Stock rp2040js 1.4.1 clears AVAILABLE when a buffer is handed over, so that a driver that polls
// it (embassy-rp does) takes what is not there yet, over and over; answers a full OUT buffer and an
// empty one alike; ignores STALL, data toggles, the enable bit of an endpoint and the address; and
// never lets a suspend be acknowledged. Here the controller only answers tokens; who sends them is
// `devices/host.mjs`.

const BUFFER_CONTROL = 0x80;
const BUFFER_CONTROL_END = 0x100;
const AVAILABLE = 1 << 10, STALL = 1 << 11, DATA1 = 1 << 13, FULL = 1 << 15, LENGTH = 0x3ff;
const ENABLE = 1 << 31;
const SIE_CTRL = 0x4c, SIE_STATUS = 0x50, EP_STALL_ARM = 0x68;
/** Registers without a function for a device, or that are only read; drivers write zeros there. */
const SILENT = new Set([0x48, 0x5c, 0x7c, 0x80, 0x84, 0x88, 0x8c, 0x98]);
const PULLUP = 1 << 16;
const SUSPENDED = 1 << 4, BUS_RESET = 1 << 19, SETUP_REC = 1 << 17, RESUME = 1 << 11;
const CONTROLLER_EN = 1;

export class Device {
  constructor(usb) {
    this.usb = usb;
    this.view = usb.rp2040.usbDPRAMView;
    this.bytes = usb.rp2040.usbDPRAM;
    /** Called when the program hands a buffer over, stalls, or moves the pull-up. */
    this.onChange = () => {};
  }

  /** The device shows itself on the bus. */
  get isAttached() {
    return (this.usb.mainCtrl & CONTROLLER_EN) !== 0 && (this.usb.sieCtrl & PULLUP) !== 0;
  }

  get address() {
    return this.usb.addrEndp & 0x7f;
  }

  control(endpoint, isOut) {
    return BUFFER_CONTROL + 8 * endpoint + (isOut ? 4 : 0);
  }

  buffer(endpoint, isOut) {
    if (endpoint === 0) return 0x100;
    return this.view.getUint32(8 * endpoint + (isOut ? 4 : 0), true) & 0xffc0;
  }

  isEnabled(endpoint, isOut) {
    if (endpoint === 0) return true;
    return (this.view.getUint32(8 * endpoint + (isOut ? 4 : 0), true) & ENABLE) !== 0;
  }

  isStalled(endpoint, isOut, control) {
    if (!(control & STALL)) return false;
    return endpoint !== 0 || (this.usb.epStallArm & (isOut ? 2 : 1)) !== 0;
  }

  reset() {
    this.usb.sieStatus |= BUS_RESET;
    this.usb.sieStatus &= ~SUSPENDED;
    this.usb.addrEndp = 0;
    this.usb.sieStatusUpdated();
  }

  suspend() {
    this.usb.sieStatus |= SUSPENDED;
    this.usb.sieStatusUpdated();
  }

  resume() {
    this.usb.sieStatus &= ~SUSPENDED;
    this.usb.sieStatus |= RESUME;
    this.usb.sieStatusUpdated();
  }

  setup(packet) {
    this.bytes.set(packet, 0);
    this.usb.epStallArm = 0;
    this.usb.sieStatus |= SETUP_REC;
    this.usb.sieStatusUpdated();
  }

  /** An IN token: undefined for silence, 'nak', 'stall', or the packet. */
  in(endpoint) {
    if (!this.isEnabled(endpoint, false)) return undefined;
    const at = this.control(endpoint, false);
    const control = this.view.getUint32(at, true);
    if (this.isStalled(endpoint, false, control)) return 'stall';
    if (!(control & AVAILABLE) || !(control & FULL)) return 'nak';
    const from = this.buffer(endpoint, false);
    const data = this.bytes.slice(from, from + (control & LENGTH));
    this.view.setUint32(at, control & ~(AVAILABLE | FULL), true);
    this.done(endpoint, false);
    return { data, toggle: control & DATA1 ? 1 : 0 };
  }

  /** An OUT token with its packet: undefined for silence, 'nak', 'stall' or 'ack'. */
  out(endpoint, data, toggle) {
    if (!this.isEnabled(endpoint, true)) return undefined;
    const at = this.control(endpoint, true);
    const control = this.view.getUint32(at, true);
    if (this.isStalled(endpoint, true, control)) return 'stall';
    if (!(control & AVAILABLE)) return 'nak';
    // The other toggle is a packet that was taken before: acknowledged and dropped.
    if ((control & DATA1 ? 1 : 0) !== toggle) return 'ack';
    if (data.length > (control & LENGTH)) return undefined;
    this.bytes.set(data, this.buffer(endpoint, true));
    const rest = control & ~(AVAILABLE | LENGTH);
    this.view.setUint32(at, (rest | FULL | data.length) >>> 0, true);
    this.done(endpoint, true);
    return 'ack';
  }

  done(endpoint, isOut) {
    this.usb.indicateBufferReady(endpoint, isOut);
  }
}

export function apply(rp) {
  const usb = rp.usbCtrl;
  const device = new Device(usb);
  rp.usbDevice = device;
  usb.onUSBEnabled = undefined;
  usb.DPRAMUpdated = (offset, value) => {
    if (offset < BUFFER_CONTROL || offset >= BUFFER_CONTROL_END) return;
    if (value & (AVAILABLE | STALL)) device.onChange();
  };
  const write = usb.writeUint32.bind(usb);
  usb.writeUint32 = (offset, value) => {
    if (value === 0 && SILENT.has(offset)) return;
    if (offset === SIE_STATUS && usb.rawWriteValue & SUSPENDED) usb.sieStatus &= ~SUSPENDED;
    write(offset, value);
    if (offset === SIE_CTRL || offset === EP_STALL_ARM) device.onChange();
  };
}
