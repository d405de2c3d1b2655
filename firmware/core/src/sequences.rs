//! Sequences that were once wrong, played through both doors on a small rig: a cam that obeys, a
//! storage that keeps what it is told, hands that press.

use crate::calibration::Calibration;
use crate::cartridge::CartridgeDefect;
use crate::fault::Fault;
use crate::gate::{Bridge, Duty};
use crate::given::{self, PROFILE, SERIAL, ZONE, plan_of};
use crate::io::{
    Acceleration, Buttons, Inputs, Outputs, Quadrant, Sample, Tacho, Tag, TagReading, Trigger,
};
use crate::journal::{Record, ResetCause};
use crate::locks::Lock;
use crate::mode::Mode;
use crate::pen::{Boot, Pen};
use crate::plan::Plan;
use crate::request::{Refusal, Reply, Request, RequestKind, Role};
use crate::session::Ledger;
use crate::units::{Duration, Instant, Rate};

const TODAY: u16 = 2_500;
const QUARTER: i64 = 250_000_000;
const HELD: Acceleration = Acceleration {
    x_mg: 0,
    y_mg: 0,
    z_mg: 1_000,
    age: Duration::from_us(500),
};

fn calibration() -> Calibration {
    given::calibration(1, TODAY - 10, TODAY + 100)
}

fn plan() -> Plan {
    plan_of(1, TODAY, &[ZONE])
}

fn cartridge(id: u64, kind: u8) -> TagReading {
    TagReading::Present(Tag {
        id,
        kind,
        expiry_day: TODAY + 300,
        authentic: true,
        used: false,
    })
}

/// What is wrong with the tachometer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hall {
    True,
    /// No edges, and the quadrant stays what it was.
    Lost,
    /// One of the two switches does not change: edges come in pairs that cancel.
    OneStuck,
    /// Every other edge is missed.
    Halved,
}

#[expect(clippy::struct_excessive_bools, reason = "levels of switches")]
struct Rig {
    pen: Pen,
    boot: Boot,
    out: Outputs,
    log: Vec<Record>,
    trigger: bool,
    ok: bool,
    cable: bool,
    seated: bool,
    tag: TagReading,
    used: Vec<u64>,
    hall: Hall,
    frozen: Quadrant,
    /// The cam turns on for ever at this rate, whatever drives it.
    forced_mhz: Option<i64>,
    rate_mhz: i64,
    angle: i64,
    seen: i64,
    now_ms: u64,
    stored: (u16, Ledger),
}

impl Rig {
    fn new() -> Self {
        let boot = Boot {
            serial: SERIAL,
            cause: ResetCause::PowerOn,
            image_ok: true,
            memory_ok: true,
            second_switch: false,
            storage_ok: true,
            profile: Ok(PROFILE),
            calibration: Ok(calibration()),
            ledger: None,
            digest: 0,
            signed_off: crate::calibration::CalibrationId {
                generation: 1,
                digest: 0,
            },
        };
        Self {
            pen: Pen::new(&boot),
            boot,
            out: Outputs::SAFE,
            log: Vec::new(),
            trigger: false,
            ok: false,
            cable: false,
            seated: true,
            tag: cartridge(7, 2),
            used: Vec::new(),
            hall: Hall::True,
            frozen: Quadrant::Retracted,
            forced_mhz: None,
            rate_mhz: 0,
            angle: 0,
            seen: 0,
            now_ms: 1_000,
            stored: (0, Ledger::default()),
        }
    }

    /// Power goes and comes back: only what storage kept is left.
    fn power_cycle(&mut self) {
        self.boot.ledger = Some(self.stored.1);
        self.pen = Pen::new(&self.boot);
        self.stored.0 = 0;
        self.out = Outputs::SAFE;
        self.rate_mhz = 0;
    }

    fn quadrant(&self) -> Quadrant {
        match self.angle.div_euclid(QUARTER).rem_euclid(4) {
            0 => Quadrant::Retracted,
            1 => Quadrant::Extending,
            2 => Quadrant::Extended,
            _ => Quadrant::Retracting,
        }
    }

