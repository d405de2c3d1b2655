//! Whenever power fails, storage says that at least so much of the session is over as is (SESS-008).

use pen_app::store::{Identity, Kind, Layout, SlotPair};
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_core::session::Ledger;
use pen_core::units::{Duration, Rate};
use pen_protocol::from_bytes;
use pen_protocol::messages::{Authorise, Run, ToHost, ToPen};
use pen_sim::hand::Cartridge;

use crate::scene::{Scene, Setup};

/// Where a pen keeps its ledger.
struct Place(SlotPair<256>);

impl Place {
    fn of(scene: &Scene) -> Self {
        let bytes = scene.pen.flash().with(|part| part.snapshot().len());
        let size = u32::try_from(bytes).expect("a small part");
        let layout = Layout::for_flash(size).expect("it has room");
        Self(SlotPair::new(
            layout.ledger,
            Identity {
                kind: Kind::LEDGER,
                format: 2,
                serial: scene.pen.assembly().serial,
            },
        ))
    }

    /// The ledger that a start would find now.
    fn kept(&self, scene: &Scene) -> Ledger {
        let mut room = [0; 256];
        scene.pen.flash().with(|part| {
            let loaded = self.0.load(part, &mut room).expect("a ledger");
            let (ledger, _, _): (Ledger, u32, u32) = from_bytes(loaded.payload).expect("format 2");
            ledger
        })
    }
}

/// How far storage is ahead.
struct Ahead {
    place: Place,
    looks: u32,
    least: Option<Duration>,
}

impl Ahead {
    fn of(scene: &Scene) -> Self {
        Self {
            place: Place::of(scene),
            looks: 0,
            least: None,
        }
    }

    /// So much time passes; whoever started the pen anew at any moment would find no less than was used.
    fn pass(&mut self, scene: &mut Scene, ms: u32) {
        for tick in 0..ms {
            scene.tick_with(&mut ());
            if tick % 10 == 0 {
                self.look(scene);
            }
        }
    }

    fn look(&mut self, scene: &Scene) {
        let Some(status) = scene.status() else { return };
        let kept = self.place.kept(scene);
        assert!(kept.open && kept.session == status.session, "{kept:?}");
        let found = kept.restored();
        let mode = status.mode;
        assert!(found.elapsed > status.elapsed, "{mode:?}: {kept:?}");
        assert!(found.on >= status.on && found.strokes >= status.strokes);
        let ahead = found.elapsed.minus(status.elapsed);
        self.least = Some(self.least.map_or(ahead, |least| least.min(ahead)));
        self.looks += 1;
    }
}

#[test]
fn sess_008_a_power_cut_at_any_moment_of_a_session_gives_none_of_its_time_back() {
    let mut scene = Scene::ready(&Setup::of(4));
    let mut ahead = Ahead::of(&scene);
    for (treats, rests) in [(1_000, 500), (2_000, 62_000), (3_000, 1_000)] {
        scene.pen.hand().press_trigger();
        ahead.pass(&mut scene, treats);
        assert_eq!(scene.mode(), Some(Mode::Treating));
        scene.pen.hand().release_trigger();
        ahead.pass(&mut scene, rests);
    }
    scene.assert_judges("a session");
    // Power fails in the middle of a drive.
    scene.pen.hand().press_trigger();
    ahead.pass(&mut scene, 700);
    let used = scene.status().expect("alive").elapsed;
    scene.pen.hand().release_trigger();
    scene.pen.reboot(ResetCause::PowerOn);
    scene.ms(600);
    let now = scene.status().expect("alive").elapsed;
    assert!(now > used, "{used:?} {now:?}");
    ahead.pass(&mut scene, 5_000);
    assert!(ahead.looks > 7_000, "{}", ahead.looks);
    let least = ahead.least.expect("looked");
    assert!(least >= Duration::from_s(2), "{least:?}");
}

#[test]
fn sess_008_a_session_is_over_after_a_power_cut_in_service_mode() {
    let mut scene = Scene::ready(&Setup::of(4));
    let mut ahead = Ahead::of(&scene);
    ahead.pass(&mut scene, 100);
    scene.pen.hand().plug_cable(true);
    scene.pen.hand().remove_cartridge();
    ahead.pass(&mut scene, 300);
    scene.pen.hand().insert(Cartridge::dummy(7));
    scene.pen.hand().hold_ok(true);
    ahead.pass(&mut scene, 1_000);
    scene.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(scene.ask(&technician), Some(ToHost::Done));
    assert_eq!(scene.ask(&ToPen::EnterService), Some(ToHost::Done));
    ahead.pass(&mut scene, 50);
    let run = ToPen::Run(Run {
        rate: Rate::from_hz(60),
    });
    assert_eq!(scene.ask(&run), Some(ToHost::Done), "{:?}", scene.status());
    // Two minutes and more: longer than any activation, and nothing is stored meanwhile.
    for _ in 0..1_300 {
        scene.send(&ToPen::Heartbeat);
        ahead.pass(&mut scene, 100);
    }
    assert_eq!(scene.mode(), Some(Mode::ServiceRunning));
    scene.pen.reboot(ResetCause::PowerOn);
    scene.ms(1_500);
    let found = ahead.place.kept(&scene);
    assert!(!found.open, "{found:?}");
    assert!(found.elapsed >= Duration::from_min(45), "{found:?}");
}
