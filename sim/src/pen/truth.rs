//! What is really so: for monitors, which never ask the firmware.

use crate::math::sin_cos_near;
use crate::plant::{Bridge, Plant};

/// The true state of pen and hand at one instant. All quantities true, in the units of their names.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each asked for by name"
)]
pub struct Truth {
    /// Time since the simulation began (us).
    pub time_us: u64,
    /// Time on the pen's own clock since its firmware last started (us).
    pub pen_us: u64,
    /// Angle of the cam since the simulation began; 0 and each full turn are fully out (rad).
    pub theta_rad: f64,
    /// Strokes a second, negative backwards (Hz).
    pub rate_hz: f64,
    /// Protrusion of the tips beyond the nose cone now, negative inside (um).
    pub protrusion_um: f64,
    /// Greatest protrusion since the step before, exact also between two steps (um).
    pub peak_um: f64,
    /// Greatest protrusion in this turn and the one before (um).
    pub turn_peak_um: f64,
    /// Depth setting of ring or actuator: protrusion at full extension (um).
    pub depth_um: f64,
    /// Distance from nose cone to skin (um); a metre in the air, negative when pressed in.
    pub gap_um: f64,
    /// Needles of the cartridge that is in; 0 without one.
    pub needles: u32,
    /// Tips are below the skin's surface.
    pub in_skin: bool,
    /// What the enable pin says.
    pub enable: bool,
    /// What the bridge really does, faults included.
    pub bridge: Bridge,
    /// The supply puts torque on the motor.
    pub powered: bool,
    /// The winding is shorted.
    pub braking: bool,
    /// Duty in force, -1 to 1.
    pub duty: f64,
    /// Motor current (A).
    pub current_a: f64,
    /// Current that the bridge draws from the supply: the motor's while it is driven, in proportion
    /// to the duty; nothing while the winding is shorted or open (A).
    pub supply_a: f64,
    /// Battery voltage at its terminals (V).
    pub terminal_v: f64,
    /// State of charge, 0 to 1.
    pub soc: f64,
    /// Temperature of the winding (degC).
    pub winding_c: f64,
    /// Temperature of the pen's housing (degC).
    pub housing_c: f64,
    /// Temperature of the grip: of the housing, unless a fault warms it (degC).
    pub grip_c: f64,
    /// Entries of the tips into skin so far: one a stroke, however many needles.
    pub punctures: u64,
    /// Full extensions so far, in skin or not.
    pub strokes: u64,
    /// Nothing holds the pen up.
    pub falls: bool,
    /// The hand holds the trigger.
    pub trigger: bool,
    /// The trigger's mechanism is held: by the hand, or because it is jammed (`trigger.both_stuck`).
    /// A jam is mechanical: the finger has left, and both contacts are where a finger would hold
    /// them. A single contact that sticks is an electrical fault and holds nothing.
    pub held: bool,
    /// The charging cable is in.
    pub cable: bool,
    /// The firmware runs: not in reset, not hung, not without power.
    pub alive: bool,
    /// Starts of the firmware so far.
    pub starts: u32,
}

impl Truth {
    /// A made-up pen that rests: torque off, trigger free, cam fully in, ring at 0.9 mm. What judges are tried with.
    pub const RESTS: Self = Self {
        time_us: 0,
        pen_us: 0,
        theta_rad: 0.0,
        rate_hz: 0.0,
        protrusion_um: -1_600.0,
        peak_um: -1_600.0,
        turn_peak_um: 900.0,
        depth_um: 900.0,
        gap_um: 0.0,
        needles: 12,
        in_skin: false,
        enable: false,
        bridge: Bridge::Coast,
        powered: false,
        braking: false,
        duty: 0.0,
        current_a: 0.0,
        supply_a: 0.0,
        terminal_v: 7.4,
        soc: 0.8,
        winding_c: 30.0,
        housing_c: 30.0,
        grip_c: 30.0,
        punctures: 0,
        strokes: 0,
        falls: false,
        trigger: false,
        held: false,
        cable: false,
        alive: true,
        starts: 1,
    };
}

/// Somebody who looks on. Called after every plant step, that is every 100 us of true time.
pub trait Observer {
    /// Whether there is anybody; the truth is not even gathered otherwise.
    const LOOKS: bool = true;

    /// Looks at the truth after a step.
    fn step(&mut self, truth: &Truth);
}

/// Nobody.
impl Observer for () {
    const LOOKS: bool = false;

    fn step(&mut self, _: &Truth) {}
}

impl<F: FnMut(&Truth)> Observer for F {
    fn step(&mut self, truth: &Truth) {
        self(truth);
    }
}

/// What must be counted along the way because no single instant tells it.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) punctures: u64,
    pub(super) strokes: u64,
    pub(super) peak_um: f64,
    protrusion_um: f64,
    was_in: bool,
    extensions: u32,
    turns: i32,
    this_turn_um: f64,
    last_turn_um: f64,
}

impl Tally {
    pub(super) fn new(plant: &Plant) -> Self {
        let protrusion_um = 1e6 * plant.protrusion_m();
        Self {
            punctures: 0,
            strokes: 0,
            peak_um: protrusion_um,
            protrusion_um,
            was_in: false,
            extensions: plant.extensions(),
            turns: plant.turns(),
            this_turn_um: protrusion_um,
            last_turn_um: protrusion_um,
        }
    }

    /// Counts what one step brought. `depth_um` and `gap_um` are those of the end of the step.
    pub(super) fn step(&mut self, plant: &Plant, depth_um: f64, gap_um: f64, needles: u32) {
        // As `Plant::protrusion_m`, by the shorter of the two forms: this is asked in every step.
        let swing_um = 1e6 * plant.params().eccentricity_m;
        let now_um = depth_um - swing_um * (1.0 - sin_cos_near(plant.phase()).1);
        self.peak_um = self.protrusion_um.max(now_um);
        self.protrusion_um = now_um;
        let extensions = plant.extensions();
        if extensions != self.extensions {
            self.strokes += u64::from(extensions.wrapping_sub(self.extensions));
            self.extensions = extensions;
            self.peak_um = self.peak_um.max(depth_um);
        }
        if plant.turns() != self.turns {
            self.turns = plant.turns();
            self.last_turn_um = self.this_turn_um;
            self.this_turn_um = self.peak_um;
        }
        self.this_turn_um = self.this_turn_um.max(self.peak_um);
        let is_in = needles > 0 && now_um > gap_um;
        let touched = needles > 0 && self.peak_um > gap_um;
        if !self.was_in && touched {
            self.punctures += 1;
        }
        self.was_in = is_in;
    }

    pub(super) const fn protrusion_um(&self) -> f64 {
        self.protrusion_um
    }

    pub(super) const fn is_in_skin(&self) -> bool {
        self.was_in
    }

    pub(super) const fn turn_peak_um(&self) -> f64 {
        self.this_turn_um.max(self.last_turn_um)
    }
}
