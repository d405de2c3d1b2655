//! The whole virtual pen: firmware, board, sensors, plant and hand, driven as a host and a hand would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pen_core::cartridge::Kind;
use pen_core::fault::Fault;
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_core::plan::{Plan, Screening, ZONES_MAX, Zone, ZonePlan};
use pen_core::profile::Mechanism;
use pen_core::request::Role;
use pen_core::status::Status;
use pen_core::units::{Depth, Duration, Rate, Strokes};
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Authorise, Hello, Run, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN};
use pen_sim::assembly::factory::CALIBRATED_DAY;
use pen_sim::fault::Knob;
use pen_sim::hand::Cartridge;
use pen_sim::pen::{Options, Truth, VirtualPen};
use pen_sim::serve::{Setting, prepare};

/// A host that asks and waits for the answer.
struct Host {
    decoder: Decoder,
    seq: u8,
}

impl Host {
    fn greet(pen: &mut VirtualPen) -> Self {
        let mut host = Self {
            decoder: Decoder::new(),
            seq: 0,
        };
        let hello = Hello {
            version_min: VERSION_MIN,
            version_max: VERSION,
            schema: SCHEMA_HASH,
            client: Text::new("test").unwrap(),
        };
        let reply = host.ask(pen, &ToPen::Hello(hello));
        assert!(
            matches!(reply, ToHost::HelloReply(reply) if !reply.read_only),
            "{reply:?}"
        );
        host
    }

    fn ask(&mut self, pen: &mut VirtualPen, message: &ToPen) -> ToHost {
        self.try_ask(pen, message)
            .unwrap_or_else(|| panic!("no answer to {message:?}"))
    }

    fn try_ask(&mut self, pen: &mut VirtualPen, message: &ToPen) -> Option<ToHost> {
        self.seq = self.seq.wrapping_add(1);
        let mut buffer = [0; FRAME_MAX];
        let frame = encode(self.seq, message, &mut buffer).unwrap();
        assert_eq!(pen.serial_in(frame), frame.len());
        for _ in 0..200 {
            pen.tick();
            for byte in pen.serial_out() {
                if let Some(Ok(frame)) = self.decoder.push(byte)
                    && frame.seq == self.seq
                {
                    return Some(frame.message().unwrap());
                }
            }
        }
        None
    }

    fn done(&mut self, pen: &mut VirtualPen, message: &ToPen) {
        assert_eq!(self.ask(pen, message), ToHost::Done, "{message:?}");
    }
}

fn plan() -> Plan {
    let mut zones = [None; ZONES_MAX];
    zones[0] = Some(ZonePlan {
        zone: Zone::Cheek,
        depth: Depth::from_um(1_000),
        rate: Rate::from_hz(100),
        time: Duration::from_min(2),
        strokes: Strokes::from_count(20_000),
        override_reason: None,
    });
    Plan {
        id: 1,
        day: CALIBRATED_DAY + 10,
        operator: 1,
        token: 99,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones,
    }
}

fn pen(seed: u64) -> VirtualPen {
    VirtualPen::assemble(&Options {
        seed,
        ..Options::default()
    })
    .unwrap()
}

fn status(pen: &VirtualPen) -> Status {
    pen.status().expect("the firmware runs")
}

/// Ready to treat: plan loaded, zone confirmed, ring at 0.8 mm, on the skin.
fn ready(seed: u64) -> (VirtualPen, Host) {
    let mut pen = pen(seed);
    pen.hand().insert(Cartridge::fresh(77, Kind::Twelve));
    pen.hand().place_ring(800.0);
    pen.run_ms(1_500);
    let mut host = Host::greet(&mut pen);
    host.done(&mut pen, &ToPen::LoadPlan(plan()));
    pen.hand().approach(0.0, 100.0);
    pen.hand().press_ok(100);
    pen.run_ms(1_500);
    assert_eq!(status(&pen).mode, Mode::Ready, "{:?}", status(&pen));
    (pen, host)
}

