//! Every number that limits the pen, once, with its unit, range, requirement and source.
//!
//! These are the *absolute* limits: nothing on the wire, no stored record and no feature of the
//! release image can raise them (CONF-003). A device profile, a cartridge, a zone, a plan or an
//! operator may only tighten them; `profile` combines them by meet. `docs/limits.md` gives each
//! source in words.

use crate::units::{Current, Depth, Duration, Rate, Temperature, Voltage};

/// Deepest protrusion that any profile, plan or override can reach.
///
/// - Unit: um. Range: `0 ..= 2_500`, below [`MECHANICAL_STROKE`] once a profile is admitted
/// - Requirement: DEPTH-001, CONF-003, CONF-005
/// - Source: `docs/limits.md#depth` (norm of the device class)
pub const DEPTH_ABSOLUTE: Depth = Depth::from_um(2_500);

/// Deepest protrusion of a professional device without a logged override.
///
/// - Unit: um. Requirement: CONF-005
/// - Source: `docs/limits.md#depth` (US labelling: deeper "not evaluated")
pub const DEPTH_PROFESSIONAL: Depth = Depth::from_um(1_500);

/// Deepest protrusion of a home device.
///
/// - Unit: um. Requirement: CONF-005
/// - Source: `docs/limits.md#depth` (proposal; national cosmetic caps are not verified)
pub const DEPTH_HOME: Depth = Depth::from_um(300);

/// Full stroke of the needle bar; the needles leave the skin only if the depth is less.
///
/// - Unit: um. Requirement: DEPTH-013
/// - Source: `docs/limits.md#depth` (reference plant: eccentricity 1.25 mm)
pub const MECHANICAL_STROKE: Depth = Depth::from_um(2_500);

/// How far the measured protrusion may exceed the cap before the pen trips.
///
/// - Unit: um. Requirement: DEPTH-002. Source: `docs/limits.md#depth`
pub const DEPTH_TRIP_MARGIN_UM: i32 = 50;

/// Time the over-depth condition must last: two samples, so that one spike does not trip.
///
/// - Unit: us. Requirement: DEPTH-002 (20 ms in all). Source: `docs/limits.md#depth`
pub const DEPTH_TRIP_TIME: Duration = Duration::from_ms(2);

/// Largest lasting disagreement of the two depth channels, and how long it may last.
///
/// - Unit: um. Requirement: DEPTH-004. Source: `docs/limits.md#depth`
pub const DISAGREE_SLOW_UM: u32 = 100;
/// See [`DISAGREE_SLOW_UM`]. Unit: us.
pub const DISAGREE_SLOW_TIME: Duration = Duration::from_ms(50);
/// Largest disagreement for two consecutive samples.
///
/// - Unit: um. Requirement: DEPTH-004. Source: `docs/limits.md#depth`
pub const DISAGREE_FAST_UM: u32 = 200;

/// Window in which a live channel must move while the pen vibrates.
///
/// - Unit: us. Requirement: DEPTH-005. Source: `docs/limits.md#depth`
pub const STUCK_TIME: Duration = Duration::from_ms(245);
/// Smallest span of raw counts in [`STUCK_TIME`] that is more than noise.
///
/// - Unit: counts. Requirement: DEPTH-005
/// - Source: none yet; the simulated ring shakes by 28 counts, noise spans about 8
pub const STUCK_SPAN_COUNTS: u16 = 12;

/// Oldest sample that still counts, and longest time a bad sample is bridged.
///
/// - Unit: us. Requirement: SENS-001, DEPTH-005. Source: `docs/limits.md#sensors`
pub const SAMPLE_AGE_MAX: Duration = Duration::from_ms(10);
/// Fastest change of depth that a hand or an actuator can make.
///
/// - Unit: um per ms. Requirement: SENS-001. Source: `docs/limits.md#sensors`
pub const DEPTH_SLEW_UM_PER_MS: u32 = 50;
/// Counts at or below this are a rail, not a reading (12-bit converter).
///
/// - Unit: counts. Requirement: DEPTH-005. Source: none yet
pub const RAIL_LOW_COUNTS: u16 = 8;
/// Counts at or above this are a rail, not a reading (12-bit converter).
///
/// - Unit: counts. Requirement: DEPTH-005. Source: none yet
pub const RAIL_HIGH_COUNTS: u16 = 4_087;