    /// What the winding draws: what is written, less what its rotation generates.
    fn current(&self) -> u16 {
        let motor = self.out.motor();
        let of = |duty: Duty| i64::from(duty.as_parts()) * 8_000 / 10_000;
        let written_mv = match motor.bridge() {
            _ if !motor.enable() => return 2_048,
            Bridge::Float => return 2_048,
            Bridge::Short => 0,
            Bridge::Forward(duty) => of(duty),
            Bridge::Backward(duty) => -of(duty),
        };
        let ma = (written_mv - self.rate_mhz * 33_615 / 1_000_000) * 1_000 / 2_980;
        u16::try_from(2_048 + ma.clamp(-2_000, 2_000)).unwrap()
    }

    /// A motor of the profile's data without friction: it follows its voltage in a few ms, and a
    /// shorted winding halves its rate in 17 ms.
    fn turn(&mut self) -> Tacho {
        let motor = self.out.motor();
        let pushed = |parts: u16| i64::from(parts) * 8_000 / 10_000 * 1_000_000 / 33_615;
        let goal = match motor.bridge() {
            Bridge::Forward(duty) if motor.enable() => pushed(duty.as_parts()),
            Bridge::Backward(duty) if motor.enable() => -pushed(duty.as_parts()),
            Bridge::Forward(_) | Bridge::Backward(_) | Bridge::Float | Bridge::Short => 0,
        };
        let share = match motor.bridge() {
            Bridge::Float => 200,
            Bridge::Short => 25,
            Bridge::Forward(_) | Bridge::Backward(_) => 10,
        };
        self.rate_mhz += (goal - self.rate_mhz) / share;
        if self.rate_mhz.abs() < 9_000 && goal == 0 {
            self.rate_mhz = 0;
        }
        if let Some(rate) = self.forced_mhz {
            self.rate_mhz = rate;
        }
        let before = self.angle.div_euclid(QUARTER);
        self.angle += self.rate_mhz * 1_000;
        let after = self.angle.div_euclid(QUARTER);
        let edges = i8::try_from(after - before).unwrap();
        self.seen += i64::from(edges.abs());
        let (edges, quadrant) = match self.hall {
            Hall::True => (edges, self.quadrant()),
            Hall::Lost => (0, self.frozen),
            Hall::OneStuck => match (edges, after.rem_euclid(4)) {
                (1, 0) => (1, Quadrant::Retracted),
                (1, 2) => (-1, Quadrant::Extending),
                _ => (0, Quadrant::Retracted),
            },
            Hall::Halved => (
                edges * i8::try_from(self.seen % 2).unwrap(),
                self.quadrant(),
            ),
        };
        Tacho {
            edges,
            edge_age: Duration::from_us(0),
            quadrant,
        }
    }

    fn tick(&mut self) {
        let tacho = self.turn();
        let shake = if self.angle.rem_euclid(4 * QUARTER) < 2 * QUARTER {
            14
        } else {
            0
        };
        let sample = |counts: u16| Sample {
            counts,
            age: Duration::from_us(0),
        };
        let tag = match self.tag {
            TagReading::Present(tag) if self.seated => TagReading::Present(Tag {
                used: tag.used || self.used.contains(&tag.id),
                ..tag
            }),
            TagReading::Present(_) | TagReading::Absent | TagReading::Unreadable => {
                TagReading::Absent
            }
        };
        let inputs = Inputs {
            tacho,
            depth_a: sample(1_800 + shake),
            depth_b: sample(2_600 - shake),
            current: sample(self.current()),
            battery: sample(3_200),
            grip: sample(2_048),
            acceleration: Acceleration {
                x_mg: if self.now_ms.is_multiple_of(2) { 4 } else { 0 },
                ..HELD
            },
            trigger: Trigger {
                closed: self.trigger,
                opened: self.trigger,
            },
            buttons: Buttons {
                next: false,
                ok: self.ok,
            },
            seated: self.seated,
            vbus: self.cable,
            tag,
            ledger_stored: self.stored.0,
        };
        self.now_ms += 1;
        self.out = self
            .pen
            .step(Instant::from_us(self.now_ms * 1_000), &inputs);
        if let Some(id) = self.out.burn()
            && !self.used.contains(&id)
        {
            self.used.push(id);
        }
        if self.out.is_quiet() && self.out.ledger() != self.stored.0 {
            self.stored = (self.out.ledger(), self.pen.ledger());
        }
    }

    fn collect(&mut self) {
        while let Some(entry) = self.pen.take_record() {
            self.log.push(entry.record);
        }
    }

    fn run(&mut self, ms: u32) {
        for _ in 0..ms {
            self.tick();
            self.collect();
        }
    }

    fn mode(&self) -> Mode {
        self.pen.status().mode
    }

