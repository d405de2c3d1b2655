// The watchdog: it bites once.
//
// Stock rp2040js 1.4.1 re-arms the expired alarm at the same moment, so that the clock never moves
// again. Resetting the chip is left to whoever sets `onWatchdogTrigger`.

export function apply(rp) {
  const watchdog = rp.peripherals[0x40058];
  const bite = watchdog.alarm.callback;
  watchdog.alarm.callback = () => {
    watchdog.timer.enable = false;
    bite();
  };
}