/// How far the depth may creep deeper than at the start of the activation, and for how long.
///
/// - Unit: um. Requirement: DEPTH-006. Source: `docs/limits.md#depth`
pub const CREEP_UM: i32 = 100;
/// See [`CREEP_UM`]. Unit: us.
pub const CREEP_TIME: Duration = Duration::from_ms(50);

/// Fastest deepening of a motorised depth actuator.
///
/// - Unit: nm per ms (500 nm/ms = 0.5 mm/s). Requirement: DEPTH-012. Source: `docs/limits.md#depth`
pub const ACTUATOR_DEEPEN_NM_PER_MS: u32 = 500;

/// How much shallower than the cap a motorised actuator aims, so that noise and calibration
/// error do not carry the measured depth beyond it.
///
/// - Unit: um. Requirement: DEPTH-001. Source: our choice, half of the 0.1 mm depth tolerance
pub const ACTUATOR_MARGIN_UM: i32 = 50;

/// Slowest rate that may be set.
///
/// - Unit: mHz. Requirement: RATE-001. Source: `docs/limits.md#rate`
pub const RATE_MIN: Rate = Rate::from_hz(50);
/// Fastest rate that may be set.
///
/// - Unit: mHz. Requirement: RATE-001. Source: `docs/limits.md#rate`
pub const RATE_MAX: Rate = Rate::from_hz(150);
/// Fastest rate in Service mode.
///
/// - Unit: mHz. Requirement: CAL-004 (reduced rate). Source: `docs/limits.md#rate` (our choice)
pub const RATE_SERVICE: Rate = Rate::from_hz(80);
/// Fastest rate for protrusions beyond [`DEPTH_PROFESSIONAL`].
///
/// - Unit: mHz. Requirement: STOP-002 (last needle entry within 30 ms of the brake), DEPTH-010
/// - Source: `docs/limits.md#rate` (stops simulated at 2.0 mm: 32 ms from 150 Hz, 24 ms from 80 Hz)
pub const RATE_DEEP: Rate = Rate::from_hz(100);
/// Rate at which one single turn trips.
///
/// - Unit: mHz. Requirement: RATE-002. Source: `docs/limits.md#rate`
pub const RATE_TRIP: Rate = Rate::from_hz(160);
/// Share of the set rate above which two turns trip.
///
/// - Unit: percent. Requirement: RATE-002. Source: `docs/limits.md#rate`
pub const RATE_TRIP_PERCENT: u32 = 110;
/// Turns above [`RATE_TRIP_PERCENT`] that trip.
///
/// - Unit: turns. Requirement: RATE-002. Source: `docs/limits.md#rate`
pub const RATE_TRIP_TURNS: u8 = 2;
/// Window in which strokes are counted whatever was commanded.
///
/// - Unit: us. Requirement: RATE-010. Source: `docs/limits.md#rate`
pub const RATE_WINDOW: Duration = Duration::from_ms(250);
/// Shortest time between two restarts of a rate monitor's window.
///
/// - Unit: us. Requirement: RATE-011. Source: `docs/limits.md#rate`
pub const REARM_INTERVAL: Duration = Duration::from_ms(500);
/// Largest acceleration that a profile may ask of the rate ramp.
///
/// - Unit: mHz per ms. Requirement: RATE-008. Source: `docs/limits.md#rate` (our choice)
pub const ACCEL_MAX_MHZ_PER_MS: u32 = 1_000;

/// Share of an expected period without an edge that means lost feedback.
///
/// - Unit: percent of one stroke. Requirement: RATE-003. Source: `docs/limits.md#rate`
pub const LOST_FEEDBACK_PERCENT: u32 = 250;
/// Share of an expected period without an edge, with high current, that means a stall.
///
/// - Unit: percent of one stroke. Requirement: RATE-004. Source: `docs/limits.md#rate`
pub const STALL_PERCENT: u32 = 200;
/// Longest time without an edge, with high current, whatever the set rate.
///
/// - Unit: us. Requirement: RATE-004 (40 ms to the brake). Source: `docs/limits.md#rate`
pub const STALL_TIME_MAX: Duration = Duration::from_ms(35);
/// Share of the locked-rotor estimate above which a motor without edges is stalled.
///
/// - Unit: percent. Requirement: RATE-004. Source: `docs/limits.md#rate`
pub const STALL_CURRENT_PERCENT: i32 = 60;
/// Longest time the motor may take to make its first edge.
///
/// - Unit: us. Requirement: RATE-003. Source: `docs/limits.md#rate` (our choice: ramp plus stiction)
pub const START_TIME_MAX: Duration = Duration::from_ms(150);