    fn fault(&self) -> Option<Fault> {
        self.pen.status().fault.map(|trip| trip.fault)
    }

    fn press_ok(&mut self) {
        self.ok = true;
        self.run(30);
        self.ok = false;
        self.run(30);
    }

    fn ask(&mut self, request: Request) {
        let answer = self.pen.request(Role::Technician, request);
        assert_eq!(answer, Ok(Reply::Done), "{:?}", self.pen.status());
    }

    fn arm(&mut self) {
        self.press_ok();
        assert_eq!(self.mode(), Mode::Ready, "{:?}", self.log.last());
        self.run(300);
    }

    /// In Service, with the dummy in the seat.
    fn serve(&mut self) {
        self.tag = cartridge(99, 200);
        self.ok = true;
        self.run(30);
        self.ask(Request::EnterService);
    }

    fn ready() -> Self {
        let mut rig = Self::new();
        rig.run(1_000);
        assert_eq!(rig.mode(), Mode::Standby, "{:?}", rig.pen.status());
        rig.ask(Request::LoadPlan(plan()));
        rig.arm();
        rig
    }

    fn treating() -> Self {
        let mut rig = Self::ready();
        rig.trigger = true;
        rig.run(800);
        assert_eq!(rig.mode(), Mode::Treating, "{:?}", rig.pen.status());
        rig
    }
}

#[test]
fn stop_008_a_tap_on_the_trigger_does_not_look_like_a_brake_that_fails() {
    let mut rig = Rig::ready();
    for held in 31..250 {
        rig.trigger = true;
        rig.run(held);
        rig.trigger = false;
        rig.run(800);
        assert_eq!(rig.fault(), None, "held {held} ms");
        assert_eq!(rig.mode(), Mode::Ready, "held {held} ms");
    }
}

#[test]
fn stop_008_edges_that_come_back_after_the_brake_are_not_a_stuck_drive() {
    let mut rig = Rig::treating();
    rig.hall = Hall::Lost;
    rig.run(30);
    assert_eq!(rig.fault(), Some(Fault::FeedbackLost));
    rig.hall = Hall::True;
    rig.trigger = false;
    rig.run(600);
    assert_eq!(rig.mode(), Mode::Faulted);
    assert_eq!(rig.pen.ledger().terminal, None);
    rig.press_ok();
    assert_eq!(rig.fault(), None);
}

#[test]
fn cart_004_after_a_trip_the_same_cartridge_goes_on() {
    let mut rig = Rig::treating();
    rig.hall = Hall::Lost;
    rig.run(200);
    rig.hall = Hall::True;
    rig.trigger = false;
    rig.run(800);
    rig.press_ok();
    assert_eq!(rig.fault(), None);
    rig.run(500);
    rig.arm();
}

#[test]
fn cart_004_a_drive_of_service_ends_no_pause() {
    let mut rig = Rig::treating();
    rig.trigger = false;
    rig.run(800);
    rig.run(30 * 60_000);
    assert_eq!(rig.mode(), Mode::Ready);
    rig.tag = cartridge(9, 200);
    rig.run(30);
    rig.ok = true;
    rig.run(30);
    rig.ask(Request::EnterService);
    rig.ask(Request::Run(Rate::from_hz(60)));
    rig.run(100);
    rig.ask(Request::LeaveService);
    rig.run(800);
    assert_eq!(rig.mode(), Mode::Standby, "{:?}", rig.pen.status());
    rig.ok = false;
    rig.tag = cartridge(7, 2);
    rig.run(300);
    rig.press_ok();
    let why = Refusal::Cartridge(CartridgeDefect::PausedTooLong);
    let what = RequestKind::ConfirmZone;
    assert_eq!(rig.log.last(), Some(&Record::Refused { what, why }));
}

#[test]
fn log_001_refusals_do_not_crowd_out_the_trip() {
    let mut rig = Rig::treating();
    for _ in 0..100 {
        let _ = rig.pen.request(Role::Operator, Request::LoadPlan(plan()));
    }
    rig.hall = Hall::Lost;
    for _ in 0..600 {
        rig.tick();
    }
    rig.collect();
    let told = |what: &dyn Fn(&Record) -> bool| rig.log.iter().any(what);
    assert!(told(
        &|record| matches!(record, Record::Tripped(trip) if trip.fault == Fault::FeedbackLost)
    ));
    assert!(told(&|record| matches!(record, Record::Halted { .. })));
    assert!(told(&|record| matches!(record, Record::Lost { .. })));
}

