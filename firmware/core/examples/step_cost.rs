//! A pen's day in a few seconds, for counting what one control step costs.
//!
//! Boots, waits in Standby, opens a zone, treats twice at two rates with an edge every few ticks,
//! stops, parks, trips once on a ring that was turned too deep, and is acknowledged. `.ci/instructions`
//! runs it under callgrind and counts the instructions of every single call of [`one_step`].
//! Prints how many steps each mode got, so that nobody counts a pen that never treated.

use pen_core::calibration::{Calibration, Channel, Knot, Table};
use pen_core::gate::Bridge;
use pen_core::io::{
    Acceleration, Buttons, Inputs, Outputs, Quadrant, Sample, Tacho, Tag, TagReading, Trigger,
};
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_core::pen::{Boot, Pen};
use pen_core::plan::{Plan, Screening, Zone, ZonePlan};
use pen_core::profile::{DeviceClass, DeviceProfile, Mechanism, MotorData};
use pen_core::request::{Request, Role};
use pen_core::units::{Depth, Duration, Instant, Rate, Strokes};

const SERIAL: u64 = 7;
/// Quarter turns of the cam, in order.
const TURN: [Quadrant; 4] = [
    Quadrant::Retracted,
    Quadrant::Extending,
    Quadrant::Extended,
    Quadrant::Retracting,
];

/// Angle of a quarter turn.
const QUARTER: i64 = 1_000_000;

/// What is counted: one call of the step, and nothing else.
#[inline(never)]
fn one_step(pen: &mut Pen, now: Instant, inputs: &Inputs) -> Outputs {
    pen.step(now, inputs)
}

/// A crude world: a cam that follows its command, a ring, a finger.
struct World {
    pen: Pen,
    tick: u64,
    depth_um: i32,
    held: bool,
    ok: bool,
    /// Rate of the cam. Unit: mHz.
    rate_mhz: i64,
    target_mhz: i64,
    /// Angle of the cam, [`QUARTER`]s.
    angle: i64,
    outputs: Outputs,
    steps: [u32; Mode::ALL.len()],
}

impl World {
    fn new() -> Self {
        let boot = Boot {
            serial: SERIAL,
            cause: ResetCause::PowerOn,
            image_ok: true,
            memory_ok: true,
            second_switch: false,
            storage_ok: true,
            profile: Ok(profile()),
            calibration: Ok(calibration()),
            ledger: None,
            digest: 0,
            signed_off: pen_core::calibration::CalibrationId {
                generation: 1,
                digest: 0,
            },
        };
        Self {
            pen: Pen::new(&boot),
            tick: 0,
            depth_um: 1_000,
            held: false,
            ok: false,
            rate_mhz: 0,
            target_mhz: 0,
            angle: 0,
            outputs: Outputs::SAFE,
            steps: [0; Mode::ALL.len()],
        }
    }

    fn run(&mut self, ms: u32) {
        for _ in 0..ms {
            let inputs = self.inputs();
            self.tick += 1;
            self.outputs = one_step(&mut self.pen, Instant::from_us(self.tick * 1_000), &inputs);
            while self.pen.take_record().is_some() {}
            let mode = self.pen.status().mode;
            let place = Mode::ALL.iter().position(|it| *it == mode).unwrap_or(0);
            self.steps[place] += 1;
        }
    }

    fn press_ok(&mut self) {
        self.ok = true;
        self.run(30);
        self.ok = false;
        self.run(230);
    }

    fn inputs(&mut self) -> Inputs {
        let tacho = self.turn();
        // The ring shakes with every stroke.
        let shake = [0, 14, 28, 14]
            [usize::try_from(self.angle.div_euclid(QUARTER).rem_euclid(4)).unwrap_or(0)];
        let um = u16::try_from(self.depth_um).unwrap_or(0);
        let sample = |counts| Sample {
            counts,
            age: Duration::from_us(200),
        };
        Inputs {
            tacho,
            depth_a: sample(400 + um / 5 * 7 + shake),
            depth_b: sample(3_900 - um / 10 * 13 - shake),
            current: sample(
                2_048
                    + if self.outputs.motor().drives() {
                        110
                    } else {
                        0
                    },
            ),
            battery: sample(3_160),
            grip: sample(1_800),
            acceleration: Acceleration {
                x_mg: if self.tick.is_multiple_of(2) {
                    500
                } else {
                    504
                },
                y_mg: 100,
                z_mg: 860 + 2 * i16::try_from(shake).unwrap_or(0),
                age: Duration::from_us(700),
            },
            trigger: Trigger {
                closed: self.held,
                opened: self.held,
            },
            buttons: Buttons {
                next: false,
                ok: self.ok,
            },
            seated: true,
            vbus: false,
            tag: TagReading::Present(Tag {
                id: 42,
                kind: 2,
                expiry_day: 9_000,
                authentic: true,
                used: false,
            }),
            ledger_stored: self.outputs.ledger(),
        }
    }

