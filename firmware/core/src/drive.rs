//! The drive: rate loop, stop and path test, and what was written to the bridge last.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::cam::Cam;
use crate::fault::{Fault, Limiting, Trip, Warning};
use crate::gate::{MotorCommand, Wish};
use crate::guard::trip;
use crate::halt::{Halt, HaltView, Halting, Path};
use crate::journal::{Record, Tell};
use crate::mode::Mode;
use crate::probe::Probe;
use crate::profile::DeviceProfile;
use crate::regulate::{LoopInputs, Regulator};
use crate::senses::Readings;
use crate::units::{Current, Duration, Rate};

/// How long the rate must be held back before it is told (RATE-007). Unit: us.
const LIMITED_TIME: Duration = Duration::from_ms(50);

/// Everything that wishes something of the motor.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent marks of what was said in this drive"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drive {
    regulator: Regulator,
    halt: Halt,
    probe: Probe,
    last: MotorCommand,
    /// The drive began with the last step.
    begins: bool,
    limited_for: Duration,
    told_limited: bool,
    told_warm: bool,
    told_shallower: bool,
}
any_struct!(Drive {
    regulator,
    halt,
    probe,
    last,
    begins,
    limited_for,
    told_limited,
    told_warm,
    told_shallower
});

impl Drive {
    /// Nothing is driven.
    pub(crate) fn new(second_switch: bool) -> Self {
        Self {
            regulator: Regulator::default(),
            halt: Halt::default(),
            probe: Probe::new(second_switch),
            last: MotorCommand::OFF,
            begins: false,
            limited_for: Duration::from_us(0),
            told_limited: false,
            told_warm: false,
            told_shallower: false,
        }
    }

    /// What every drive starts with, whatever it is for.
    pub(crate) fn begin(&mut self) {
        self.regulator = Regulator::default();
        self.begins = true;
        self.limited_for = Duration::from_us(0);
        self.told_limited = false;
        self.told_warm = false;
        self.told_shallower = false;
    }

    /// Whether the drive began with the last step; asked once a step.
    pub(crate) const fn take_begins(&mut self) -> bool {
        core::mem::replace(&mut self.begins, false)
    }

    /// What was written to the bridge in the last tick.
    pub(crate) const fn last(&self) -> MotorCommand {
        self.last
    }

    /// This is written to the bridge.
    pub(crate) const fn wrote(&mut self, command: MotorCommand) {
        self.last = command;
    }

    /// What holds the rate back.
    pub(crate) const fn limiting(&self) -> Limiting {
        self.regulator.limiting()
    }

    /// The stop under way, or the last one.
    pub(crate) const fn halt(&self) -> &Halt {
        &self.halt
    }

    /// The test of the paths of torque.
    pub(crate) const fn probe(&self) -> &Probe {
        &self.probe
    }

    /// The paths shall be tested again before anything starts.
    pub(crate) const fn test_again(&mut self) {
        self.probe.begin();
    }

    /// STOP-004: one tick of the test; `may_run` while the motor stands in a mode that tests.
    pub(crate) fn test(
        &mut self,
        may_run: bool,
        current: Option<Current>,
        dt: Duration,
    ) -> Option<Trip> {
        self.probe.update(may_run, current, dt)
    }

    /// One tick of work at this rate. Without a battery reading there is no voltage to make.
    pub(crate) fn turn(
        &mut self,
        profile: &DeviceProfile,
        readings: &Readings,
        set: Rate,
        dt: Duration,
        told: &mut impl Tell,
    ) -> Wish {
        let Some(battery) = readings.battery else {
            return Wish::Brake;
        };
        let inputs = LoopInputs {
            set,
            measured: readings.speed.known.then_some(readings.speed.rate),
            current: if readings.current.is_some() {
                readings.current_smooth
            } else {
                Current::from_ma(0)
            },
            battery,
        };
        let duty = self.regulator.update(profile, &inputs, dt);
        self.watch_limiting(dt, told);
        Wish::Turn(duty)
    }

    /// RATE-007: says that the rate is held back, once an activation.
    fn watch_limiting(&mut self, dt: Duration, told: &mut impl Tell) {
        let limiting = self.regulator.limiting();
        self.limited_for = if limiting == Limiting::None {
            Duration::from_us(0)
        } else {
            self.limited_for.plus_up_to(dt, LIMITED_TIME)
        };
        if self.limited_for >= LIMITED_TIME && !self.told_limited {
            self.told_limited = true;
            told.tell(Record::Warned {
                warning: Warning::Limited,
                limiting,
            });
        }
    }

    /// PWR-004: says once a drive that the grip is warm; whether it said so now.
    pub(crate) fn warn_of_warmth(&mut self, warm: bool, told: &mut impl Tell) -> bool {
        let tells = warm && !self.told_warm;
        if tells {
            self.told_warm = true;
            told.tell(Record::Warned {
                warning: Warning::Warm,
                limiting: Limiting::Heat,
            });
        }
        tells
    }

    /// DEPTH-006: says once a drive that the ring came shallower.
    pub(crate) fn warn_of_depth(
        &mut self,
        shallower: bool,
        limiting: Limiting,
        told: &mut impl Tell,
    ) {
        if shallower && !self.told_shallower {
            self.told_shallower = true;
            told.tell(Record::Warned {
                warning: Warning::DepthShallower,
                limiting,
            });
        }
    }

    /// The drive ends without a fault: the brake is applied in this very tick.
    pub(crate) fn stop(&mut self) {
        self.halt = Halt::begin(true, Path::Closed);
        self.regulator = Regulator::default();
    }

