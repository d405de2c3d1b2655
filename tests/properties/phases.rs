//! Stories: what hands, host, storage and faults do, one phase after another.

use crate::judge::Judge;
use pen_core::calibration::Calibration;
use pen_core::io::{Tag, TagReading};
use pen_core::journal::ResetCause;
use pen_core::plan::{Plan, Zone, ZonePlan};
use pen_core::request::{Reply, Request, Role};
use pen_core::units::{Duration, Rate, Strokes};
use pen_tests::given::{self, plan_of, um, zone};
use pen_tests::rig::{Cam, Hall, Storage, Wire};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

/// One analogue input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    DepthA,
    DepthB,
    Current,
    Battery,
    Grip,
}

/// What stays so for a while. Times in ms.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// The trigger is held, until it is released.
    Hold(u32),
    /// The trigger is released.
    Release(u32),
    /// One contact of the trigger closes, or opens, alone.
    OneContact(u32),
    /// Both channels see this depth from now on.
    Ring(i32, u32),
    /// Channel B sees so much more than channel A, for a while.
    Apart(i32, u32),
    /// A wire is bad, for a while.
    Bad(Input, Wire, u32),
    /// The cam turns by itself, for a while.
    Turns(i64, u32),
    /// The tachometer lies, for a while.
    Lies(Hall, u32),
    /// This current flows, for a while.
    Draws(i32, u32),
    /// The cam is held, and the motor draws this, for a while.
    Jams(i32, u32),
    /// A path of torque conducts although it is open, for a while; power comes meanwhile, or not.
    Welded(i32, bool, u32),
    /// The battery has this many counts, for a while.
    Sags(i32, u32),
    /// The grip reads this many counts, for a while.
    Grips(i32, u32),
    /// The accelerometer feels this, for a while. Unit: mg.
    Felt([i16; 3], u32),
    /// The accelerometer's reading is this old, for a while. Unit: us.
    Deaf(u32, u32),
    /// The accelerometer repeats itself, for a while.
    Numb(u32),
    /// The seat is open, for a while.
    Unseated(u32),
    /// The cable is plugged in, for a while.
    Cable(u32),
    /// Another tag answers, for a while.
    Tag(TagReading, u32),
    /// The confirm button is pressed, for a while.
    Ok(u32),
    /// The button for the next zone is pressed, for a while.
    Next(u32),
    /// Somebody asks.
    Ask(Role, Box<Request>),
    /// Storage becomes this fast.
    Stores(Storage),
    /// One tick comes late. Unit: us.
    Late(u32),
    /// The clock jumps, back or forward. Unit: us.
    Jumps(i64),
    /// Power fails.
    Reboot(ResetCause),
    /// Everything is mended, what can be acknowledged is, a plan is loaded and its zone confirmed.
    Arm(Box<Plan>),
    /// The trigger is released and pressed again before a slow storage has kept anything.
    Hasty,
    /// A technician enters Service and turns the motor, for a while.
    Serve(u32, u32),
    /// A technician stages and commits a calibration.
    Calibrate,
    /// Nothing happens.
    Wait(u32),
}

fn short(zone: ZonePlan, ms: u32, strokes: u32) -> ZonePlan {
    ZonePlan {
        time: Duration::from_ms(ms),
        strokes: Strokes::from_count(strokes),
        ..zone
    }
}

/// Plans that are good, some with little budget.
pub(crate) fn plans() -> Vec<Plan> {
    let cheek = zone(Zone::Cheek, 1_200, 100);
    let nose = zone(Zone::Nose, 750, 60);
    let fast = zone(Zone::BodyScar, 1_000, 150);
    let of = |id: u32, zones: &[ZonePlan]| Plan {
        id,
        ..plan_of(zones)
    };
    vec![
        of(40, &[short(cheek, 2_000, 40_000)]),
        of(41, &[short(cheek, 900, 40_000), short(nose, 900, 40_000)]),
        of(42, &[short(cheek, 700, 40_000), short(fast, 1_300, 40_000)]),
        of(43, &[short(cheek, 1_000, 30), short(fast, 1_000, 90)]),
        of(44, &[short(zone(Zone::Cheek, 800, 50), 2_000, 40_000)]),
    ]
}