#[test]
fn cal_003_an_overdue_calibration_committed_under_a_plan_does_not_treat() {
    let mut rig = Rig::new();
    rig.run(1_000);
    rig.ask(Request::LoadPlan(plan()));
    let old = Calibration {
        generation: 2,
        made_day: TODAY - 200,
        due_day: TODAY - 100,
        ..calibration()
    };
    rig.tag = cartridge(99, 200);
    rig.ok = true;
    rig.run(30);
    rig.ask(Request::EnterService);
    let granted = rig.pen.request(
        Role::Technician,
        Request::Revert {
            calibration: old,
            digest: 0,
        },
    );
    assert_eq!(granted, Ok(Reply::Store(old)));
    assert_eq!(rig.pen.calibration_stored(old, 1), Ok(()));
    let granted = rig
        .pen
        .request(Role::Technician, Request::SignOff { generation: 2 });
    assert_eq!(granted, Ok(Reply::SignOff));
    assert_eq!(rig.pen.sign_off_stored(), Ok(()));
    rig.ask(Request::LeaveService);
    rig.ok = false;
    rig.tag = cartridge(7, 2);
    rig.run(500);
    assert_eq!(
        (rig.mode(), rig.pen.calibration()),
        (Mode::Standby, Some(old))
    );
    rig.press_ok();
    assert_eq!(rig.mode(), Mode::Standby);
    assert!(rig.log.contains(&Record::Refused {
        what: RequestKind::ConfirmZone,
        why: Refusal::CalibrationOverdue {
            until: TODAY - 70,
            today: TODAY,
        },
    }));
}

/// Only what was granted comes into force: no other, and not twice.
#[test]
fn cal_001_no_calibration_comes_into_force_that_was_not_granted() {
    let mut rig = Rig::new();
    rig.run(1_000);
    let in_force = rig.pen.calibration();
    let next = Calibration {
        generation: 2,
        ..calibration()
    };
    let refused = |rig: &mut Rig, asked: Calibration| {
        let why = Refusal::NothingStaged;
        assert_eq!(rig.pen.calibration_stored(asked, 1), Err(why));
        assert_eq!(rig.pen.calibration(), in_force);
        rig.run(1);
        let what = RequestKind::Commit;
        assert_eq!(rig.log.last(), Some(&Record::Refused { what, why }));
    };
    refused(&mut rig, next);
    rig.serve();
    refused(&mut rig, next);
    let granted = rig.pen.request(
        Role::Technician,
        Request::Revert {
            calibration: next,
            digest: 0,
        },
    );
    assert_eq!(granted, Ok(Reply::Store(next)));
    let mut another = next;
    another.clock_ppm += 1;
    refused(&mut rig, another);
    // What the Service before granted is granted no more.
    rig.ask(Request::LeaveService);
    rig.run(1);
    rig.ask(Request::EnterService);
    refused(&mut rig, next);
    let granted = rig.pen.request(
        Role::Technician,
        Request::Revert {
            calibration: next,
            digest: 0,
        },
    );
    assert_eq!(granted, Ok(Reply::Store(next)));
    assert_eq!(rig.pen.calibration_stored(next, 1), Ok(()));
    assert_eq!(rig.pen.calibration(), Some(next));
    assert_eq!(
        rig.pen.calibration_stored(next, 1),
        Err(Refusal::NothingStaged)
    );
}

/// Whatever ends Service, nothing of it is left staged: not a fault either.
#[test]
fn cal_001_a_fault_in_service_leaves_nothing_staged() {
    for turns in [false, true] {
        let mut rig = Rig::new();
        rig.run(1_000);
        rig.serve();
        rig.ask(Request::Stage {
            calibration: Calibration {
                generation: 2,
                made_day: TODAY,
                ..calibration()
            },
            digest: 5,
        });
        if turns {
            rig.ask(Request::Run(Rate::from_hz(60)));
            rig.run(100);
            assert_eq!(rig.mode(), Mode::ServiceRunning);
            rig.hall = Hall::Lost;
        } else {
            rig.forced_mhz = Some(40_000);
        }
        rig.run(200);
        assert!(rig.fault().is_some(), "{turns}");
        assert_eq!(rig.pen.staged(), None, "{turns}");
    }
}