    /// A fault in this mode: the drive is gone in this very tick (STOP-006).
    ///
    /// A brake that does not brake leaves only the second path; any other fault brakes first. So does a
    /// current that no push makes, and one through a cam that stands, where the brake needs the supply
    /// that such a bridge drives with. A brake of a cam that turns draws much, too.
    pub(crate) fn react(&mut self, fault: Fault, mode: Mode, turns: bool, second_switch: bool) {
        let may_park = !fault.forbids_parking();
        let halts = matches!(mode, Mode::Stopping | Mode::FaultReaction);
        // The phase of a stop that is over says nothing of this drive.
        let driven = fault == Fault::OverCurrent && halts && (self.halt.is_parking() || !turns);
        let path = if fault == Fault::DriveStuck {
            Path::Open
        } else if driven && !second_switch {
            Path::Doubted
        } else {
            Path::Closed
        };
        match mode {
            Mode::Stopping | Mode::FaultReaction | Mode::Faulted => {
                self.halt.worsen(may_park, path);
            }
            Mode::Boot | Mode::Locked | Mode::Standby | Mode::Ready | Mode::Service => {
                self.halt = Halt::at_rest();
            }
            Mode::Treating | Mode::ServiceRunning => self.halt = Halt::begin(may_park, path),
        }
        self.regulator = Regulator::default();
    }

    /// No push from now on in this stop, whatever it is for (PWR-003).
    pub(crate) fn forbid_push(&mut self) {
        self.halt.worsen(false, Path::Closed);
    }

    /// One tick of the stop.
    pub(crate) fn halt_on(&mut self, readings: &Readings, cam: &Cam, dt: Duration) -> Halting {
        // A clock that stands still must not keep a stop from ending.
        let dt = if dt == Duration::from_us(0) {
            Duration::from_ms(1)
        } else {
            dt
        };
        self.halt.update(&HaltView {
            speed: &readings.speed,
            cam,
            quadrant: readings.quadrant,
            rate_mhz: readings.seen.rate_mhz,
            current: readings.current,
            dt,
        })
    }

    /// STOP-003: needles that may be left out because the brake was not felt are told.
    pub(crate) fn left_out(&self) -> Option<Trip> {
        let unfelt = self.halt.unfelt()?;
        Some(trip(
            Fault::SensorInvalid,
            i64::from(unfelt.shown_mhz),
            i64::from(unfelt.least_mhz),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Drive;
    use crate::cam::Cam;
    use crate::fault::{Fault, Limiting, Warning};
    use crate::gate::Wish;
    use crate::given::PROFILE;
    use crate::journal::{Record, Tell};
    use crate::mode::Mode;
    use crate::profile::DeviceProfile;
    use crate::senses::{Readings, Senses};
    use crate::units::{Current, Duration, Rate, Voltage};
    use crate::verify::{Any, Replay};

    /// Words of 0 and 1: each phase of a stop but the last is among them.
    fn words(seed: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(seed), |last| {
            Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        })
        .map(|word| word >> 31)
    }

    #[test]
    fn stop_006_an_over_current_of_a_drive_brakes_whatever_the_last_stop_left() {
        let readings = *Senses::new().readings();
        let mut parked = 0;
        for seed in 0..500 {
            let left = Drive::any(&mut Replay::new(words(seed)));
            parked += u32::from(left.halt.is_parking());
            for mode in [Mode::Treating, Mode::ServiceRunning] {
                for (turns, second_switch) in
                    [(true, true), (true, false), (false, true), (false, false)]
                {
                    let mut drive = left;
                    drive.react(Fault::OverCurrent, mode, turns, second_switch);
                    let halting = drive.halt_on(&readings, &Cam::new(), Duration::from_ms(1));
                    assert_eq!(
                        halting.wish,
                        Wish::Brake,
                        "{mode:?} {turns} {second_switch} {left:?}"
                    );
                    assert!(!halting.done);
                }
            }
        }
        assert!(parked > 0);
    }

    #[derive(Default)]
    struct Told(Vec<Record>);

    impl Tell for Told {
        fn tell(&mut self, record: Record) {
            self.0.push(record);
        }
    }

    /// So many milliseconds at this rate: of a motor whose rate is not known yet 100 Hz asks for 3.3 V,
    /// and 150 Hz for 4.9 V, more than 1.4 A lose in the winding.
    fn turn(drive: &mut Drive, hz: u32, ms: u32) -> Vec<Record> {
        let profile = DeviceProfile {
            accel_mhz_per_ms: 150_000,
            ..PROFILE
        };
        let readings = Readings {
            battery: Some(Voltage::from_mv(8_000)),
            current: Some(Current::from_ma(0)),
            ..*Senses::new().readings()
        };
        let limiting = match hz {
            100 => Limiting::None,
            _ => Limiting::Current,
        };
        let mut told = Told::default();
        for _ in 0..ms {
            let dt = Duration::from_ms(1);
            drive.turn(&profile, &readings, Rate::from_hz(hz), dt, &mut told);
            assert_eq!(drive.limiting(), limiting);
        }
        told.0
    }

    #[test]
    fn rate_007_a_rate_that_is_held_back_for_50_ms_is_told_once_a_drive() {
        let warned = [Record::Warned {
            warning: Warning::Limited,
            limiting: Limiting::Current,
        }];
        let mut drive = Drive::new(false);
        for _ in 0..2 {
            drive.begin();
            assert_eq!(turn(&mut drive, 100, 200), []);
            assert_eq!(turn(&mut drive, 150, 49), []);
            assert_eq!(turn(&mut drive, 100, 1), []);
            assert_eq!(turn(&mut drive, 150, 49), []);
            assert_eq!(turn(&mut drive, 150, 1), warned);
            assert_eq!(turn(&mut drive, 150, 200), []);
            assert_eq!(turn(&mut drive, 100, 200), []);
            assert_eq!(turn(&mut drive, 150, 200), []);
        }
    }
}
