//! The image itself, spoken to frame by frame.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pen_core::journal::ResetCause;
use pen_lockstep::order::{Flash, FlashRefusal, Order, Start};
use pen_lockstep::report::{Report, Target};
use pen_lockstep::{FRAME_MAX, HEADER, SOURCES, VERSION, frame_length};

use crate::image::{TARGETS, settings};

/// The image under QEMU, without pen-sim.
struct Session {
    child: Child,
    to: Option<ChildStdin>,
    from: ChildStdout,
}

impl Session {
    fn start(target: &str) -> Self {
        let settings = settings(target);
        let mut child = Command::new(&settings.emulator)
            .args(["-M", "mps2-an386", "-display", "none", "-monitor", "none"])
            .args(["-serial", "null"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(&settings.image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("QEMU starts");
        Self {
            to: child.stdin.take(),
            from: child.stdout.take().expect("a pipe"),
            child,
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().expect("a pipe");
        to.write_all(bytes).expect("QEMU reads");
    }

    fn tell(&mut self, order: &Order<'_>) {
        let mut frame = [0; FRAME_MAX];
        let length = order.write(&mut frame).expect("an order");
        self.send(&frame[..length]);
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut frame = vec![0; HEADER];
        self.from.read_exact(&mut frame).expect("QEMU speaks");
        let length = frame_length(&frame).ok().flatten();
        frame.resize(length.expect("a frame"), 0);
        let rest = &mut frame[HEADER..];
        self.from.read_exact(rest).expect("QEMU speaks");
        frame
    }

    /// The text of a failure, after which QEMU ends with a failure, too.
    fn death(&mut self) -> String {
        let frame = self.hear();
        let Ok(Report::Failure { text }) = Report::read(&frame) else {
            panic!("{frame:?}");
        };
        let status = self.child.wait().expect("QEMU ends");
        assert_eq!(status.code(), Some(1));
        text.to_owned()
    }

    fn greeting(&mut self) -> Target {
        match Report::read(&self.hear()) {
            Ok(Report::Greeting(greeting)) => {
                assert_eq!(greeting.version, VERSION);
                assert_eq!(greeting.sources, SOURCES, "build the images anew");
                greeting.target
            }
            other => panic!("{other:?}"),
        }
    }

    /// Boots with a flash that has no power, so that nothing can be read.
    fn boot(&mut self) {
        self.tell(&Order::Start(Start {
            serial: 1,
            cause: ResetCause::PowerOn,
            is_host_on_uart: false,
            second_switch: false,
            flash_bytes: 557_056,
            keys: &[],
        }));
        loop {
            match Report::read(&self.hear()) {
                Ok(Report::Flash(_)) => {
                    self.tell(&Order::Flash(Flash::Refused(FlashRefusal::NoPower)));
                }
                Ok(Report::Started { is_up, work }) => {
                    assert!(is_up && !work.enable && !work.supply && work.forward == 0);
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn both_images_say_what_they_are() {
    let targets = [Target::Armv7em, Target::Armv6m];
    for (name, target) in TARGETS.into_iter().zip(targets) {
        let mut session = Session::start(name);
        assert_eq!(session.greeting(), target);
        assert_eq!(target.name(), name);
    }
}

#[test]
fn a_panic_is_told_with_its_place() {
    for target in TARGETS {
        let mut session = Session::start(target);
        session.greeting();
        session.tell(&Order::Flash(Flash::Done(&[])));
        let text = session.death();
        assert!(text.contains("panicked at "), "{text}");
        assert!(text.contains("nobody asked for flash"), "{text}");
    }
}

#[test]
fn bytes_that_are_no_order_are_told() {
    let mut session = Session::start(TARGETS[0]);
    session.greeting();
    session.send(&[9, 0, 0]);
    let text = session.death();
    assert!(
        text.contains("no frame of this direction has kind 0x09"),
        "{text}"
    );
}

/// A second boot without a reset is an error; after a reset it is not, because nothing of the first
/// is left in memory.
#[test]
fn a_reset_forgets_everything() {
    for target in TARGETS {
        let mut session = Session::start(target);
        session.greeting();
        for _ in 0..3 {
            session.boot();
            session.tell(&Order::Reset);
            let frame = session.hear();
            match Report::read(&frame) {
                Ok(Report::Mark(mark)) => assert!(mark.used > 1_000 && mark.used < mark.size),
                other => panic!("{other:?}"),
            }
            session.greeting();
        }
        session.boot();
        session.tell(&Order::Start(Start {
            serial: 1,
            cause: ResetCause::PowerOn,
            is_host_on_uart: false,
            second_switch: false,
            flash_bytes: 557_056,
            keys: &[],
        }));
        let text = session.death();
        assert!(
            text.contains("told to start twice without a reset"),
            "{text}"
        );
    }
}

#[test]
fn an_image_whose_plant_is_gone_ends_by_itself() {
    let mut session = Session::start(TARGETS[0]);
    session.greeting();
    drop(session.to.take());
    assert_eq!(session.child.wait().unwrap().code(), Some(0));
}