/// Motion or current in a mode that allows none: how long until it trips.
///
/// - Unit: us. Requirement: RATE-009. Source: `docs/limits.md#rate`
pub const UNEXPECTED_TIME: Duration = Duration::from_ms(3);
/// Current that a motor at rest cannot draw.
///
/// - Unit: mA. Requirement: RATE-009
/// - Source: none yet; the simulated shunt's noise and offset stay below 40 mA
pub const REST_CURRENT: Current = Current::from_ma(120);
/// Edges within [`UNEXPECTED_WINDOW`] that are motion, not a bump.
///
/// - Unit: edges (quarter turns). Requirement: RATE-009. Source: none yet
pub const UNEXPECTED_EDGES: u8 = 3;
/// Window for [`UNEXPECTED_EDGES`].
///
/// - Unit: us. Requirement: RATE-009. Source: none yet
pub const UNEXPECTED_WINDOW: Duration = Duration::from_ms(60);

/// Continuous, short and start current, and the time each may last.
///
/// - Unit: mA. Requirement: PWR-002. Source: `docs/limits.md#power`
pub const CURRENT_CONTINUOUS: Current = Current::from_ma(1_000);
/// See [`CURRENT_CONTINUOUS`]. Unit: mA.
pub const CURRENT_SHORT: Current = Current::from_ma(1_500);
/// See [`CURRENT_CONTINUOUS`]. Unit: mA.
pub const CURRENT_PEAK: Current = Current::from_ma(2_500);
/// How long more than [`CURRENT_CONTINUOUS`] may flow. Unit: us.
pub const CURRENT_SHORT_TIME: Duration = Duration::from_ms(300);
/// How long more than [`CURRENT_SHORT`] may flow. Unit: us.
pub const CURRENT_PEAK_TIME: Duration = Duration::from_ms(50);

/// Cells in series.
///
/// - Unit: cells. Requirement: PWR-001. Source: `docs/limits.md#power` (reference plant)
pub const CELLS: i32 = 2;
/// Rested voltage below which no session starts.
///
/// - Unit: mV for the pack. Requirement: PWR-001. Source: `docs/limits.md#power`
pub const BATTERY_START: Voltage = Voltage::from_mv(3_500 * CELLS);
/// Voltage under load at which a running treatment ends.
///
/// - Unit: mV for the pack. Requirement: PWR-001. Source: `docs/limits.md#power`
pub const BATTERY_STOP: Voltage = Voltage::from_mv(3_200 * CELLS);
/// How long [`BATTERY_STOP`] must last. Unit: us.
pub const BATTERY_STOP_TIME: Duration = Duration::from_ms(200);
/// Reserve above the planned minutes.
///
/// - Unit: percent. Requirement: PWR-001. Source: `docs/limits.md#power`
pub const BATTERY_RESERVE_PERCENT: u32 = 120;
/// Temperature of the grip at which the rate is held back.
///
/// - Unit: tenths of a degree. Requirement: PWR-004. Source: `docs/limits.md#power`
pub const GRIP_WARM: Temperature = Temperature::from_decicelsius(410);
/// How far the grip must cool below [`GRIP_WARM`] before the rate is free again.
///
/// - Unit: tenths of a degree. Requirement: PWR-004. Source: `docs/limits.md#power` (our choice)
pub const GRIP_HYSTERESIS: Temperature = Temperature::from_decicelsius(10);
/// Temperature of the grip at which the drive ends.
///
/// - Unit: tenths of a degree. Requirement: PWR-004. Source: `docs/limits.md#power`
pub const GRIP_STOP: Temperature = Temperature::from_decicelsius(430);
/// Temperature of the winding, by the model, at which the drive ends.
///
/// - Unit: tenths of a degree. Requirement: PWR-004. Source: `docs/limits.md#power`
pub const WINDING_STOP: Temperature = Temperature::from_decicelsius(1_000);
/// Temperature of the winding below which the pen unlocks again.
///
/// - Unit: tenths of a degree. Requirement: PWR-004. Source: `docs/limits.md#power` (our choice)
pub const WINDING_COOL: Temperature = Temperature::from_decicelsius(900);
/// Share of the set rate that is left while the grip is warm; never below the device's least rate.
///
/// - Unit: percent. Requirement: PWR-004. Source: `docs/limits.md#power` (our choice)
pub const RATE_WARM_PERCENT: u32 = 60;
/// How long VBUS must have been absent before the motor may run.
///
/// - Unit: us. Requirement: PWR-003. Source: `docs/limits.md#power`
pub const VBUS_ABSENT_TIME: Duration = Duration::from_ms(500);

