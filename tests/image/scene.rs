//! A pen with the real image: hand, host and judges around one clock.

use std::cell::{Ref, RefCell, RefMut};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use pen_host::client::{Client, Patience};
use pen_host::clock::Clock;
use pen_host::error::HostError;
use pen_host::link::Transport;
use pen_sim::emulated::{Emulated, Handle, Settings};
use pen_sim::monitor::{Monitors, Rules};
use pen_sim::pen::{Observer, Options, Truth, VirtualPen};

/// Names the image on trial; without it the one that `pen-image` makes is taken.
const IMAGE: &str = "PEN_PICO_IMAGE";

/// Longest that interrupts may be masked while no flash operation runs (ns): what the porting guide
/// recommends to every board.
pub(crate) const MASKED_NS_MAX: u32 = 50_000;

/// The deepest that these tests allow (um).
pub(crate) const CAP_UM: i32 = 1_000;

/// The image that is flashed: `kind` is `elf` or `uf2`.
pub(crate) fn image(kind: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(IMAGE) {
        return PathBuf::from(path).with_extension(kind);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    target.join("images/pen-pico").with_extension(kind)
}

/// What looks at every plant step: the judges, and what the test itself wants to know.
#[derive(Debug)]
pub(crate) struct Eyes {
    pub(crate) monitors: Monitors,
    /// Steps at which the plant's truth said: driven, needles beyond the rim, the deepest.
    pub(crate) driven_us: u64,
    pub(crate) deepest_um: f64,
    /// When the true needle first was beyond a depth that a test asks for (um, us).
    pub(crate) watched_um: f64,
    pub(crate) beyond_at_us: Option<u64>,
    /// When torque went after that.
    pub(crate) off_at_us: Option<u64>,
}

impl Observer for Eyes {
    fn step(&mut self, truth: &Truth) {
        self.monitors.step(truth);
        if truth.powered {
            self.driven_us += 100;
            self.deepest_um = self.deepest_um.max(truth.protrusion_um);
        }
        if self.beyond_at_us.is_none() && truth.depth_um > self.watched_um {
            self.beyond_at_us = Some(truth.time_us);
        }
        if self.beyond_at_us.is_some() && self.off_at_us.is_none() && !truth.powered {
            self.off_at_us = Some(truth.time_us);
        }
    }
}

/// The pen and everybody around it.
#[derive(Debug)]
pub(crate) struct Scene {
    inner: Rc<RefCell<Inner>>,
    pub(crate) handle: Handle,
}

#[derive(Debug)]
struct Inner {
    pen: VirtualPen,
    eyes: Eyes,
    said: Vec<u8>,
}

impl Inner {
    fn tick(&mut self) {
        self.pen.tick_observed(&mut self.eyes);
        self.pen.serial_out_into(&mut self.said);
        if let Some(error) = self.pen.processor_error() {
            panic!("{error}");
        }
    }
}

impl Scene {
    /// A pen that is switched on in this moment, with an image.
    pub(crate) fn with(image: &Path, seed: u64) -> Self {
        let options = Options {
            seed,
            depth_um: 500.0,
            second_switch: true,
            ..Options::default()
        };
        let mut handle = None;
        let settings = Settings::of(image);
        let pen = VirtualPen::assemble_on(&options, |socket| {
            let (emulated, looks) =
                Emulated::new(socket, &settings).unwrap_or_else(|error| panic!("{error}"));
            handle = Some(looks);
            Box::new(emulated)
        })
        .expect("the factory builds every pen");
        let monitors = Monitors::new(Rules {
            cap_um: f64::from(CAP_UM),
            is_service: false,
            has_brake: true,
        });
        let eyes = Eyes {
            monitors,
            driven_us: 0,
            deepest_um: 0.0,
            watched_um: f64::INFINITY,
            beyond_at_us: None,
            off_at_us: None,
        };
        Self {
            inner: Rc::new(RefCell::new(Inner {
                pen,
                eyes,
                said: Vec::new(),
            })),
            handle: handle.expect("made above"),
        }
    }

    /// A pen with the ELF of the image.
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(&image("elf"), seed)
    }

    pub(crate) fn pen(&self) -> RefMut<'_, VirtualPen> {
        RefMut::map(self.inner.borrow_mut(), |inner| &mut inner.pen)
    }

    pub(crate) fn eyes(&self) -> RefMut<'_, Eyes> {
        RefMut::map(self.inner.borrow_mut(), |inner| &mut inner.eyes)
    }

    pub(crate) fn truth(&self) -> Truth {
        let inner: Ref<'_, Inner> = self.inner.borrow();
        inner.pen.truth()
    }

    /// Lets milliseconds pass.
    pub(crate) fn ms(&self, ms: u64) {
        let mut inner = self.inner.borrow_mut();
        for _ in 0..ms {
            inner.tick();
        }
    }

    /// Lets milliseconds pass until something is so; returns how many it took.
    pub(crate) fn until(&self, ms: u64, mut so: impl FnMut(&Self) -> bool) -> Option<u64> {
        for passed in 0..=ms {
            if so(self) {
                return Some(passed);
            }
            self.ms(1);
        }
        None
    }

    /// Plugs the cable in and waits until a terminal could talk to the pen.
    pub(crate) fn plug(&self) {
        self.pen().hand().plug_cable(true);
        let configured = self.until(12_000, |scene| scene.handle.is_configured());
        let log = self.handle.log();
        let seen = (&log.resets, &log.trouble, log.time_ns);
        let seen = format!("{seen:?}");
        drop(log);
        assert!(configured.is_some(), "{:?} {seen}", self.handle.usb());
    }

    /// Pulls the cable, and waits until the pen believes it.
    pub(crate) fn unplug(&self) {
        self.pen().hand().plug_cable(false);
        self.ms(800);
        self.inner.borrow_mut().said.clear();
    }

    /// A host that has greeted the pen.
    pub(crate) fn client(&self) -> Client {
        let link = Link(Rc::clone(&self.inner));
        Client::connect(Box::new(link), Patience::default())
            .unwrap_or_else(|error| panic!("{error:?}; {:?}", self.handle.log().trouble))
    }
}

/// The terminal at the other end of the emulated USB cable.
struct Link(Rc<RefCell<Inner>>);

impl Clock for Link {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.borrow().pen.ticks())
    }

    fn wait(&mut self, span: Duration) {
        for _ in 0..span.as_millis() {
            self.0.borrow_mut().tick();
        }
    }
}

impl Transport for Link {
    fn name(&self) -> String {
        "the emulated pen".to_owned()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let mut inner = self.0.borrow_mut();
        let mut rest = bytes;
        // Nobody reads at the other end: that is for the client to find out.
        for _ in 0..1_000 {
            let taken = inner.pen.serial_in(rest);
            rest = &rest[taken..];
            if rest.is_empty() {
                break;
            }
            inner.tick();
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let mut inner = self.0.borrow_mut();
        for _ in 0..patience.as_millis() {
            if !inner.said.is_empty() {
                break;
            }
            inner.tick();
        }
        let count = inner.said.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(inner.said.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}