    /// Moves the cam on by a millisecond: up the ramp while driven, down while braked, and in
    /// small steps while it is parked.
    fn turn(&mut self) -> Tacho {
        let driven = self.outputs.motor().drives();
        let parks = self.pen.status().mode != Mode::Treating;
        self.rate_mhz = match (driven, parks) {
            (true, true) => 10_000,
            (true, false) => (self.rate_mhz + 600).min(self.target_mhz),
            (false, _) => (self.rate_mhz - 5_000).max(0),
        };
        let back = matches!(self.outputs.motor().bridge(), Bridge::Backward(_));
        // mHz x 1 ms x 4 quarters: so many millionths of a quarter.
        let moved = self.rate_mhz * 4;
        let before = self.angle.div_euclid(QUARTER);
        self.angle += if back { -moved } else { moved };
        let quarter = self.angle.div_euclid(QUARTER);
        let past = if back {
            QUARTER - self.angle.rem_euclid(QUARTER)
        } else {
            self.angle.rem_euclid(QUARTER)
        };
        let age_us = (past * 1_000).checked_div(moved).unwrap_or(0);
        Tacho {
            edges: i8::try_from(quarter - before).unwrap_or(i8::MAX),
            edge_age: Duration::from_us(u32::try_from(age_us).unwrap_or(0)),
            quadrant: TURN[usize::try_from(quarter.rem_euclid(4)).unwrap_or(0)],
        }
    }
}

fn main() {
    let mut world = World::new();
    world.run(700);
    let loaded = world.pen.request(Role::Operator, Request::LoadPlan(plan()));
    assert!(loaded.is_ok(), "{loaded:?}");
    world.press_ok();
    for (target_mhz, ms) in [(100_000, 900), (50_000, 300)] {
        world.target_mhz = target_mhz;
        world.held = true;
        world.run(ms);
        world.held = false;
        world.run(450);
    }
    // The ring goes beyond the cap of 1.2 mm while the needles move.
    world.target_mhz = 100_000;
    world.held = true;
    world.run(400);
    world.depth_um = 1_500;
    world.run(100);
    world.held = false;
    world.depth_um = 1_000;
    world.run(600);
    world.press_ok();
    for (mode, steps) in Mode::ALL.iter().zip(world.steps) {
        println!("{steps:6} steps end in {mode:?}");
    }
    for needed in [
        Mode::Standby,
        Mode::Ready,
        Mode::Treating,
        Mode::Stopping,
        Mode::Faulted,
    ] {
        let place = Mode::ALL.iter().position(|it| *it == needed);
        let seen = place.is_some_and(|place| world.steps[place] > 0);
        assert!(
            seen,
            "the pen was never in {needed:?}: this measures nothing"
        );
    }
}

fn profile() -> DeviceProfile {
    DeviceProfile {
        serial: SERIAL,
        class: DeviceClass::Professional,
        mechanism: Mechanism::Ring,
        depth_max: Depth::from_um(2_400),
        stroke: Depth::from_um(2_500),
        rate_min: Rate::from_hz(50),
        rate_max: Rate::from_hz(150),
        accel_mhz_per_ms: 600,
        session_on: Duration::from_min(30),
        session_elapsed: Duration::from_min(45),
        motor: MotorData {
            resistance_mohm: 2_980,
            back_emf_uv_per_hz: 33_615,
            friction_mv: 130,
        },
    }
}

/// Eleven knots on the nominal lines: the longest tables there are.
fn calibration() -> Calibration {
    let table = |channel: Channel, first: u16, step: u16| {
        let mut knots = [None; 11];
        for (knot, place) in knots.iter_mut().zip(0_u16..) {
            let counts = first + place * step;
            *knot = Some(Knot {
                counts,
                depth: channel.nominal(counts),
            });
        }
        Table { knots }
    };
    Calibration {
        serial: SERIAL,
        generation: 1,
        technician: 1,
        made_day: 2_500,
        due_day: 2_865,
        clock_ppm: 120,
        a: table(Channel::A, 260, 364),
        b: table(Channel::B, 650, 338),
    }
}

fn plan() -> Plan {
    let mut zones = [None; 8];
    zones[0] = Some(ZonePlan {
        zone: Zone::Cheek,
        depth: Depth::from_um(1_200),
        rate: Rate::from_hz(100),
        time: Duration::from_min(5),
        strokes: Strokes::from_count(30_000),
        override_reason: None,
    });
    Plan {
        id: 1,
        day: 2_501,
        operator: 1,
        token: 1,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones,
    }
}