/// Strength of acceleration below which the pen falls: held or lying it is 1 g.
///
/// - Unit: thousandths of standard gravity. Requirement: PWR-007. Source: `docs/limits.md#sensors`
pub const FREE_FALL_MG: u32 = 300;
/// How long less than [`FREE_FALL_MG`] must be felt.
///
/// - Unit: us. Requirement: PWR-007 (60-100 ms; 150 ms in all). Source: `docs/limits.md#sensors`
pub const FREE_FALL_TIME: Duration = Duration::from_ms(60);
/// Strength of acceleration above which the depth setting is no longer trusted.
///
/// - Unit: thousandths of standard gravity. Requirement: PWR-007
/// - Source: `docs/limits.md#sensors` (our choice: above what hand and motor do, within a part's +-8 g)
pub const SHOCK_MG: u32 = 6_000;
/// Time after which an accelerometer whose reading never changes has stopped.
///
/// - Unit: us. Requirement: PWR-007, SENS-001. Source: `docs/limits.md#sensors` (our choice)
pub const ACCELERATION_STUCK_TIME: Duration = Duration::from_ms(500);
/// How far both depth channels may stand from zero when the ring is at its zero mark.
///
/// - Unit: um. Requirement: PWR-007. Source: `docs/limits.md#depth` (as much as trips, DEPTH-002)
pub const ZERO_TOLERANCE_UM: u32 = 50;

/// How long the trigger must have been seen released before it can start anything.
///
/// - Unit: us. Requirement: STOP-001. Source: `docs/limits.md#stop`
pub const RELEASE_TIME: Duration = Duration::from_ms(200);
/// How long the trigger must be held before it starts the motor.
///
/// - Unit: us. Requirement: STOP-013 (debounce applies to starting only). Source: `docs/limits.md#stop`
pub const PRESS_TIME: Duration = Duration::from_ms(30);
/// Silence of the tachometer that counts as standstill.
///
/// - Unit: us. Requirement: STOP-003. Source: `docs/limits.md#stop` (our choice: below 8 Hz)
pub const STANDSTILL_TIME: Duration = Duration::from_ms(30);
/// Time after the brake at which its effect must be seen.
///
/// - Unit: us. Requirement: STOP-008 (20 ms in all). Source: `docs/limits.md#stop`
pub const BRAKE_EFFECT_TIME: Duration = Duration::from_ms(17);
/// Time after the brake at which motion means that the drive is stuck.
///
/// - Unit: us. Requirement: STOP-011. Source: `docs/limits.md#stop`
pub const DRIVE_STUCK_TIME: Duration = Duration::from_ms(100);
/// Longest time that parking the needles may take after the stop.
///
/// - Unit: us. Requirement: STOP-003. Source: `docs/limits.md#stop`
pub const PARK_TIME: Duration = Duration::from_ms(300);
/// Longest time from the brake to torque off.
///
/// - Unit: us. Requirement: SAFE-003 (500 ms in all). Source: `docs/limits.md#stop`
pub const STOP_TIME_MAX: Duration = Duration::from_ms(470);

