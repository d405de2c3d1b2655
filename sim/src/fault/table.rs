//! The table of knobs.

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
    DepthADrift: "depth_a" "drift_um_per_s", "um/s" -3000..=3000, 50, "depth channel A reads deeper and deeper, by this much a second";
    DepthBStuckAt: "depth_b" "stuck_at", "counts" 0..=4095, 2048, "depth channel B reads these counts, whatever the ring does";
    DepthBFrozen: "depth_b" "frozen", "-" 1..=1, 1, "depth channel B repeats its last reading as if it were new";
    DepthBOffset: "depth_b" "offset_um", "um" -3000..=3000, 300, "depth channel B reads deeper by this much";
    DepthBRailLow: "depth_b" "rail_low", "-" 1..=1, 1, "depth channel B reads 0 counts: wire broken";
    DepthBRailHigh: "depth_b" "rail_high", "-" 1..=1, 1, "depth channel B reads 4095 counts: wire shorted";
    DepthBStale: "depth_b" "stale", "-" 1..=1, 1, "the encoder stops answering: channel B's last reading grows older";
    DepthBNoisy: "depth_b" "noisy", "counts" 1..=1000, 60, "depth channel B has this much noise (one sigma)";
    DepthBSpike: "depth_b" "spike", "um" -3000..=3000, 1000, "one reading of channel B is deeper by this much; clears itself";
    DepthBDrift: "depth_b" "drift_um_per_s", "um/s" -3000..=3000, 50, "depth channel B reads deeper and deeper, by this much a second";
    DepthCommon: "depth" "common_um", "um" -3000..=3000, 300, "both depth channels read deeper by this much: their common carrier has slipped";
    HallLost: "hall" "lost", "-" 1..=1, 1, "the tachometer falls silent: no edges, quadrant frozen";
    HallStuckEdge: "hall" "stuck_edge", "-" 1..=1, 1, "one of the two hall switches is stuck: edges come in pairs that cancel";
    HallSlow: "hall" "slow", "factor" 2..=10, 2, "only every n-th edge is seen: the motor looks slower than it is";
    HallEdgeLost: "hall" "edge_lost", "edge" 0..=3, 0, "this edge of each turn is never seen (0: the one after full extension)";
    HallMagnetLost: "hall" "magnet_lost", "edge" 0..=3, 0, "this edge of each turn and the next are never seen: one magnet is gone";
    HallGlitch: "hall" "glitch_us", "us" 100..=5000, 300, "one edge too many, taken back so much later; clears itself";
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
    BridgeShort: "bridge" "short_percent", "percent" 1..=100, 30, "a high-side switch leaks: the bridge drives forward with at least this much, braked or not, while enabled";
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
    TagFrozen: "tag" "frozen", "-" 1..=1, 1, "the reader repeats its last reading of the tag, whatever is in the pen";
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