fn bad_plans() -> Vec<Plan> {
    let good = Plan {
        id: 50,
        ..plan_of(&[short(zone(Zone::Cheek, 800, 100), 2_000, 40_000)])
    };
    vec![
        plan_of(&[zone(Zone::Cheek, 1_501, 100)]),
        plan_of(&[zone(Zone::Cheek, i32::MAX, u32::MAX)]),
        plan_of(&[short(zone(Zone::Cheek, 800, 100), u32::MAX, u32::MAX)]),
        plan_of(&[]),
        Plan { id: 0, ..good },
        Plan { token: 0, ..good },
        Plan {
            operator_cap: Some(um(i32::MIN)),
            ..good
        },
        Plan { day: 0, ..good },
        Plan {
            day: u16::MAX,
            ..good
        },
    ]
}

fn other_tags() -> Vec<TagReading> {
    let tag = |change: fn(&mut Tag)| {
        let mut tag = given::tag();
        change(&mut tag);
        TagReading::Present(tag)
    };
    vec![
        TagReading::Absent,
        TagReading::Unreadable,
        given::dummy(),
        tag(|tag| tag.id += 1),
        tag(|tag| tag.authentic = false),
        tag(|tag| tag.expiry_day = 1),
        tag(|tag| tag.kind = 5),
        tag(|tag| tag.kind = 99),
    ]
}

fn ms() -> BoxedStrategy<u32> {
    prop_oneof![1..12_u32, 12..120_u32, 120..800_u32].boxed()
}

fn wires() -> BoxedStrategy<Wire> {
    prop_oneof![
        (-700..700_i32).prop_map(Wire::Offset),
        select(vec![
            0_u16, 8, 9, 259, 260, 2_048, 3_900, 4_086, 4_087, 4_095
        ])
        .prop_map(Wire::Counts),
        Just(Wire::Stuck),
        Just(Wire::Silent),
        select(vec![9_999_u32, 10_000, 10_001, 500_000]).prop_map(Wire::Late),
    ]
    .boxed()
}

fn depths() -> BoxedStrategy<i32> {
    prop_oneof![
        select(vec![
            700, 750, 751, 1_000, 1_190, 1_200, 1_240, 1_260, 1_350, 2_500, 2_600
        ]),
        -200..2_700_i32,
    ]
    .boxed()
}

fn faults() -> BoxedStrategy<Phase> {
    let input = select(vec![
        Input::DepthA,
        Input::DepthB,
        Input::DepthA,
        Input::DepthB,
        Input::Current,
        Input::Battery,
        Input::Grip,
    ]);
    let rate = prop_oneof![
        select(vec![
            0_i64, 60_000, 109_000, 112_000, 130_000, 159_000, 170_000, 400_000
        ]),
        -200_000..300_000_i64,
    ];
    let hall = prop_oneof![
        Just(Hall::Lost),
        Just(Hall::Lost),
        Just(Hall::Swapped),
        select(vec![i8::MIN, -1, 0, 1, 2, 3, 60, i8::MAX]).prop_map(Hall::Edges),
    ];
    let current = prop_oneof![
        select(vec![0, 120, 121, 999, 1_000, 1_001, 1_500, 1_501, 2_038]),
        -2_100..2_100_i32,
    ];
    let felt = prop_oneof![
        select(vec![
            [0, 0, 0],
            [0, 299, 0],
            [0, 0, 300],
            [0, 0, -6_000],
            [0, 6_001, 0],
            [i16::MIN; 3]
        ]),
        [-7_000..7_000_i16, -400..400_i16, -400..400_i16],
    ];
    prop_oneof![
        2 => (felt, ms()).prop_map(|(felt, ms)| Phase::Felt(felt, ms)),
        1 => (select(vec![10_000_u32, 10_001, 500_000]), ms())
            .prop_map(|(age, ms)| Phase::Deaf(age, ms)),
        1 => ms().prop_map(Phase::Numb),
        1 => (1_280..1_430_i32, 120..800_u32)
            .prop_map(|(counts, ms)| Phase::Grips(counts, ms)),
        3 => (input, wires(), ms()).prop_map(|(input, wire, ms)| Phase::Bad(input, wire, ms)),
        2 => (depths(), ms()).prop_map(|(depth, ms)| Phase::Ring(depth, ms)),
        1 => (-400..400_i32, ms()).prop_map(|(um, ms)| Phase::Apart(um, ms)),
        2 => (rate, ms()).prop_map(|(rate, ms)| Phase::Turns(rate, ms)),
        2 => (select(vec![155_000_i64, 158_000, 159_500]), 260..800_u32)
            .prop_map(|(rate, ms)| Phase::Turns(rate, ms)),
        2 => (hall, ms()).prop_map(|(hall, ms)| Phase::Lies(hall, ms)),
        1 => (current.clone(), ms()).prop_map(|(ma, ms)| Phase::Draws(ma, ms)),
        1 => (current.clone(), ms()).prop_map(|(ma, ms)| Phase::Jams(ma, ms)),
        2 => (current, any::<bool>(), 100..800_u32)
            .prop_map(|(ma, starts, ms)| Phase::Welded(ma, starts, ms)),
        1 => (2_400..2_900_i32, ms()).prop_map(|(counts, ms)| Phase::Sags(counts, ms)),
        1 => ms().prop_map(Phase::Unseated),
        1 => ms().prop_map(Phase::Cable),
        1 => (select(other_tags()), ms()).prop_map(|(tag, ms)| Phase::Tag(tag, ms)),
        1 => select(vec![0_u32, 499, 500, 2_000, 2_001, 3_000, 120_000, 480_000, 900_000])
            .prop_map(Phase::Late),
        1 => select(vec![-5_000_000_i64, -1_000, -1, 600_000_000, 5_000_000_000])
            .prop_map(Phase::Jumps),
    ]
    .boxed()
}

