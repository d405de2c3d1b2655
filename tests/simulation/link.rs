//! What a host says changes nothing while the pen treats.

use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_core::units::Rate;
use pen_protocol::frame::{FRAME_MAX, encode};
use pen_protocol::messages::{
    Authorise, Commit, InfoReply, JournalName, ReadJournal, Run, Telemetry, ToHost, ToPen,
};
use pen_sim::board::QUEUE_BYTES;
use pen_sim::rng::Seed;

use crate::scene::{Scene, Setup};
use crate::trace::Trace;

/// What floods the link.
#[derive(Clone, Copy, Debug)]
enum Flood {
    Nothing,
    /// Bytes that are no frames.
    Garbage,
    /// Whole frames of every kind but stop: the ones that read and the ones that change.
    Frames,
    /// Whole frames with one byte changed.
    Damaged,
    /// All of it, mixed.
    Mixed,
    /// A stream of telemetry and nobody who reads it.
    Unread,
}

fn message(n: u64) -> ToPen {
    match n % 13 {
        0 => ToPen::Status,
        1 => ToPen::Info,
        2 => ToPen::Limits,
        3 => ToPen::ReadPlan,
        4 => ToPen::Acknowledge,
        5 => ToPen::Heartbeat,
        6 => ToPen::Authorise(Authorise {
            role: Role::Technician,
        }),
        7 => ToPen::EnterService,
        8 => ToPen::Run(Run {
            rate: Rate::from_hz(80),
        }),
        9 => ToPen::Commit(Commit { digest: 1 }),
        10 => ToPen::ReadJournal(ReadJournal {
            journal: JournalName::Routine,
            from: 1,
            max: 8,
        }),
        11 => ToPen::Telemetry(Telemetry { period_ms: 1 }),
        _ => ToPen::Revert,
    }
}

/// As many bytes as the pen's queue holds: more than any link brings in a millisecond.
fn bytes(flood: Flood, chance: Seed, tick: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0.. {
        if bytes.len() >= QUEUE_BYTES {
            break;
        }
        let draw = chance.hash(tick, n);
        let kind = match flood {
            Flood::Mixed => [Flood::Garbage, Flood::Frames, Flood::Damaged]
                [usize::try_from(draw % 3).expect("small")],
            other => other,
        };
        match kind {
            Flood::Garbage => bytes.extend((0..64).map(|at| {
                let [byte, ..] = chance.hash(draw, at).to_le_bytes();
                byte
            })),
            Flood::Frames | Flood::Damaged => {
                let mut room = [0; FRAME_MAX];
                let [seq, place, change, ..] = draw.to_le_bytes();
                let frame = encode(seq, &message(draw >> 24), &mut room).expect("fits");
                let start = bytes.len();
                bytes.extend_from_slice(frame);
                if matches!(kind, Flood::Damaged) {
                    let place = start + usize::from(place) % (bytes.len() - start);
                    bytes[place] ^= change | 1;
                }
            }
            Flood::Nothing | Flood::Mixed | Flood::Unread => break,
        }
    }
    bytes
}

/// A treatment, its release and a second of rest, under a flood that ends shortly after the
/// release. The trace, and what the link says of itself in the end.
fn run(flood: Flood, seed: u64) -> (Trace, Option<InfoReply>) {
    let mut scene = Scene::treating(&Setup::of(seed));
    // What the flood made the pen remember takes flash time once it rests; that is not the link's.
    scene.flash_beside();
    if matches!(flood, Flood::Unread) {
        scene.send(&ToPen::Telemetry(Telemetry { period_ms: 1 }));
    }
    let chance = Seed::new(seed).derive("flood");
    let mut trace = Trace::default();
    // What found no room waits, so that whole frames stay whole.
    let mut waiting = Vec::new();
    for tick in 0..1_200 {
        if tick == 700 {
            scene.pen.hand().release_trigger();
        }
        if tick < 705 {
            if waiting.len() < QUEUE_BYTES {
                waiting.extend(bytes(flood, chance, tick));
            }
            let taken = scene.pen.serial_in(&waiting);
            waiting.drain(..taken);
        }
        if matches!(flood, Flood::Unread) {
            scene.pen.tick_observed(&mut trace);
        } else {
            scene.tick_with(&mut trace);
        }
        if tick == 699 {
            assert_eq!(scene.mode(), Some(Mode::Treating), "{flood:?}");
        }
    }
    // The link may be locked for 10 s.
    scene.ms(11_000);
    scene.hello();
    match scene.ask(&ToPen::Info) {
        Some(ToHost::InfoReply(info)) => (trace, Some(info)),
        _ => (trace, None),
    }
}

#[test]
fn link_002_no_flood_changes_a_single_bit_of_the_treatment() {
    for seed in [1, 9] {
        let (quiet, _) = run(Flood::Nothing, seed);
        assert!(quiet.0.len() >= 12_000);
        for flood in [
            Flood::Garbage,
            Flood::Frames,
            Flood::Damaged,
            Flood::Mixed,
            Flood::Unread,
        ] {
            let (flooded, info) = run(flood, seed);
            let link = info.expect("the pen answers again").link;
            match flood {
                Flood::Frames => assert!(link.frames > 300, "{link:?}"),
                Flood::Garbage | Flood::Damaged | Flood::Mixed => {
                    assert!(
                        link.locks >= 1 && link.while_locked + link.bad_crc > 0,
                        "{link:?}"
                    );
                }
                Flood::Unread => assert!(link.telemetry_dropped > 0, "{link:?}"),
                Flood::Nothing => {}
            }
            let differs = quiet.first_difference(&flooded);
            assert_eq!(differs, None, "{flood:?}, seed {seed}: steps of 100 us");
        }
    }
}