/// Motor-on time at which the session warns.
///
/// - Unit: us. Requirement: SESS-001. Source: `docs/limits.md#session`
pub const SESSION_WARN: Duration = Duration::from_min(25);
/// Motor-on time at which the session ends.
///
/// - Unit: us. Requirement: SESS-001. Source: `docs/limits.md#session`
pub const SESSION_ON_MAX: Duration = Duration::from_min(30);
/// Elapsed time at which the session ends.
///
/// - Unit: us. Requirement: SESS-001. Source: `docs/limits.md#session`
pub const SESSION_ELAPSED_MAX: Duration = Duration::from_min(45);
/// Longest single activation.
///
/// - Unit: us. Requirement: SESS-010. Source: `docs/limits.md#session`
pub const ACTIVATION_MAX: Duration = Duration::from_s(120);
/// How often the elapsed time of an open session goes to storage while the pen rests. What is stored
/// is ahead of it by more than that.
///
/// - Unit: us. Requirement: SESS-008, SESS-011. Source: `docs/limits.md#session`
pub const LEDGER_INTERVAL: Duration = Duration::from_min(1);
/// Time after which a plan that was not started expires.
///
/// - Unit: us. Requirement: SESS-006. Source: `docs/limits.md#session`
pub const PLAN_EXPIRY: Duration = Duration::from_min(10);
/// Longest pause after which the same cartridge may go on in the same session.
///
/// - Unit: us. Requirement: CART-004. Source: `docs/limits.md#cartridge`
pub const CARTRIDGE_PAUSE_MAX: Duration = Duration::from_min(30);
/// Life of a cartridge.
///
/// - Unit: strokes. Requirement: CART-005. Source: `docs/limits.md#cartridge`
pub const CARTRIDGE_LIFE: u32 = 200_000;
/// Strokes at which the end of a cartridge's life is announced.
///
/// - Unit: strokes. Requirement: CART-005 (90 %). Source: `docs/limits.md#cartridge`
pub const CARTRIDGE_WARN: u32 = 180_000;
/// How long a cartridge may be seen unseated while the motor runs.
///
/// - Unit: us. Requirement: CART-001 (50 ms in all). Source: `docs/limits.md#cartridge`
pub const UNSEATED_TIME: Duration = Duration::from_ms(40);

/// Silence of the host after which Service mode ends.
///
/// - Unit: us. Requirement: LINK-004. Source: `docs/limits.md#link`
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_s(3);
/// Silence of the host after which motion in Service mode ends.
///
/// - Unit: us. Requirement: LINK-008 (dead-man of the output). Source: `docs/limits.md#link`
pub const DEADMAN_TIMEOUT: Duration = Duration::from_ms(250);

/// Shortest and longest control tick.
///
/// - Unit: us. Requirement: TEST-001 (clock). Source: `docs/limits.md#sensors`
pub const TICK_MIN: Duration = Duration::from_us(500);
/// See [`TICK_MIN`]. Unit: us.
pub const TICK_MAX: Duration = Duration::from_ms(2);

/// First day on which this program can have run: a host whose day is earlier has a wrong clock.
///
/// - Unit: days since 2020-01-01 (2026-11-05). Requirement: SENS-004. Source: moved with each release
pub const RELEASE_DAY: u16 = 2_500;
/// How far a host's day may lie ahead of the last one seen without somebody confirming it at the pen.
///
/// - Unit: days. Requirement: SENS-004. Source: `docs/limits.md#sensors` (our choice)
pub const DAY_JUMP_MAX: u16 = 60;
/// How long the confirm button must be held to confirm such a day, and to end a terminal fault.
///
/// - Unit: us. Requirement: SENS-004, STOP-012. Source: `docs/limits.md#sensors` (our choice)
pub const HOLD_TIME: Duration = Duration::from_s(2);
/// How long a confirm button that is down counts as somebody at the pen; longer, it is stuck.
///
/// - Unit: us. Requirement: STOP-012, SENS-004. Source: `docs/limits.md#sensors` (our choice)
pub const ATTENDED_MAX: Duration = Duration::from_s(60);

/// Fewest knots of a calibration table.
///
/// - Unit: knots. Requirement: CAL-002. Source: `docs/limits.md#calibration`
pub const KNOTS_MIN: usize = 7;
/// Most knots of a calibration table.
///
/// - Unit: knots. Requirement: CAL-002. Source: `docs/limits.md#calibration`
pub const KNOTS_MAX: usize = 11;
/// Largest deviation of the table's slope from nominal.
///
/// - Unit: permille. Requirement: CAL-002. Source: `docs/limits.md#calibration`
pub const CAL_SLOPE_PERMILLE: i64 = 100;
/// Largest offset of the table's trend line.
///
/// - Unit: um. Requirement: CAL-002. Source: `docs/limits.md#calibration`
pub const CAL_OFFSET_UM: i64 = 200;
/// Largest distance of a knot from the table's trend line.
///
/// - Unit: um. Requirement: CAL-002. Source: `docs/limits.md#calibration`
pub const CAL_RESIDUAL_UM: i64 = 50;
/// Largest move of the indicated depth by calibration.
///
/// - Unit: um. Requirement: CAL-004. Source: `docs/limits.md#calibration`
pub const CAL_MOVE_UM: i64 = 500;
/// Largest correction of the pen's clock by calibration.
///
/// - Unit: ppm. Requirement: CAL-004
/// - Source: `docs/limits.md#calibration` (clock cross-check limit of 3 %)
pub const CAL_CLOCK_PPM: i32 = 30_000;
/// Days after the due date during which the pen still treats, with a warning.
///
/// - Unit: days. Requirement: CAL-003. Source: `docs/limits.md#calibration`
pub const CAL_GRACE_DAYS: u16 = 30;

