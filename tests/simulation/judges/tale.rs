//! A made-up truth: what plant and hand do, step by step, before the judges' eyes.

use std::f64::consts::{PI, TAU};

use pen_sim::monitor::{Claims, Defect, Monitors, Rules};
use pen_sim::pen::{Observer, Truth};
use pen_sim::plant::Bridge;

/// Half the needle's way (um): the tips stand at the setting less twice this when the cam is in.
const SWING_UM: f64 = 1_250.0;

/// A pen that rests: torque off, trigger free, cam fully in, ring at 0.9 mm.
fn resting() -> Truth {
    let inside = 900.0 - 2.0 * SWING_UM;
    Truth {
        theta_rad: PI,
        protrusion_um: inside,
        peak_um: inside,
        ..Truth::RESTS
    }
}

/// The truth as it is made up so far.
pub(crate) struct Tale {
    judges: Monitors,
    pub(crate) now: Truth,
    /// What the pen says after each millisecond.
    pub(crate) claims: Option<Claims>,
    pub(crate) step_us: u32,
}

impl Tale {
    /// A pen that has been resting for 0.3 s.
    pub(crate) fn new(rules: Rules, defect: Option<Defect>) -> Self {
        let mut tale = Self::from_nothing(rules, defect);
        tale.ms(300.0);
        tale
    }

    /// A pen that rests from now on.
    pub(crate) fn from_nothing(rules: Rules, defect: Option<Defect>) -> Self {
        Self {
            judges: defect.map_or_else(
                || Monitors::new(rules),
                |defect| Monitors::with_defect(rules, defect),
            ),
            now: resting(),
            claims: None,
            step_us: 100,
        }
    }

    /// Requirements that are broken, in the judges' order.
    pub(crate) fn broken(&self) -> Vec<&'static str> {
        self.judges.broken().map(|f| f.requirement).collect()
    }

    /// The worst value that a rule has seen, by the beginning of what it measures.
    pub(crate) fn worst(&self, what: &str) -> f64 {
        let mut found = self.judges.findings().filter(|f| f.what.starts_with(what));
        found.next().expect("a rule").worst
    }

    /// When torque that is no push came and went (us).
    pub(crate) fn torque(&self) -> &[(u64, bool)] {
        &self.judges.torque
    }

    /// Rates of all turns so far (Hz).
    pub(crate) fn rates(&self) -> impl Iterator<Item = f64> {
        self.judges.turns().iter().map(|turn| turn.1)
    }

    /// Changes something that lasts.
    pub(crate) fn so(&mut self, change: impl FnOnce(&mut Truth)) -> &mut Self {
        change(&mut self.now);
        self
    }

    /// The trigger is held or free, by a finger.
    pub(crate) fn hold(&mut self, held: bool) -> &mut Self {
        self.so(|t| (t.trigger, t.held) = (held, held))
    }

    /// The bridge, with the pins that a healthy pen has then; 0.3 A at any duty.
    pub(crate) fn bridge(&mut self, bridge: Bridge) -> &mut Self {
        let duty = match bridge {
            Bridge::Drive { duty } => duty,
            Bridge::Brake | Bridge::Coast => 0.0,
        };
        self.so(|t| {
            t.bridge = bridge;
            t.enable = bridge != Bridge::Coast;
            t.powered = duty != 0.0;
            t.braking = bridge == Bridge::Brake;
            t.duty = duty;
            t.current_a = if t.powered {
                0.3_f64.copysign(duty)
            } else {
                0.0
            };
            t.supply_a = duty * t.current_a;
        })
    }

    pub(crate) fn duty(&mut self, duty: f64) -> &mut Self {
        self.bridge(Bridge::Drive { duty })
    }

    /// The trigger is pressed and the pen drives.
    pub(crate) fn drive(&mut self) -> &mut Self {
        self.hold(true).duty(0.5)
    }

    /// The trigger is let go of, the winding shorted, the cam stands.
    pub(crate) fn stop(&mut self) -> &mut Self {
        self.hold(false).bridge(Bridge::Brake).turn(0.0)
    }

    /// Torque off, trigger free, the cam stands.
    pub(crate) fn off(&mut self) -> &mut Self {
        self.hold(false).bridge(Bridge::Coast).turn(0.0)
    }

    /// The cam turns at a rate (Hz) from now on.
    pub(crate) fn turn(&mut self, rate_hz: f64) -> &mut Self {
        self.so(|t| t.rate_hz = rate_hz)
    }

    /// Ring or actuator stand at a depth (um).
    pub(crate) fn ring(&mut self, depth_um: f64) -> &mut Self {
        self.so(|t| t.depth_um = depth_um)
    }

    /// The pen says from now on that it rests, with so many strokes in a session.
    pub(crate) fn says(&mut self, session: u32, strokes: u32) -> &mut Self {
        self.claims = Some(Claims {
            parked: false,
            at_rest: true,
            session,
            strokes,
            told: false,
        });
        self
    }

    /// The pen tells a fault from now on.
    pub(crate) fn tells(&mut self) -> &mut Self {
        self.claims = Some(Claims {
            parked: false,
            at_rest: false,
            session: 0,
            strokes: 0,
            told: true,
        });
        self
    }

    /// Lets time pass.
    pub(crate) fn ms(&mut self, ms: f64) -> &mut Self {
        let mut left_us = 1e3 * ms;
        while left_us > 0.5 {
            left_us -= f64::from(self.step_us);
            let by_rad = 1e-6 * TAU * self.now.rate_hz * f64::from(self.step_us);
            self.step(by_rad);
        }
        self
    }

    /// The cam turns by an angle in one step.
    pub(crate) fn step(&mut self, by_rad: f64) -> &mut Self {
        let t = &mut self.now;
        let turn = (t.theta_rad / TAU).floor();
        t.time_us += u64::from(self.step_us);
        t.theta_rad += by_rad;
        if (t.theta_rad / TAU).floor() > turn {
            t.strokes += 1;
        }
        let before_um = t.protrusion_um;
        t.protrusion_um = t.depth_um - SWING_UM * (1.0 - t.theta_rad.cos());
        t.peak_um = t.protrusion_um.max(before_um);
        self.judges.step(&self.now);
        if self.now.time_us.is_multiple_of(1_000) {
            self.judges.hear(self.claims, &self.now);
        }
        self
    }

    /// One step at whose end all is as it is told, the tips included.
    pub(crate) fn just(&mut self, change: impl FnOnce(&mut Truth)) -> &mut Self {
        self.now.time_us += u64::from(self.step_us);
        change(&mut self.now);
        self.judges.step(&self.now);
        self
    }
}
