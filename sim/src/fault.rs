//! Everything that can be broken on purpose: one named knob for each component and kind.
//!
//! A knob is off until a script sets it, may be set and cleared at any tick, and carries one number
//! whose unit and range the table tells. A pair that is not in the table is refused by name: a test
//! that breaks nothing because of a typing error would pass for the wrong reason.
//!
//! Faults are faults of hardware: of parts, wires, power, flash, and of the memory cells in which the
//! firmware keeps its numbers. None of them changes what the firmware does; it runs as it was built.
//! A cell of a limit is reached through the one ability of the firmware's feature `bench`, because
//! where it lies is the linker's business.

pub mod line;

use std::fmt::Write;

/// One row of the table of knobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KnobInfo {
    /// The part that breaks.
    pub component: &'static str,
    /// How it breaks.
    pub kind: &'static str,
    /// Unit of the number; `-` when any value means on.
    pub unit: &'static str,
    /// Least number accepted.
    pub min: i64,
    /// Greatest number accepted.
    pub max: i64,
    /// Number taken when a script gives none.
    pub default: i64,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// Writes the enum and the table from one list, so that they cannot differ.
macro_rules! knobs {
    ($($name:ident: $component:literal $kind:literal, $unit:literal
        $min:literal..=$max:literal, $default:literal, $doc:literal;)*) => {
        /// A knob, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Knob {
            $(
                #[doc = $doc]
                $name,
            )*
        }

        impl Knob {
            /// Every knob, in the order of the table.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            /// Its row of the table.
            #[must_use]
            pub const fn info(self) -> KnobInfo {
                match self {
                    $(Self::$name => KnobInfo {
                        component: $component,
                        kind: $kind,
                        unit: $unit,
                        min: $min,
                        max: $max,
                        default: $default,
                        doc: $doc,
                    },)*
                }
            }
        }
    };
}

