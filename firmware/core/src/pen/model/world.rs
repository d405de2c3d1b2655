//! The world that the model puts around the rooms: records, senses, hands and tags, each as the real
//! rooms make it of inputs.

use super::super::{Boot, Pen};
use super::asks;
use crate::admitted::Admitted;
use crate::calibration::Calibration;
pub(super) use crate::given::ZONE;
use crate::given::{self, PROFILE, SERIAL, plan_of};
use crate::hands::Hands;
use crate::io::{Acceleration, Buttons, Inputs, Sample, Tag, TagReading, Trigger};
use crate::journal::{RecordDefect, ResetCause};
use crate::limits;
use crate::locks::{Lock, Locks};
use crate::plan::{Plan, Zone, ZonePlan};
use crate::profile::{DeviceProfile, Mechanism, ProfileDefect};
use crate::request::Request;
use crate::seat::Seat;
use crate::units::{Depth, Duration, Instant};

pub(super) const TODAY: u16 = limits::RELEASE_DAY;
/// So far ahead that only a held button confirms it.
pub(super) const FAR: u16 = TODAY + limits::DAY_JUMP_MAX + 1;
/// The session's cartridge, and any other.
pub(super) const OWN: u64 = 7;
const OTHER: u64 = 8;
pub(super) const DIGEST: u32 = 77;
/// A plan of these zones: what one may use.
pub(super) const ZONE_TIME: Duration = Duration::from_min(5);
pub(super) const ZONE_STROKES: u32 = 40_000;

/// What the depth channels, the battery and the accelerometer tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Fine,
    AtZero,
    TooDeep,
    /// Deeper than any profile allows.
    Beyond,
    Apart,
    Unknown,
    BatteryLow,
    BatteryShort,
    BatteryUnknown,
    Turns,
    Falls,
}

const SENSES: [Sense; 11] = [
    Sense::Fine,
    Sense::AtZero,
    Sense::TooDeep,
    Sense::Beyond,
    Sense::Apart,
    Sense::Unknown,
    Sense::BatteryLow,
    Sense::BatteryShort,
    Sense::BatteryUnknown,
    Sense::Turns,
    Sense::Falls,
];

/// What hands do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// Nothing: the trigger is free.
    Away,
    /// The trigger is held.
    Trigger,
    /// The confirm button is down, not for long.
    Confirms,
    /// The confirm button has been held for long.
    Insists,
    /// Both the trigger and, for long, the confirm button.
    Both,
}

const HANDS: [Hand; 5] = [
    Hand::Away,
    Hand::Trigger,
    Hand::Confirms,
    Hand::Insists,
    Hand::Both,
];

/// What is in the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seated {
    Own,
    /// The session's own, its use already on the tag, after a pause that is short enough.
    OwnResumed,
    /// The same after a pause that is too long.
    OwnPaused,
    Other,
    OtherUsed,
    Expired,
    Short,
    Dummy,
    Unauthentic,
    UnknownKind,
    Unreadable,
    NoTag,
    Nothing,
}

/// Which records are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Whole,
    NoProfile,
    NoCalibration,
    Overdue,
    BadImage,
    /// The depth is set by an actuator, which is not there yet.
    Actuator,
}

const KEPT: [Kept; 6] = [
    Kept::Whole,
    Kept::NoProfile,
    Kept::NoCalibration,
    Kept::Overdue,
    Kept::BadImage,
    Kept::Actuator,
];

/// Everything around the modelled rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) sense: Sense,
    pub(super) hand: Hand,
    pub(super) seated: Seated,
    pub(super) kept: Kept,
    /// A current flows, or the clock is wrong.
    pub(super) lock: Option<Lock>,
    /// Both paths of torque were found open.
    pub(super) tested: bool,
    /// The plan in force is of a day far ahead.
    pub(super) far: bool,
    /// A session has seen a day far ahead.
    pub(super) seen_far: bool,
}

/// Nothing is amiss.
pub(super) const FINE: Facts = Facts {
    sense: Sense::Fine,
    hand: Hand::Away,
    seated: Seated::Own,
    kept: Kept::Whole,
    lock: None,
    tested: true,
    far: false,
    seen_far: false,
};