fn requests() -> BoxedStrategy<Phase> {
    let calibration = Calibration {
        generation: 8,
        ..given::calibration()
    };
    let digest = 3;
    let request = prop_oneof![
        select(plans()).prop_map(Request::LoadPlan),
        select(bad_plans()).prop_map(Request::LoadPlan),
        select(vec![
            Request::Stop,
            Request::Stop,
            Request::Heartbeat,
            Request::Acknowledge,
            Request::Acknowledge,
            Request::EndSession,
            Request::EnterService,
            Request::LeaveService,
            Request::Stage {
                calibration,
                digest
            },
            Request::Commit { digest },
            Request::Discard,
            Request::Revert {
                calibration: given::calibration(),
                digest: 0
            },
            Request::SignOff { generation: 8 },
        ]),
        (40_000..90_000_u32).prop_map(|mhz| Request::Run(Rate::from_mhz(mhz))),
    ];
    let role = select(vec![
        Role::Observer,
        Role::Operator,
        Role::Technician,
        Role::Technician,
        Role::Maker,
    ]);
    (role, request)
        .prop_map(|(role, request)| Phase::Ask(role, Box::new(request)))
        .boxed()
}

fn hands() -> BoxedStrategy<Phase> {
    prop_oneof![
        3 => (60..800_u32).prop_map(Phase::Hold),
        2 => (1..400_u32).prop_map(Phase::Release),
        1 => (1..50_u32).prop_map(Phase::OneContact),
        1 => ms().prop_map(Phase::Ok),
        1 => ms().prop_map(Phase::Next),
        1 => ms().prop_map(Phase::Wait),
    ]
    .boxed()
}

fn rare() -> BoxedStrategy<Phase> {
    let storage = prop_oneof![
        (0..5_u32).prop_map(Storage::After),
        (50..600_u32).prop_map(Storage::After),
        Just(Storage::Dead),
    ];
    let cause = select(vec![
        ResetCause::PowerOn,
        ResetCause::Watchdog,
        ResetCause::BrownOut,
        ResetCause::Software,
        ResetCause::Unknown,
        ResetCause::Panicked { file: 7, line: 42 },
        ResetCause::HardFault { address: 64 },
        ResetCause::WatchdogForgotten,
    ]);
    prop_oneof![
        1 => storage.prop_map(Phase::Stores),
        2 => cause.prop_map(Phase::Reboot),
        2 => (45..82_u32, ms()).prop_map(|(hz, ms)| Phase::Serve(hz, ms)),
        1 => Just(Phase::Calibrate),
        1 => Just(Phase::Hasty),
        1 => any::<bool>().prop_map(|long| Phase::Wait(if long { 3_100 } else { 1 })),
    ]
    .boxed()
}

/// Which pen the story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// A hand-turned ring, sessions of half an hour.
    Ring,
    /// The same with sessions of two seconds, twelve in all.
    Short,
    /// A motorised actuator.
    Actuator,
}