knobs! {
    DepthAStuckAt: "depth_a" "stuck_at", "counts" 0..=4095, 2048, "depth channel A reads these counts, whatever the ring does";
    DepthAFrozen: "depth_a" "frozen", "-" 1..=1, 1, "depth channel A repeats its last reading as if it were new";
    DepthAOffset: "depth_a" "offset_um", "um" -3000..=3000, 300, "depth channel A reads deeper by this much";
    DepthARailLow: "depth_a" "rail_low", "-" 1..=1, 1, "depth channel A reads 0 counts: wire broken";
    DepthARailHigh: "depth_a" "rail_high", "-" 1..=1, 1, "depth channel A reads 4095 counts: wire shorted";
    DepthAStale: "depth_a" "stale", "-" 1..=1, 1, "the converter stops: channel A's last reading grows older";
    DepthANoisy: "depth_a" "noisy", "counts" 1..=1000, 60, "depth channel A has this much noise (one sigma)";
    DepthASpike: "depth_a" "spike", "um" -3000..=3000, 1000, "one reading of channel A is deeper by this much; clears itself";
    DepthBStuckAt: "depth_b" "stuck_at", "counts" 0..=4095, 2048, "depth channel B reads these counts, whatever the ring does";
    DepthBFrozen: "depth_b" "frozen", "-" 1..=1, 1, "depth channel B repeats its last reading as if it were new";
    DepthBOffset: "depth_b" "offset_um", "um" -3000..=3000, 300, "depth channel B reads deeper by this much";
    DepthBRailLow: "depth_b" "rail_low", "-" 1..=1, 1, "depth channel B reads 0 counts: wire broken";
    DepthBRailHigh: "depth_b" "rail_high", "-" 1..=1, 1, "depth channel B reads 4095 counts: wire shorted";
    DepthBStale: "depth_b" "stale", "-" 1..=1, 1, "the encoder stops answering: channel B's last reading grows older";
    DepthBNoisy: "depth_b" "noisy", "counts" 1..=1000, 60, "depth channel B has this much noise (one sigma)";
    DepthBSpike: "depth_b" "spike", "um" -3000..=3000, 1000, "one reading of channel B is deeper by this much; clears itself";
    HallLost: "hall" "lost", "-" 1..=1, 1, "the tachometer falls silent: no edges, quadrant frozen";
    HallStuckEdge: "hall" "stuck_edge", "-" 1..=1, 1, "one of the two hall switches is stuck: edges come in pairs that cancel";
    HallSlow: "hall" "slow", "factor" 2..=10, 2, "only every n-th edge is seen: the motor looks slower than it is";
    CurrentOffset: "current" "offset_ma", "mA" -2000..=2000, 200, "the current reads higher by this much";
    CurrentStuckAt: "current" "stuck_at", "counts" 0..=4095, 2048, "the current reads these counts, 2048 being none";
    CurrentRailLow: "current" "rail_low", "-" 1..=1, 1, "the current reads 0 counts";
    CurrentRailHigh: "current" "rail_high", "-" 1..=1, 1, "the current reads 4095 counts";
    CurrentStale: "current" "stale", "-" 1..=1, 1, "the last reading of the current grows older";
    BatterySag: "battery" "sag_mv", "mV" 1..=8000, 1000, "the battery gives less by this much";
    BatteryOhm: "battery" "resistance_percent", "percent" 10..=2000, 300, "the battery's series resistance, in percent of its own: aged or cold";
    BatterySoc: "battery" "soc_percent", "percent" 0..=100, 5, "the battery is at this charge from now on; clears itself";
    BatteryStuckAt: "battery" "stuck_at", "counts" 0..=4095, 3200, "the battery voltage reads these counts (2.5 mV each)";
    BatteryRailLow: "battery" "rail_low", "-" 1..=1, 1, "the battery voltage reads 0 counts";
    BatteryRailHigh: "battery" "rail_high", "-" 1..=1, 1, "the battery voltage reads 4095 counts";
    BatteryStale: "battery" "stale", "-" 1..=1, 1, "the last reading of the battery voltage grows older";
    GripHot: "grip" "hot_k", "K" 1..=100, 20, "the grip is warmer than the housing by this much";
    GripStuckAt: "grip" "stuck_at", "counts" 0..=4095, 2048, "the grip's thermistor reads these counts, fewer being warmer";
    GripRailLow: "grip" "rail_low", "-" 1..=1, 1, "the grip's thermistor reads 0 counts: wire shorted";
    GripRailHigh: "grip" "rail_high", "-" 1..=1, 1, "the grip's thermistor reads 4095 counts: wire broken";
    GripStale: "grip" "stale", "-" 1..=1, 1, "the last reading of the grip's thermistor grows older";
    AccelerometerZero: "accelerometer" "zero", "-" 1..=1, 1, "the accelerometer reads nothing on every axis, as in free fall";
    AccelerometerShock: "accelerometer" "shock_mg", "mg" -20000..=20000, 8000, "one reading along the pen is higher by this much; clears itself";
    AccelerometerFrozen: "accelerometer" "frozen", "-" 1..=1, 1, "the accelerometer repeats its last reading as if it were new";
    AccelerometerStale: "accelerometer" "stale", "-" 1..=1, 1, "the accelerometer stops answering: its last reading grows older";
    BridgeStuckOn: "bridge" "stuck_on", "-" 1..=1, 1, "the bridge drives forward at full voltage whatever the duty, while enabled";
    BridgeEnableWelded: "bridge" "enable_welded", "-" 1..=1, 1, "the enable path is always closed: the bridge obeys its duty alone";
    BridgeSupplyWelded: "bridge" "supply_welded", "-" 1..=1, 1, "the second switch is always closed; nothing on a pen without one";
    BridgeSupplyOpen: "bridge" "supply_open", "-" 1..=1, 1, "the second switch never closes: the bridge can only brake; nothing on a pen without one";
    BridgeBrakeOpen: "bridge" "brake_open", "-" 1..=1, 1, "the bridge cannot short the winding: the brake coasts";
    BridgeOpen: "bridge" "open", "-" 1..=1, 1, "the bridge never conducts";
    MotorJam: "motor" "jam", "-" 1..=1, 1, "the rotor is locked, at once";
    MotorFriction: "motor" "friction_unm", "uN m" 1..=20000, 500, "this much more Coulomb friction (healthy: 180)";
    SpringBroken: "spring" "broken", "-" 1..=1, 1, "the return spring pulls no more";
    SkinDull: "skin" "dull_percent", "percent" 10..=2000, 300, "puncture force and shaft friction, in percent: blunt needles or tough skin";
    SeatOpen: "seat" "open", "-" 1..=1, 1, "the seat switch reads open";
    SeatClosed: "seat" "closed", "-" 1..=1, 1, "the seat switch reads pressed, cartridge or not";
    SeatBounce: "seat" "bounce_ms", "ms" 1..=1000, 5, "the seat switch opens and closes every so many ms";
    TagUnreadable: "tag" "unreadable", "-" 1..=1, 1, "the tag answers, but cannot be read";
    TagSilent: "tag" "silent", "-" 1..=1, 1, "the tag does not answer";
    TagBurnFails: "tag" "burn_fails", "-" 1..=1, 1, "the tag ignores that it shall mark itself as used";
    TriggerClosedStuck: "trigger" "closed_stuck", "-" 1..=1, 1, "the trigger's closing contact is stuck closed";
    TriggerOpenedStuck: "trigger" "opened_stuck", "-" 1..=1, 1, "the trigger's opening contact is stuck open";
    TriggerBothStuck: "trigger" "both_stuck", "-" 1..=1, 1, "both contacts are stuck: the trigger reads held";
    ButtonOkStuck: "button" "ok_stuck", "-" 1..=1, 1, "the confirm button reads pressed";
    ButtonNextStuck: "button" "next_stuck", "-" 1..=1, 1, "the next button reads pressed";
    VbusPresent: "vbus" "present", "-" 1..=1, 1, "the cable detector reads power, cable or not";
    VbusAbsent: "vbus" "absent", "-" 1..=1, 1, "the cable detector reads no power, cable or not";
    ActuatorStuck: "actuator" "stuck", "-" 1..=1, 1, "the depth actuator does not move";
    ActuatorLost: "actuator" "lost_um", "um" -3000..=3000, 200, "the depth actuator stands deeper than it was told by this much";
    TickLate: "tick" "late_us", "us" 100..=100000, 1500, "the next control tick comes this much later; clears itself";
    TickHang: "tick" "hang_ms", "ms" 1..=100000, 200, "the firmware stops for so long, its outputs stay; clears itself";
    ClockDrift: "clock" "drift_ppm", "ppm" -500000..=500000, 50000, "the pen's clock runs fast by this much, on top of its own error";
    PowerWatchdog: "power" "watchdog", "ms" 1..=60000, 20, "the watchdog resets the pen, which is down for so long; clears itself";
    PowerBrownOut: "power" "brown_out", "ms" 1..=60000, 50, "a brown-out resets the pen, which is down for so long; clears itself";
    PowerCut: "power" "cut", "ms" 1..=60000, 500, "power is cut for so long, memory is lost, flash stays; clears itself";
    ToPenFlip: "to_pen" "flip_bit", "bit" 0..=7, 0, "this bit of the next byte to the pen is flipped; clears itself";
    ToPenDrop: "to_pen" "drop_bytes", "bytes" 1..=100000, 1, "so many bytes to the pen are lost; clears itself";
    ToPenGarbage: "to_pen" "garbage_bytes", "bytes" 1..=2000, 64, "so many random bytes reach the pen; clears itself";
    ToPenCorrupt: "to_pen" "corrupt_frame", "byte" 0..=511, 5, "this byte of the next frame to the pen is changed; clears itself";
    ToPenCut: "to_pen" "cut", "-" 1..=1, 1, "nothing reaches the pen";
    ToHostFlip: "to_host" "flip_bit", "bit" 0..=7, 0, "this bit of the next byte to the host is flipped; clears itself";
    ToHostDrop: "to_host" "drop_bytes", "bytes" 1..=100000, 1, "so many bytes to the host are lost; clears itself";
    ToHostGarbage: "to_host" "garbage_bytes", "bytes" 1..=2000, 64, "so many random bytes reach the host; clears itself";
    ToHostCorrupt: "to_host" "corrupt_frame", "byte" 0..=511, 5, "this byte of the next frame to the host is changed; clears itself";
    ToHostCut: "to_host" "cut", "-" 1..=1, 1, "nothing reaches the host, and the pen's outgoing queue stays full";
    FlashCut: "flash" "cut_after", "operations" 0..=1000000, 0, "power fails within the flash operation after the next n; clears itself";
    RamLimitFlip: "ram" "limit_flip", "limit" 0..=6, 0, "a bit of this limit in force (0: depth cap) flips in memory; waits until one is in force; clears itself";
    FlashFlip: "flash" "flip_bit", "bit" 0..=16777215, 0, "this bit of the flash is flipped at once; clears itself";
}