/// Who is asked in which world; places in these lists are what the checker's actions carry.
#[derive(Debug)]
pub(super) struct World {
    template: Pen,
    senses: Vec<Pen>,
    hands: Vec<Hands>,
    kept: Vec<Pen>,
    tested: Pen,
    pub(super) plan: Plan,
    /// The calibration that a technician stages, and the one before as it would return.
    pub(super) staged: Calibration,
    pub(super) reverted: Calibration,
    pub(super) admitted: Admitted,
    pub(super) boot: Boot,
    /// Worlds in which a zone may be asked for.
    pub(super) arms: Vec<Facts>,
    pub(super) starts: Vec<Facts>,
    pub(super) acknowledges: Vec<Facts>,
    pub(super) zeros: Vec<Facts>,
    /// One request of each kind with nothing amiss: asked in every mode, by every role.
    pub(super) asked: Vec<(Request, Facts)>,
    /// The same with something amiss: asked by the least role that may, where the mode lets it.
    pub(super) amiss: Vec<(Request, Facts)>,
}

impl World {
    pub(super) fn new() -> Self {
        let calibration = calibration(2);
        let boot = Boot {
            serial: SERIAL,
            cause: ResetCause::PowerOn,
            image_ok: true,
            memory_ok: true,
            second_switch: false,
            storage_ok: true,
            profile: Ok(PROFILE),
            calibration: Ok(calibration),
            ledger: None,
            digest: 0,
            signed_off: crate::calibration::CalibrationId {
                generation: 2,
                digest: 0,
            },
        };
        let template = drained(Pen::new(&boot));
        let plan = plan(1);
        let admitted = Admitted::new(&PROFILE, &plan, &ZONE, Depth::from_um(2_500));
        let reverted = Calibration {
            generation: 3,
            ..calibration
        };
        let staged = Calibration {
            technician: 9,
            ..reverted
        };
        Self {
            senses: SENSES.map(|sense| sensing(&boot, sense)).into(),
            hands: HANDS.map(hands).into(),
            kept: KEPT
                .map(|kept| drained(Pen::new(&with(&boot, kept))))
                .into(),
            tested: tested(&boot),
            template,
            plan,
            staged,
            reverted,
            admitted,
            boot,
            arms: asks::arms(),
            starts: asks::starts(),
            acknowledges: asks::acknowledges(),
            zeros: asks::zeros(),
            asked: asks::asked(&plan, &staged, &calibration),
            amiss: asks::amiss(&plan, &staged, &calibration),
        }
    }

    /// A pen in this world whose modelled rooms are still those of a start.
    pub(super) fn pen(&self, facts: &Facts) -> Pen {
        let place = |list: &[Sense], one| list.iter().position(|known| *known == one).unwrap();
        let mut pen = self.template.clone();
        pen.senses = self.senses[place(&SENSES, facts.sense)].senses;
        pen.hands = self.hands[HANDS.iter().position(|one| *one == facts.hand).unwrap()];
        pen.records = self.kept[KEPT.iter().position(|one| *one == facts.kept).unwrap()].records;
        pen.seat = seat(facts.seated);
        pen.locks = facts
            .lock
            .map_or(Locks::NONE, |lock| Locks::NONE.with(lock, true));
        if facts.tested {
            pen.drive = self.tested.drive;
        }
        pen
    }

    /// The plan that is in force in this world, if one is.
    pub(super) fn plan_in(&self, facts: &Facts) -> Plan {
        Plan {
            day: if facts.far { FAR } else { TODAY },
            ..self.plan
        }
    }

    /// The last day that a session has seen in this world.
    pub(super) const fn day_in(facts: &Facts) -> u16 {
        if facts.seen_far { FAR } else { TODAY }
    }
}

fn drained(mut pen: Pen) -> Pen {
    while pen.take_record().is_some() {}
    pen
}

fn with(boot: &Boot, kept: Kept) -> Boot {
    let mut boot = *boot;
    match kept {
        Kept::Whole => {}
        Kept::NoProfile => boot.profile = Err(ProfileDefect::Missing),
        Kept::NoCalibration => boot.calibration = Err(RecordDefect::Missing),
        Kept::Overdue => {
            boot.calibration = Ok(Calibration {
                due_day: TODAY - limits::CAL_GRACE_DAYS - 1,
                ..calibration(2)
            });
        }
        Kept::BadImage => boot.image_ok = false,
        Kept::Actuator => {
            boot.profile = Ok(DeviceProfile {
                mechanism: Mechanism::Actuator,
                ..PROFILE
            });
        }
    }
    boot
}

fn calibration(generation: u32) -> Calibration {
    given::calibration(generation, TODAY, FAR + 100)
}