/// Where a story stands, as far as its teller can know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) variant: Variant,
    armed: bool,
    held: bool,
}

impl State {
    const fn cold(self) -> Self {
        Self {
            armed: false,
            held: false,
            ..self
        }
    }
}

/// Tells stories.
pub(crate) struct Story;

impl ReferenceStateMachine for Story {
    type State = State;
    type Transition = Phase;

    fn init_state() -> BoxedStrategy<State> {
        select(vec![Variant::Ring, Variant::Short, Variant::Actuator])
            .prop_map(|variant| State {
                variant,
                armed: false,
                held: false,
            })
            .boxed()
    }

    fn transitions(state: &State) -> BoxedStrategy<Phase> {
        let arm = select(plans()).prop_map(|plan| Phase::Arm(Box::new(plan)));
        let hold = (80..800_u32).prop_map(Phase::Hold);
        match (state.armed, state.held) {
            (false, _) => prop_oneof![
                6 => arm, 1 => hold, 1 => hands(), 2 => faults(), 2 => requests(), 2 => rare(),
            ]
            .boxed(),
            (true, false) => prop_oneof![
                8 => hold, 1 => hands(), 2 => faults(), 1 => requests(), 1 => rare(), 1 => arm,
            ]
            .boxed(),
            (true, true) => prop_oneof![
                10 => faults(), 3 => hands(), 1 => requests(), 1 => rare(), 1 => arm,
            ]
            .boxed(),
        }
    }

    fn apply(state: State, phase: &Phase) -> State {
        match phase {
            Phase::Arm(_) => State {
                armed: true,
                held: false,
                ..state
            },
            Phase::Hold(_) => State {
                held: true,
                ..state
            },
            Phase::Release(_) => State {
                held: false,
                ..state
            },
            Phase::Reboot(_) | Phase::Serve(..) | Phase::Cable(_) | Phase::Calibrate => {
                state.cold()
            }
            // After a fault, three in four are over.
            Phase::Bad(..)
            | Phase::Turns(..)
            | Phase::Lies(..)
            | Phase::Jams(..)
            | Phase::Felt(..) => State {
                armed: false,
                ..state
            },
            _ => state,
        }
    }
}

impl Phase {
    /// Lets the phase happen.
    pub(crate) fn play(self, judge: &mut Judge) {
        match self {
            Self::Hold(ms) => {
                judge.rig.trigger = given::HELD;
                judge.ticks(ms);
            }
            Self::Release(ms) => {
                judge.rig.trigger = given::RELEASED;
                judge.ticks(ms);
            }
            Self::OneContact(ms) => judge.with(ms, |rig| rig.trigger = given::ONE_CONTACT),
            Self::Ring(depth, ms) => {
                judge.ring(depth);
                judge.ticks(ms);
            }
            Self::Apart(more, ms) => judge.with(ms, |rig| rig.ring_b_um += more),
            Self::Bad(input, wire, ms) => judge.with(ms, |rig| {
                let input = match input {
                    Input::DepthA => &mut rig.depth_a,
                    Input::DepthB => &mut rig.depth_b,
                    Input::Current => &mut rig.current,
                    Input::Battery => &mut rig.battery,
                    Input::Grip => &mut rig.grip,
                };
                input.wire = wire;
            }),
            Self::Turns(rate, ms) => judge.with(ms, |rig| rig.cam = Cam::Turns(rate)),
            Self::Lies(hall, ms) => judge.with(ms, |rig| rig.hall = hall),
            Self::Draws(ma, ms) => judge.with(ms, |rig| rig.current_ma = Some(ma)),
            Self::Jams(ma, ms) => judge.with(ms, |rig| {
                rig.cam = Cam::Turns(0);
                rig.current_ma = Some(ma);
            }),
            Self::Welded(ma, starts, ms) => {
                if starts && judge.rig.mode().is_at_rest() {
                    judge.reboot(ResetCause::PowerOn);
                }
                judge.with(ms, |rig| rig.welded_ma = ma);
            }
            Self::Sags(counts, ms) => judge.with(ms, |rig| rig.battery_counts = counts),
            Self::Grips(counts, ms) => judge.with(ms, |rig| rig.grip_counts = counts),
            Self::Felt(felt, ms) => judge.with(ms, |rig| rig.felt_mg = felt),
            Self::Deaf(age_us, ms) => judge.with(ms, |rig| rig.felt_age_us = age_us),
            Self::Numb(ms) => judge.with(ms, |rig| rig.felt_noise = false),
            Self::Unseated(ms) => judge.with(ms, |rig| rig.seated = false),
            Self::Cable(ms) => judge.with(ms, |rig| rig.cable = true),
            Self::Tag(tag, ms) => judge.with(ms, |rig| rig.tag = tag),
            Self::Ok(ms) => judge.with(ms, |rig| rig.buttons.ok = true),
            Self::Next(ms) => judge.with(ms, |rig| rig.buttons.next = true),
            Self::Ask(role, request) => {
                judge.ask(role, *request);
                judge.ticks(1);
            }
            Self::Stores(storage) => judge.rig.storage = storage,
            Self::Late(us) => judge.late(us),
            Self::Jumps(us) => judge.jump(us),
            Self::Reboot(cause) => judge.reboot(cause),
            Self::Arm(plan) => arm(judge, *plan),
            Self::Serve(hz, ms) => serve(judge, hz, ms),
            Self::Calibrate => calibrate(judge),
            Self::Hasty => hasty(judge),
            Self::Wait(ms) => judge.ticks(ms),
        }
    }
}