/// A knob that does not exist, or a number that it cannot take. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such component.
    #[error(
        "nothing called `{asked}` can be broken; components are: {known}. `pen-sim faults` lists all"
    )]
    UnknownComponent {
        /// What was asked for.
        asked: String,
        /// All components.
        known: String,
    },
    /// The component does not break in this way.
    #[error(
        "`{component}` has no fault `{asked}`; it has: {known}. `pen-sim faults` explains them"
    )]
    UnknownKind {
        /// The component.
        component: String,
        /// What was asked for.
        asked: String,
        /// All kinds of this component.
        known: String,
    },
    /// The number lies outside the knob's range.
    #[error("fault `{component}.{kind}` takes {min} to {max} {unit}, not {asked}")]
    OutOfRange {
        /// The component.
        component: &'static str,
        /// The kind.
        kind: &'static str,
        /// What was asked for.
        asked: i64,
        /// Least number accepted.
        min: i64,
        /// Greatest number accepted.
        max: i64,
        /// Its unit.
        unit: &'static str,
    },
}

impl Knob {
    /// The knob of this component and kind.
    ///
    /// # Errors
    /// [`FaultError::UnknownComponent`] or [`FaultError::UnknownKind`], with what there is instead.
    pub fn find(component: &str, kind: &str) -> Result<Self, FaultError> {
        let mut kinds = Vec::new();
        for knob in Self::ALL {
            let info = knob.info();
            if info.component == component {
                if info.kind == kind {
                    return Ok(knob);
                }
                kinds.push(info.kind);
            }
        }
        if kinds.is_empty() {
            let mut known: Vec<&str> = Self::ALL.iter().map(|knob| knob.info().component).collect();
            known.dedup();
            return Err(FaultError::UnknownComponent {
                asked: component.to_owned(),
                known: known.join(", "),
            });
        }
        Err(FaultError::UnknownKind {
            component: component.to_owned(),
            asked: kind.to_owned(),
            known: kinds.join(", "),
        })
    }