/// A plan of two zones for a patient of the same number.
pub(super) fn plan(id: u32) -> Plan {
    let scar = ZonePlan {
        zone: Zone::FacialScar,
        ..ZONE
    };
    plan_of(id, TODAY, &[ZONE, scar])
}

/// A pen that has seen this for half a second or more, by its own filters.
fn sensing(boot: &Boot, sense: Sense) -> Pen {
    let mut pen = Pen::new(boot);
    for ms in 1..=600 {
        pen.step(Instant::from_us(ms * 1_000), &inputs(sense, ms));
        // A cam that turns has made a whole turn with the last step.
        if ms > 500 && pen.senses.readings().speed.strokes > 0 {
            break;
        }
    }
    pen
}

/// A pen that has found both paths of torque open.
fn tested(boot: &Boot) -> Pen {
    let pen = sensing(boot, Sense::Fine);
    assert!(pen.drive.probe().is_done());
    pen
}

fn inputs(sense: Sense, ms: u64) -> Inputs {
    let sample = |counts: u16| Sample {
        counts,
        age: Duration::from_us(0),
    };
    // Counts of both channels for a depth, by their nominal slopes.
    let (a, b) = match sense {
        Sense::AtZero => (420, 3_860),
        Sense::TooDeep => (2_360, 2_080),
        Sense::Beyond => (3_830, 715),
        Sense::Apart => (1_800, 2_080),
        _ => (1_800, 2_600),
    };
    let mut inputs = Inputs {
        depth_a: sample(a),
        depth_b: sample(b),
        current: sample(2_048),
        battery: sample(match sense {
            Sense::BatteryLow => 2_500,
            Sense::BatteryShort => 2_830,
            _ => 3_200,
        }),
        grip: sample(2_048),
        acceleration: Acceleration {
            x_mg: if ms.is_multiple_of(2) { 4 } else { 0 },
            z_mg: if sense == Sense::Falls { 0 } else { 1_000 },
            ..Acceleration::default()
        },
        ..Inputs::default()
    };
    match sense {
        Sense::Unknown => inputs.depth_a.age = Duration::from_s(1),
        Sense::BatteryUnknown => inputs.battery.age = Duration::from_s(1),
        Sense::Turns => inputs.tacho.edges = i8::from(ms.is_multiple_of(4)),
        _ => {}
    }
    inputs
}

/// Hands that have done this for three seconds; marks are put in later.
fn hands(hand: Hand) -> Hands {
    let trigger = matches!(hand, Hand::Trigger | Hand::Both);
    let mut hands = Hands::default();
    let mut inputs = Inputs {
        trigger: Trigger {
            closed: trigger,
            opened: trigger,
        },
        ..Inputs::default()
    };
    for ms in 0..3_000 {
        inputs.buttons = Buttons {
            next: false,
            ok: match hand {
                Hand::Away | Hand::Trigger => false,
                Hand::Confirms => ms >= 2_900,
                Hand::Insists | Hand::Both => ms >= 100,
            },
        };
        hands.update(&inputs, Duration::from_ms(1));
    }
    hands
}

fn seat(seated: Seated) -> Seat {
    let tag = Tag {
        id: OWN,
        kind: 2,
        expiry_day: FAR + 300,
        authentic: true,
        used: false,
    };
    let present = match seated {
        Seated::Nothing | Seated::NoTag => TagReading::Absent,
        Seated::Unreadable => TagReading::Unreadable,
        _ => TagReading::Present(match seated {
            Seated::OwnResumed | Seated::OwnPaused => Tag { used: true, ..tag },
            Seated::Other => Tag { id: OTHER, ..tag },
            Seated::OtherUsed => Tag {
                id: OTHER,
                used: true,
                ..tag
            },
            Seated::Expired => Tag {
                expiry_day: TODAY - 1,
                ..tag
            },
            Seated::Short => Tag { kind: 5, ..tag },
            Seated::Dummy => Tag {
                id: OTHER,
                kind: 200,
                ..tag
            },
            Seated::Unauthentic => Tag {
                authentic: false,
                ..tag
            },
            Seated::UnknownKind => Tag { kind: 99, ..tag },
            _ => tag,
        }),
    };
    let mut seat = Seat::new();
    seat.update(seated != Seated::Nothing, present, &mut ());
    if seated != Seated::OwnPaused {
        seat.works();
        seat.tick(Duration::from_min(29));
    }
    seat
}