#[test]
fn cal_001_what_is_staged_can_be_read_back_until_it_is_discarded() {
    let mut rig = Rig::new();
    rig.run(1_000);
    rig.serve();
    let next = Calibration {
        generation: 2,
        made_day: TODAY,
        ..calibration()
    };
    assert_eq!(rig.pen.staged(), None);
    rig.ask(Request::Stage {
        calibration: next,
        digest: 5,
    });
    assert_eq!(rig.pen.staged(), Some((next, 5)));
    assert_eq!(rig.pen.status().staged, Some(5));
    rig.ask(Request::Discard);
    assert_eq!(rig.pen.staged(), None);
    let refused = Err(Refusal::NothingStaged);
    for request in [Request::Commit { digest: 5 }, Request::Discard] {
        assert_eq!(rig.pen.request(Role::Technician, request), refused);
    }
    assert_eq!(rig.pen.calibration(), Some(calibration()));
}

/// The session is open, its zone is left: what the cam does then is none of the patient's strokes.
#[test]
fn sess_002_strokes_of_service_and_of_a_finger_at_the_cam_belong_to_nobody_s_session() {
    for serves in [true, false] {
        let mut rig = Rig::ready();
        rig.tag = cartridge(99, 200);
        rig.run(300);
        assert_eq!(rig.mode(), Mode::Standby, "{:?}", rig.pen.status());
        let before = rig.pen.ledger();
        assert!(before.open && before.reserved.is_none());
        if serves {
            rig.serve();
            rig.ask(Request::Run(Rate::from_hz(80)));
            rig.run(200);
            assert_eq!(rig.mode(), Mode::ServiceRunning);
            rig.ask(Request::Stop);
        } else {
            rig.forced_mhz = Some(40_000);
            rig.run(100);
            assert_eq!(rig.mode(), Mode::FaultReaction);
        }
        let seen = rig.seen;
        rig.run(400);
        assert!(rig.seen >= seen + 8, "{} quarters", rig.seen - seen);
        let after = rig.pen.ledger();
        assert_eq!(after.strokes, before.strokes, "{serves}");
        assert_eq!(after.cartridge_strokes, before.cartridge_strokes);
        assert_eq!(after.zones, before.zones);
    }
}

/// A write to flash takes longer than a host may be silent: what storage has then, and what is in
/// force, must be the same. It is told as what it was granted as.
#[test]
fn store_005_service_that_ends_during_the_write_keeps_the_calibration_from_nothing() {
    for (reverts, ends) in [(false, 0), (false, 1), (true, 0), (true, 2)] {
        let mut rig = Rig::new();
        rig.run(1_000);
        rig.serve();
        let next = Calibration {
            generation: 2,
            made_day: TODAY,
            due_day: TODAY + 100,
            ..calibration()
        };
        let request = if reverts {
            Request::Revert {
                calibration: next,
                digest: 0,
            }
        } else {
            rig.ask(Request::Stage {
                calibration: next,
                digest: 5,
            });
            Request::Commit { digest: 5 }
        };
        let granted = rig.pen.request(Role::Technician, request);
        assert_eq!(granted, Ok(Reply::Store(next)));
        match ends {
            // Silence, the technician, or a cam that is turned by hand.
            0 => rig.run(3_100),
            1 => rig.ask(Request::LeaveService),
            _ => {
                rig.forced_mhz = Some(40_000);
                rig.run(600);
            }
        }
        assert_ne!(rig.mode(), Mode::Service, "{reverts} {ends}");
        assert_eq!(rig.pen.calibration_stored(next, 5), Ok(()));
        assert_eq!(rig.pen.calibration(), Some(next));
        rig.run(1);
        let told = if reverts {
            Record::CalibrationReverted { generation: 2 }
        } else {
            Record::CalibrationCommitted {
                generation: 2,
                digest: 5,
            }
        };
        assert!(rig.log.contains(&told), "{reverts} {ends}");
    }
}

/// "Counts up for ever": the session after the last number has another number, and used time is not
/// given back under the old one.
#[test]
fn sess_008_no_session_is_opened_under_the_number_of_the_one_before() {
    for (before, after) in [(0, 1), (7, 8), (u32::MAX - 1, u32::MAX), (u32::MAX, 1)] {
        let mut rig = Rig::new();
        rig.stored.1 = Ledger {
            session: before,
            ..Ledger::default()
        };
        rig.power_cycle();
        rig.run(1_000);
        rig.ask(Request::LoadPlan(plan()));
        rig.arm();
        assert_eq!((rig.mode(), rig.pen.ledger().session), (Mode::Ready, after));
    }
}