    /// Whether the number is one that this knob takes.
    ///
    /// # Errors
    /// [`FaultError::OutOfRange`].
    pub const fn check(self, value: i64) -> Result<(), FaultError> {
        let KnobInfo {
            component,
            kind,
            unit,
            min,
            max,
            ..
        } = self.info();
        if value < min || value > max {
            return Err(FaultError::OutOfRange {
                component,
                kind,
                asked: value,
                min,
                max,
                unit,
            });
        }
        Ok(())
    }

    const fn place(self) -> usize {
        self as usize
    }

    const fn bit(self) -> u128 {
        1 << self.place()
    }
}

const KNOBS: usize = Knob::ALL.len();
const _: () = assert!(KNOBS <= 128, "one bit a knob");

/// The table of all knobs, for people.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    for knob in Knob::ALL {
        let KnobInfo {
            component,
            kind,
            unit,
            min,
            max,
            default,
            doc,
        } = knob.info();
        let name = format!("{component}.{kind}");
        let number = if unit == "-" {
            String::new()
        } else {
            format!("{min}..{max} {unit}, usually {default}")
        };
        let _ = writeln!(text, "{name:28} {number:38} {doc}");
    }
    text
}

/// Which knobs are set, and to what.
#[derive(Clone, Debug)]
pub struct Faults {
    set: u128,
    values: [i64; KNOBS],
    /// Counts up with every change, so that a reader need not look at each knob each time.
    changes: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            set: 0,
            values: [0; KNOBS],
            changes: 0,
        }
    }
}

