//! A pen, a host and a hand around one clock of true time, with the judges looking on.

use pen_core::cartridge::Kind;
use pen_core::fault::Fault;
use pen_core::journal::{Entry, Record};
use pen_core::mode::Mode;
use pen_core::plan::{Plan, Screening, ZONES_MAX, Zone, ZonePlan};
use pen_core::profile::Mechanism;
use pen_core::status::Status;
use pen_core::units::{Depth, Duration, Rate, Strokes};
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Hello, JournalName, ReadJournal, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_sim::hand::Cartridge;
use pen_sim::monitor::{Claims, Monitors, Rules};
use pen_sim::pen::{Observer, Options, Truth, VirtualPen};

/// A day after every calibration of the factory (2026-11-22, counted from 2020-01-01).
const DAY: u16 = 2_517;

/// How a treatment is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) mechanism: Mechanism,
    pub(crate) rate_hz: u32,
    /// Where the ring stands; the cap of the plan for an actuator.
    pub(crate) ring_um: f64,
    pub(crate) cap_um: i32,
    pub(crate) kind: Kind,
    pub(crate) zone: Zone,
    /// State of charge, or the seed's own.
    pub(crate) soc: Option<f64>,
    pub(crate) on_skin: bool,
    /// What stops the motor is not broken on purpose.
    pub(crate) has_brake: bool,
    /// The motor turns in Service mode: by permission of a host, with the cable in.
    pub(crate) is_service: bool,
}

impl Setup {
    pub(crate) const fn of(seed: u64) -> Self {
        Self {
            seed,
            mechanism: Mechanism::Ring,
            rate_hz: 100,
            ring_um: 900.0,
            cap_um: 1_000,
            kind: Kind::Twelve,
            zone: Zone::Cheek,
            soc: None,
            on_skin: true,
            has_brake: true,
            is_service: false,
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        let mut zones = [None; ZONES_MAX];
        zones[0] = Some(ZonePlan {
            zone: self.zone,
            depth: Depth::from_um(self.cap_um),
            rate: Rate::from_hz(self.rate_hz),
            time: Duration::from_min(2),
            strokes: Strokes::from_count(20_000),
            override_reason: None,
        });
        Plan {
            id: 1,
            day: DAY,
            operator: 1,
            token: 99,
            screening: Screening::all_negative(),
            operator_cap: None,
            zones,
        }
    }
}

/// The judges and a diary.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) monitors: Monitors,
    /// Modes as they changed, at which true time (us).
    pub(crate) modes: Vec<(u64, Mode)>,
    /// Faults as they were latched first, at which true time (us).
    pub(crate) faults: Vec<(u64, Fault)>,
    latched: Option<Fault>,
}

impl Watch {
    fn note(&mut self, pen: &VirtualPen) {
        let status = pen.status();
        let truth = pen.truth();
        let claims = status.as_ref().map(Claims::from);
        self.monitors.hear(claims, &truth);
        let Some(status) = status else {
            self.latched = None;
            return;
        };
        let now = truth.time_us;
        if self.modes.last().is_none_or(|last| last.1 != status.mode) {
            self.modes.push((now, status.mode));
        }
        let fault = status.fault.map(|trip| trip.fault);
        if let Some(new) = fault
            && fault != self.latched
        {
            self.faults.push((now, new));
        }
        self.latched = fault;
    }

    /// Every rule that was broken, in words.
    pub(crate) fn broken(&self) -> Vec<String> {
        let words = self.monitors.broken().map(|finding| {
            format!(
                "{} {}: {:.1} of {:.1}, first at {} us",
                finding.requirement,
                finding.what,
                finding.worst,
                finding.bound,
                finding.broken_at_us.unwrap_or(0)
            )
        });
        words.collect()
    }
}

/// Both the judges and somebody else.
struct Both<'a, O>(&'a mut Monitors, &'a mut O);

impl<O: Observer> Observer for Both<'_, O> {
    fn step(&mut self, truth: &Truth) {
        self.0.step(truth);
        self.1.step(truth);
    }
}

/// A pen and whoever handles it.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) pen: VirtualPen,
    pub(crate) watch: Watch,
    decoder: Decoder,
    seq: u8,
    heard: Vec<(u8, ToHost)>,
}