fn arm(judge: &mut Judge, plan: Plan) {
    judge.rig.trigger = given::RELEASED;
    judge.mend();
    judge.rig.storage = Storage::After(3);
    judge.ticks(700);
    judge.with(25, |rig| rig.buttons.ok = true);
    judge.ticks(5);
    judge.check_zero_if_needed();
    let loaded = judge.ask(Role::Operator, Request::LoadPlan(plan));
    if loaded.is_none() && judge.rig.ledger().open && judge.rig.status().plan == 0 {
        // Somebody else's session: it is ended, a new cartridge is taken.
        judge.ask(Role::Operator, Request::EndSession);
        judge.ask(Role::Operator, Request::LoadPlan(plan));
    }
    judge.new_cartridge_if_needed();
    judge.with(25, |rig| rig.buttons.ok = true);
    judge.ticks(if judge.moves() { 2_500 } else { 240 });
}

/// In Service, with the dummy in the seat and the button held.
fn enter_service(judge: &mut Judge) {
    judge.rig.trigger = given::RELEASED;
    judge.mend();
    judge.rig.tag = given::dummy();
    judge.ticks(600);
    judge.rig.buttons.ok = true;
    judge.ticks(25);
    judge.ask(Role::Technician, Request::EnterService);
    judge.rig.buttons.ok = false;
    judge.ticks(2);
}

/// The motor turns in Service; the dummy stays in the seat.
fn serve(judge: &mut Judge, hz: u32, ms: u32) {
    enter_service(judge);
    for _ in 0..4 {
        judge.ask(Role::Technician, Request::Run(Rate::from_hz(hz)));
        judge.ticks(ms);
    }
    judge.ask(Role::Technician, Request::Run(Rate::from_hz(hz)));
    judge.ticks(1);
}

fn calibrate(judge: &mut Judge) {
    enter_service(judge);
    let calibration = Calibration {
        generation: judge.rig.status().generation.saturating_add(1),
        ..given::calibration()
    };
    let digest = 77;
    judge.ask(
        Role::Technician,
        Request::Stage {
            calibration,
            digest,
        },
    );
    judge.ticks(10);
    if let Some(Reply::Store(stored)) = judge.ask(Role::Technician, Request::Commit { digest }) {
        judge.rig.boot.calibration = Ok(stored);
        let in_force = judge.rig.pen.calibration_stored(stored, digest);
        assert_eq!(in_force, Ok(()), "what was granted comes into force");
        judge.ticks(10);
        let generation = stored.generation;
        judge.rig.buttons.ok = true;
        judge.ticks(30);
        judge.ask(Role::Technician, Request::SignOff { generation });
        judge.rig.buttons.ok = false;
        judge.ticks(30);
    }
    judge.ask(Role::Technician, Request::LeaveService);
    judge.ticks(50);
}

fn hasty(judge: &mut Judge) {
    judge.rig.storage = Storage::After(900);
    judge.rig.trigger = given::RELEASED;
    judge.ticks(700);
    judge.rig.trigger = given::HELD;
    judge.ticks(60);
    judge.rig.storage = Storage::After(3);
}