#[test]
fn sess_008_a_power_cycle_gives_back_no_more_than_a_minute() {
    let mut rig = Rig::treating();
    rig.trigger = false;
    rig.run(20 * 60_000);
    assert_eq!(rig.mode(), Mode::Ready);
    let elapsed = rig.pen.ledger().elapsed;
    rig.power_cycle();
    assert!(rig.pen.ledger().elapsed >= elapsed.minus(Duration::from_min(1)));
    rig.run(1_000);
    assert_eq!(rig.mode(), Mode::Standby);
    rig.run(10 * 60_000);
    let elapsed = rig.pen.ledger().elapsed;
    rig.power_cycle();
    assert!(rig.pen.ledger().elapsed >= elapsed.minus(Duration::from_min(1)));
}

#[test]
fn rate_009_a_motor_that_never_came_to_rest_is_seen() {
    let mut rig = Rig::treating();
    rig.trigger = false;
    rig.run(20);
    // Too slow for a stuck drive, too fast to stand; later it speeds up.
    rig.forced_mhz = Some(12_000);
    rig.run(1_000);
    rig.forced_mhz = Some(100_000);
    rig.run(2_000);
    assert!(rig.fault().is_some(), "{:?}", rig.pen.status());
}

#[test]
fn cart_003_a_tag_without_an_identity_is_refused() {
    let mut rig = Rig::new();
    rig.tag = cartridge(0, 2);
    rig.run(1_000);
    rig.ask(Request::LoadPlan(plan()));
    rig.press_ok();
    assert_eq!(rig.mode(), Mode::Standby);
}

#[test]
fn log_001_the_punctures_of_a_cartridge_that_was_taken_out_are_told() {
    let mut rig = Rig::treating();
    rig.trigger = false;
    rig.run(1_000);
    rig.seated = false;
    rig.run(100);
    let strokes = rig.pen.ledger().strokes.as_count();
    rig.ask(Request::EndSession);
    rig.collect();
    let told = rig.log.iter().find_map(|record| match record {
        Record::SessionClosed { punctures, .. } => Some(*punctures),
        _ => None,
    });
    assert_eq!(told, Some(strokes * 12));
}

#[test]
fn rate_002_a_tachometer_that_misses_every_other_edge_does_not_double_the_rate() {
    for hall in [Hall::Halved, Hall::OneStuck] {
        let mut rig = Rig::treating();
        rig.hall = hall;
        let mut worst = 0;
        for _ in 0..1_000 {
            rig.run(1);
            if rig.mode() == Mode::Treating {
                worst = rig.rate_mhz.max(worst);
            }
        }
        assert!(rig.fault().is_some(), "{worst} mHz");
        assert!(worst < 160_000, "{worst} mHz");
    }
}

#[test]
fn sess_002_every_short_tap_counts_as_a_stroke() {
    let mut rig = Rig::ready();
    let mut taps = 0;
    for held in [45, 50, 55, 60, 65, 70].into_iter().cycle().take(60) {
        let before = rig.seen;
        rig.trigger = true;
        rig.run(held);
        rig.trigger = false;
        rig.run(800);
        taps += u32::from(rig.seen > before);
    }
    assert!(
        rig.pen.ledger().strokes.as_count() >= taps,
        "{taps} taps, {:?}",
        rig.pen.ledger().strokes
    );
}

#[test]
fn test_001_the_lock_of_the_tests_is_closed_in_boot_until_250_ms_are_over_and_then_open() {
    let mut rig = Rig::new();
    let mut booted = 0;
    for ms in 1..=400 {
        rig.run(1);
        let status = rig.pen.status();
        let boots = status.mode == Mode::Boot;
        booted += u32::from(boots);
        assert_eq!(status.locks.has(Lock::Testing), boots, "{ms} ms");
    }
    // The tick that makes it 250 ms leaves Boot.
    assert_eq!(booted, 249);
}

#[test]
fn depth_012_a_pen_whose_ring_sets_the_depth_moves_no_actuator() {
    let mut rig = Rig::treating();
    for _ in 0..100 {
        rig.run(1);
        assert_eq!(rig.mode(), Mode::Treating);
        assert_eq!(rig.out.depth.target.as_um(), 0);
    }
}