impl Scene {
    /// A pen that was just switched on.
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut pen = VirtualPen::assemble(&Options {
            seed: setup.seed,
            mechanism: setup.mechanism,
            ..Options::default()
        })
        .expect("the factory builds every pen");
        if let Some(soc) = setup.soc {
            pen.hand().swap_battery(soc);
        }
        let monitors = Monitors::new(Rules {
            cap_um: f64::from(setup.cap_um),
            is_service: setup.is_service,
            has_brake: setup.has_brake,
        });
        Self {
            pen,
            watch: Watch {
                monitors,
                modes: Vec::new(),
                faults: Vec::new(),
                latched: None,
            },
            decoder: Decoder::new(),
            seq: 0,
            heard: Vec::new(),
        }
    }

    /// Plan loaded, zone confirmed, on the skin or in the air: the trigger is all that is missing.
    pub(crate) fn ready(setup: &Setup) -> Self {
        let mut scene = Self::new(setup);
        let seed = setup.seed;
        scene
            .pen
            .hand()
            .insert(Cartridge::fresh(1_000 + seed, setup.kind));
        scene.pen.hand().place_ring(setup.ring_um);
        scene.ms(800);
        scene.hello();
        let loaded = scene.ask(&ToPen::LoadPlan(setup.plan()));
        assert_eq!(loaded, Some(ToHost::Done), "{setup:?}");
        if setup.on_skin {
            scene.pen.hand().approach(0.0, 100.0);
        }
        scene.pen.hand().press_ok(100);
        scene.ms(if setup.mechanism == Mechanism::Actuator {
            4_000
        } else {
            800
        });
        assert_eq!(scene.mode(), Some(Mode::Ready), "{:?}", scene.status());
        scene
    }

    /// At full speed.
    pub(crate) fn treating(setup: &Setup) -> Self {
        let mut scene = Self::ready(setup);
        scene.pen.hand().press_trigger();
        scene.ms(600);
        assert_eq!(
            scene.mode(),
            Some(Mode::Treating),
            "{setup:?}: {:?}",
            scene.status()
        );
        scene
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.pen.truth().time_us
    }

    pub(crate) fn status(&self) -> Option<Status> {
        self.pen.status()
    }

    pub(crate) fn mode(&self) -> Option<Mode> {
        self.status().map(|status| status.mode)
    }

    /// Lets so much true time pass.
    pub(crate) fn ms(&mut self, ms: u64) {
        self.ms_with(ms, &mut ());
    }

    /// Lets so much true time pass before somebody else's eyes as well.
    pub(crate) fn ms_with<O: Observer>(&mut self, ms: u64, other: &mut O) {
        let end = self.now_us() + 1_000 * ms;
        while self.now_us() < end {
            self.tick_with(other);
        }
    }

    /// One tick.
    pub(crate) fn tick_with<O: Observer>(&mut self, other: &mut O) {
        let mut both = Both(&mut self.watch.monitors, other);
        self.pen.tick_observed(&mut both);
        self.watch.note(&self.pen);
        for byte in self.pen.serial_out() {
            if let Some(Ok(frame)) = self.decoder.push(byte)
                && let Ok(message) = frame.message::<ToHost>()
                && !matches!(message, ToHost::TelemetryFrame(_))
            {
                self.heard.push((frame.seq, message));
            }
        }
    }

    /// Sends a request without waiting; returns its number.
    pub(crate) fn send(&mut self, message: &ToPen) -> u8 {
        self.seq = self.seq.wrapping_add(1);
        let mut buffer = [0; FRAME_MAX];
        let frame = encode(self.seq, message, &mut buffer).expect("every message fits");
        self.pen.serial_in(frame);
        self.seq
    }

    /// The answer to a request, once it came.
    pub(crate) fn heard(&self, seq: u8) -> Option<&ToHost> {
        self.heard.iter().find(|(of, _)| *of == seq).map(|(_, m)| m)
    }

    /// Forgets all answers so far.
    pub(crate) fn forget_answers(&mut self) {
        self.heard.clear();
    }

    /// Asks and waits up to 200 ms for the answer.
    pub(crate) fn ask(&mut self, message: &ToPen) -> Option<ToHost> {
        self.heard.clear();
        let seq = self.send(message);
        for _ in 0..200 {
            self.tick_with(&mut ());
            if let Some(answer) = self.heard(seq) {
                return Some(*answer);
            }
        }
        None
    }

    /// Introduces the host.
    pub(crate) fn hello(&mut self) {
        let hello = ToPen::Hello(Hello {
            version_min: pen_protocol::VERSION,
            version_max: pen_protocol::VERSION,
            schema: pen_protocol::SCHEMA_HASH,
            client: Text::new("tests").expect("short"),
        });
        let reply = self.ask(&hello);
        assert!(
            matches!(reply, Some(ToHost::HelloReply(reply)) if !reply.read_only),
            "{reply:?}"
        );
    }

    /// Everything in both journals.
    pub(crate) fn journal(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for journal in [JournalName::Faults, JournalName::Routine] {
            let mut from = 1;
            loop {
                let page = ReadJournal {
                    journal,
                    from,
                    max: 8,
                };
                let Some(ToHost::JournalReply(page)) = self.ask(&ToPen::ReadJournal(page)) else {
                    panic!("the {journal:?} journal cannot be read from {from}");
                };
                let found = page.entries.iter().flatten();
                entries.extend(found.filter_map(|entry| entry.entry));
                if page.next >= page.end || page.next <= from {
                    break;
                }
                from = page.next;
            }
        }
        entries
    }

    /// Records of the journals that satisfy a question.
    pub(crate) fn records(&mut self, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        let mut records: Vec<Record> = self.journal().iter().map(|entry| entry.record).collect();
        records.retain(wanted);
        records
    }

    /// Fails when a judge saw a rule broken.
    pub(crate) fn assert_judges(&self, what: &str) {
        let broken = self.watch.broken();
        assert!(broken.is_empty(), "{what}: {broken:#?}");
    }

    /// Stops erasing and programming from holding up the processor: then true time is the same
    /// with and without them.
    pub(crate) const fn flash_beside(&mut self) {
        self.pen.block_on_flash(false);
    }
}