const _: () = assert!(DEPTH_HOME.as_um() < DEPTH_PROFESSIONAL.as_um());
const _: () = assert!(DEPTH_PROFESSIONAL.as_um() < DEPTH_ABSOLUTE.as_um());
const _: () = assert!(DEPTH_ABSOLUTE.as_um() <= MECHANICAL_STROKE.as_um());
const _: () = assert!(RATE_MIN.as_mhz() < RATE_SERVICE.as_mhz());
const _: () = assert!(RATE_SERVICE.as_mhz() < RATE_MAX.as_mhz());
const _: () = assert!(RATE_MIN.as_mhz() < RATE_DEEP.as_mhz());
const _: () = assert!(RATE_DEEP.as_mhz() < RATE_MAX.as_mhz());
const _: () = assert!(RATE_MAX.as_mhz() < RATE_TRIP.as_mhz());
// The percentage trip must lie above the +-5 % that the regulator is allowed.
const _: () = assert!(RATE_TRIP_PERCENT > 105);
const _: () = assert!(DISAGREE_SLOW_UM < DISAGREE_FAST_UM);
const _: () = assert!(STALL_PERCENT < LOST_FEEDBACK_PERCENT);
const _: () = assert!(STALL_TIME_MAX.as_us() < 40_000);
const _: () = assert!(CURRENT_CONTINUOUS.as_ma() < CURRENT_SHORT.as_ma());
const _: () = assert!(CURRENT_SHORT.as_ma() < CURRENT_PEAK.as_ma());
const _: () = assert!(CURRENT_PEAK_TIME.as_us() < CURRENT_SHORT_TIME.as_us());
const _: () = assert!(BATTERY_STOP.as_mv() < BATTERY_START.as_mv());
const _: () = assert!(FREE_FALL_MG < 1_000 && 1_000 < SHOCK_MG);
const _: () = assert!(FREE_FALL_TIME.as_us() >= 60_000 && FREE_FALL_TIME.as_us() <= 100_000);
const _: () = assert!(SAMPLE_AGE_MAX.as_us() < ACCELERATION_STUCK_TIME.as_us());
const _: () = assert!(GRIP_WARM.as_decicelsius() < GRIP_STOP.as_decicelsius());
const _: () = assert!(GRIP_HYSTERESIS.as_decicelsius() < GRIP_WARM.as_decicelsius());
const _: () = assert!(WINDING_COOL.as_decicelsius() < WINDING_STOP.as_decicelsius());
const _: () = assert!(RATE_WARM_PERCENT > 0 && RATE_WARM_PERCENT < 100);
// What the check lets pass must not be more than what trips.
const _: () = assert!(ZERO_TOLERANCE_UM <= DEPTH_TRIP_MARGIN_UM.unsigned_abs());
const _: () = assert!(SESSION_WARN.as_us() < SESSION_ON_MAX.as_us());
const _: () = assert!(SESSION_ON_MAX.as_us() < SESSION_ELAPSED_MAX.as_us());
const _: () = assert!(ACTIVATION_MAX.as_us() < SESSION_ON_MAX.as_us());
const _: () = assert!(CARTRIDGE_WARN < CARTRIDGE_LIFE);
const _: () = assert!(UNSEATED_TIME.as_us() < 50_000);
const _: () = assert!(DEADMAN_TIMEOUT.as_us() < HEARTBEAT_TIMEOUT.as_us());
const _: () = assert!(BRAKE_EFFECT_TIME.as_us() < DRIVE_STUCK_TIME.as_us());
const _: () = assert!(DRIVE_STUCK_TIME.as_us() < STOP_TIME_MAX.as_us());
const _: () = assert!(STOP_TIME_MAX.as_us() < 500_000);
const _: () = assert!(KNOTS_MIN <= KNOTS_MAX);
const _: () = assert!(TICK_MIN.as_us() < 1_000 && 1_000 < TICK_MAX.as_us());
// 45 minutes in microseconds must fit the counter that holds it.
const _: () = assert!(SESSION_ELAPSED_MAX.as_us() < u32::MAX - 2_000_000);