/// Treating at full speed.
fn treating(seed: u64) -> (VirtualPen, Host) {
    let (mut pen, host) = ready(seed);
    pen.hand().press_trigger();
    pen.run_ms(1_500);
    assert_eq!(status(&pen).mode, Mode::Treating, "{:?}", status(&pen));
    (pen, host)
}

#[test]
fn a_treatment_runs_from_plan_to_release() {
    let (mut pen, _) = treating(1);
    let before = pen.truth();
    pen.run_ms(1_000);
    let after = pen.truth();
    let rate_hz = (after.theta_rad - before.theta_rad) / std::f64::consts::TAU;
    assert!((95.0..105.0).contains(&rate_hz), "{rate_hz} Hz");
    assert!(
        after.punctures - before.punctures >= 90,
        "{before:?} {after:?}"
    );
    assert!(after.powered && after.in_skin | (after.protrusion_um <= after.gap_um));
    pen.hand().release_trigger();
    pen.run_ms(600);
    let stopped = pen.truth();
    assert!(
        stopped.rate_hz.abs() < 0.5 && !stopped.powered,
        "{stopped:?}"
    );
    assert!(
        stopped.punctures - after.punctures <= 3,
        "{after:?} {stopped:?}"
    );
    assert!(
        pen.hand().is_burnt(77),
        "the tag is burnt at the first puncture"
    );
}

#[test]
fn many_pens_treat_without_a_false_trip() {
    for seed in 2..14 {
        let (mut pen, _) = treating(seed);
        pen.run_ms(2_000);
        assert_eq!(
            status(&pen).mode,
            Mode::Treating,
            "seed {seed}: {:?}",
            status(&pen)
        );
    }
}

#[test]
fn an_actuator_pen_moves_its_own_needles() {
    let options = Options {
        mechanism: Mechanism::Actuator,
        ..Options::default()
    };
    let mut pen = VirtualPen::assemble(&options).unwrap();
    pen.hand().insert(Cartridge::fresh(78, Kind::Twelve));
    pen.run_ms(1_500);
    let mut host = Host::greet(&mut pen);
    host.done(&mut pen, &ToPen::LoadPlan(plan()));
    pen.hand().press_ok(100);
    pen.run_ms(4_000);
    let depth_um = pen.truth().depth_um;
    assert!(
        (depth_um - 1_000.0).abs() < 60.0,
        "{depth_um} um, {:?}",
        status(&pen)
    );
}

#[test]
fn an_uncalibrated_pen_stays_locked_and_a_dummy_opens_service_mode() {
    let options = Options {
        calibrated: false,
        ..Options::default()
    };
    let mut pen = VirtualPen::assemble(&options).unwrap();
    prepare(&mut pen, Setting::Service);
    assert_eq!(status(&pen).mode, Mode::Locked);
    let mut host = Host::greet(&mut pen);
    host.done(
        &mut pen,
        &ToPen::Authorise(Authorise {
            role: Role::Technician,
        }),
    );
    host.done(&mut pen, &ToPen::EnterService);
    assert_eq!(status(&pen).mode, Mode::Service);
    let run = ToPen::Run(Run {
        rate: Rate::from_hz(60),
    });
    for _ in 0..20 {
        host.done(&mut pen, &run);
        pen.run_ms(50);
    }
    assert!(
        (50.0..70.0).contains(&pen.truth().rate_hz),
        "{:?}",
        pen.truth()
    );
    assert_eq!(pen.truth().punctures, 0, "a dummy has no needles");
    pen.run_ms(1_000);
    assert!(pen.truth().rate_hz.abs() < 0.5, "the dead-man stops it");
}