impl Faults {
    /// Sets a knob to a number.
    ///
    /// # Errors
    /// [`FaultError::OutOfRange`]; nothing changed.
    pub fn set(&mut self, knob: Knob, value: i64) -> Result<(), FaultError> {
        knob.check(value)?;
        self.values[knob.place()] = value;
        self.set |= knob.bit();
        self.changes += 1;
        Ok(())
    }

    /// Sets a knob by name; without a number it takes the usual one.
    ///
    /// # Errors
    /// [`FaultError`]; nothing changed.
    pub fn set_named(
        &mut self,
        component: &str,
        kind: &str,
        value: Option<i64>,
    ) -> Result<Knob, FaultError> {
        let knob = Knob::find(component, kind)?;
        self.set(knob, value.unwrap_or(knob.info().default))?;
        Ok(knob)
    }

    /// Clears a knob: the part is whole again.
    pub const fn clear(&mut self, knob: Knob) {
        self.set &= !knob.bit();
        self.changes += 1;
    }

    /// Clears every knob.
    pub const fn clear_all(&mut self) {
        self.set = 0;
        self.changes += 1;
    }

    /// The number of a knob that is set.
    #[must_use]
    pub const fn get(&self, knob: Knob) -> Option<i64> {
        if self.is_set(knob) {
            Some(self.values[knob.place()])
        } else {
            None
        }
    }

    /// The number of a knob that is set; clears it.
    pub const fn take(&mut self, knob: Knob) -> Option<i64> {
        let value = self.get(knob);
        if value.is_some() {
            self.clear(knob);
        }
        value
    }

    /// Whether a knob is set.
    #[must_use]
    pub const fn is_set(&self, knob: Knob) -> bool {
        self.set & knob.bit() != 0
    }

    /// Whether everything is whole.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.set == 0
    }

    /// Every knob that is set, with its number.
    pub fn iter(&self) -> impl Iterator<Item = (Knob, i64)> + '_ {
        Knob::ALL
            .into_iter()
            .filter_map(|knob| self.get(knob).map(|value| (knob, value)))
    }

    /// Counts up with every change.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultError, Faults, Knob, list};

    #[test]
    fn every_knob_is_found_by_its_own_name_and_takes_its_usual_number() {
        for knob in Knob::ALL {
            let info = knob.info();
            assert_eq!(Knob::find(info.component, info.kind), Ok(knob));
            let mut faults = Faults::default();
            assert_eq!(faults.set_named(info.component, info.kind, None), Ok(knob));
            assert_eq!(faults.get(knob), Some(info.default));
            assert_eq!(faults.iter().collect::<Vec<_>>(), [(knob, info.default)]);
            for bad in [info.min - 1, info.max + 1] {
                assert!(matches!(
                    faults.set(knob, bad),
                    Err(FaultError::OutOfRange { .. })
                ));
            }
            assert_eq!(faults.take(knob), Some(info.default));
            assert!(faults.is_whole());
        }
    }

    #[test]
    fn unknown_pairs_are_refused_with_what_there_is_instead() {
        let mut faults = Faults::default();
        let error = faults.set_named("depht_a", "stuck_at", None).unwrap_err();
        assert!(error.to_string().contains("depth_a, depth_b"), "{error}");
        let error = faults.set_named("skin", "stuck_at", None).unwrap_err();
        assert!(error.to_string().contains("dull_percent"), "{error}");
        assert!(faults.is_whole());
    }

    #[test]
    fn the_list_names_every_knob_once() {
        let text = list();
        assert_eq!(text.lines().count(), Knob::ALL.len());
        for knob in Knob::ALL {
            let name = format!("{}.{} ", knob.info().component, knob.info().kind);
            assert_eq!(text.matches(&name).count(), 1, "{name}");
        }
    }
}