/// A hash of everything that a run shows: truth at every step, and bytes.
fn fingerprint(seed: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |word: u64| {
        for byte in word.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let (mut pen, mut host) = treating(seed);
    let mut look = |truth: &Truth| {
        feed(truth.time_us);
        feed(truth.pen_us);
        for value in [
            truth.theta_rad,
            truth.rate_hz,
            truth.peak_um,
            truth.current_a,
        ] {
            feed(value.to_bits());
        }
        feed(truth.terminal_v.to_bits() ^ truth.punctures);
    };
    pen.run_ms_observed(2_000, &mut look);
    let reply = host.ask(&mut pen, &ToPen::Status);
    for byte in format!("{reply:?}").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(fingerprint(5), fingerprint(5));
    assert_ne!(fingerprint(5), fingerprint(6));
}

#[test]
fn looking_on_changes_nothing() {
    let (mut seen, _) = treating(3);
    let (mut unseen, _) = treating(3);
    let mut looks = 0_u32;
    seen.run_ms_observed(500, &mut |_: &Truth| looks += 1);
    unseen.run_ms(500);
    assert_eq!(looks, 5_000);
    assert_eq!(seen.truth(), unseen.truth());
    assert_eq!(seen.status(), unseen.status());
}

#[test]
fn sensor_faults_stop_a_treatment_with_a_named_fault() {
    for (knob, value, faults) in [
        (
            Knob::DepthARailHigh,
            1,
            &[Fault::DepthInvalid, Fault::DepthDisagrees][..],
        ),
        (Knob::DepthBStale, 1, &[Fault::DepthInvalid]),
        (
            Knob::DepthAOffset,
            250,
            &[Fault::DepthDisagrees, Fault::OverDepth, Fault::DepthCrept],
        ),
        (Knob::DepthBFrozen, 1, &[Fault::DepthStuck]),
        (Knob::HallLost, 1, &[Fault::FeedbackLost]),
        (
            Knob::MotorJam,
            1,
            &[Fault::Stalled, Fault::OverCurrent, Fault::FeedbackLost],
        ),
        (Knob::CurrentStale, 1, &[Fault::SensorInvalid]),
        (Knob::SeatOpen, 1, &[Fault::CartridgeUnseated]),
        (Knob::TickLate, 5_000, &[Fault::TickLate]),
        (
            Knob::BridgeStuckOn,
            1,
            &[
                Fault::OverSpeed,
                Fault::DriveStuck,
                Fault::TooManyStrokes,
                Fault::OverCurrent,
            ],
        ),
    ] {
        let (mut pen, _) = treating(4);
        pen.faults().set(knob, value).unwrap();
        pen.run_ms(1_500);
        let found = status(&pen).fault.map(|trip| trip.fault);
        assert!(
            found.is_some_and(|fault| faults.contains(&fault)),
            "{knob:?}: {found:?}"
        );
        let truth = pen.truth();
        assert!(
            truth.rate_hz.abs() < 0.5 && !truth.powered,
            "{knob:?}: {truth:?}"
        );
    }
}

#[test]
fn a_hung_firmware_is_reset_by_the_watchdog() {
    let (mut pen, _) = treating(1);
    pen.faults().set(Knob::TickHang, 10_000).unwrap();
    pen.run_ms(30);
    assert!(
        pen.truth().powered && !pen.truth().alive,
        "outputs stay while it hangs"
    );
    pen.run_ms(40);
    assert!(
        !pen.truth().enable && !pen.truth().powered,
        "the reset takes the torque"
    );
    pen.run_ms(1_500);
    let truth = pen.truth();
    assert!(
        truth.alive && truth.starts == 2 && !truth.powered,
        "{truth:?}"
    );
    // A coasting motor may be what it notices first.
    let found = status(&pen).fault.map(|trip| trip.fault);
    let expected = [Fault::WatchdogReset, Fault::UnexpectedMotion];
    assert!(
        found.is_some_and(|fault| expected.contains(&fault)),
        "{found:?}"
    );
}

#[test]
fn power_that_fails_takes_the_torque_and_leaves_the_flash() {
    for (knob, fault) in [
        (Knob::PowerCut, None),
        (Knob::PowerBrownOut, Some(Fault::BrownOut)),
        (Knob::PowerWatchdog, Some(Fault::WatchdogReset)),
    ] {
        let (mut pen, _) = treating(1);
        let before = pen.flash().with(|part| part.snapshot());
        pen.faults().set(knob, 300).unwrap();
        pen.tick();
        pen.tick();
        assert!(!pen.truth().powered && !pen.truth().alive && pen.status().is_none());
        assert!(pen.flash().with(|part| part.snapshot()) == before);
        pen.run_ms(1_500);
        assert_eq!(pen.truth().starts, 2);
        assert_eq!(status(&pen).fault.map(|trip| trip.fault), fault, "{knob:?}");
        assert_ne!(status(&pen).mode, Mode::Treating);
    }
}

#[test]
fn power_that_fails_within_a_flash_operation_fails_for_the_whole_pen() {
    let (mut pen, _) = ready(1);
    pen.faults().set(Knob::FlashCut, 0).unwrap();
    pen.hand().press_trigger();
    pen.run_ms(1_000);
    pen.hand().release_trigger();
    pen.run_ms(3_000);
    assert_eq!(pen.flash().with(|part| part.cuts_fired()), 1);
    assert_eq!(pen.truth().starts, 2);
}

#[test]
fn flash_work_makes_ticks_late_unless_it_runs_beside() {
    for blocks in [true, false] {
        let (mut pen, mut host) = ready(1);
        pen.block_on_flash(blocks);
        // What waits from before is still late.
        pen.run_ms(100);
        let busy = |pen: &VirtualPen| pen.flash().with(|part| part.counters().busy_us);
        let (before_us, flash_us, ticks) = (pen.truth().time_us, busy(&pen), pen.ticks());
        host.done(&mut pen, &ToPen::EndSession);
        pen.run_ms(2_000);
        let worked = busy(&pen) - flash_us;
        assert!(worked > 700, "the end of a session is stored");
        let late = pen.truth().time_us - before_us - 1_000 * (pen.ticks() - ticks);
        assert_eq!(late, if blocks { worked } else { 0 });
    }
}

#[test]
fn a_reboot_is_told_its_cause() {
    let mut pen = pen(1);
    pen.run_ms(1_000);
    pen.reboot(ResetCause::BrownOut);
    pen.run_ms(1_000);
    assert_eq!(
        status(&pen).fault.map(|trip| trip.fault),
        Some(Fault::BrownOut)
    );
    assert!(pen.truth().pen_us < 1_000_000);
}

#[test]
fn a_frame_that_is_spoilt_on_its_way_is_not_answered_and_the_next_one_is() {
    for knob in [Knob::ToPenCorrupt, Knob::ToPenDrop, Knob::ToHostCorrupt] {
        let mut pen = pen(1);
        pen.run_ms(1_000);
        let mut host = Host::greet(&mut pen);
        pen.faults()
            .set(knob, if knob == Knob::ToPenDrop { 4 } else { 3 })
            .unwrap();
        assert_eq!(host.try_ask(&mut pen, &ToPen::Info), None, "{knob:?}");
        assert!(pen.faults().is_whole());
        assert!(
            matches!(host.ask(&mut pen, &ToPen::Info), ToHost::InfoReply(_)),
            "{knob:?}"
        );
    }
}

#[test]
fn a_cut_line_is_silent_both_ways() {
    for knob in [Knob::ToPenCut, Knob::ToHostCut] {
        let mut pen = pen(1);
        pen.run_ms(1_000);
        let mut host = Host::greet(&mut pen);
        pen.faults().set(knob, 1).unwrap();
        assert_eq!(host.try_ask(&mut pen, &ToPen::Info), None);
    }
}

#[test]
fn the_gauge_reads_the_true_depth() {
    let mut pen = pen(1);
    pen.hand().place_ring(1_250.0);
    pen.run_ms(10);
    for _ in 0..100 {
        pen.tick();
        assert!(
            (pen.gauge_um() - 1_250.0).abs() <= 3.0,
            "{}",
            pen.gauge_um()
        );
    }
}
