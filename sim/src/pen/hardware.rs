//! Everything of a virtual pen but its firmware: plant, sensors, hand, faults and the wires.

use std::rc::Rc;

use pen_core::profile::Mechanism;

use super::truth::{Observer, Tally, Truth};
use crate::assembly::Assembly;
use crate::board::{DUTY_STEPS, Wires};
use crate::fault::{Faults, Knob};
use crate::hand::Hand;
use crate::hand::screw::Screw;
use crate::math::{PI, TAU};
use crate::plant::{self, Bridge, BridgeFault, Plant, PlantInput, STEP_S, Supply};
use crate::sensors::tachometer::Tachometer;
use crate::sensors::{Scene, Sensors, number};

/// Plant steps in a control tick.
pub const STEPS_PER_TICK: u32 = 10;

/// True time of a plant step (us).
const STEP_US: u64 = 100;

/// How long the second switch stays closed after the control step's last pulse (plant steps, 5 ms): the
/// charge pump in front of it runs dry. Source: as the gate of the Pico's parts list.
const SUPPLY_HOLD_STEPS: u32 = 50;

/// True time of a plant step (ms).
const STEP_MS: f64 = 0.1;

/// A pen without firmware. Its outputs are whatever is on the wires.
#[derive(Debug)]
pub struct Hardware {
    /// What runs between the board and the world.
    pub wires: Rc<Wires>,
    /// Who holds the pen.
    pub hand: Hand,
    /// What is broken.
    pub faults: Faults,
    /// There is a second switch in the bridge's supply.
    pub second_switch: bool,
    /// Plant steps since the control step last ran, whatever held it up.
    unpulsed_steps: u32,
    assembly: Assembly,
    plant: Plant,
    sensors: Sensors,
    tachometer: Tachometer,
    screw: Option<Screw>,
    tally: Tally,
    depth_um: f64,
    needles: u32,
    bridge: Bridge,
    time_us: u64,
    /// The pen's own clock since its start (ps): what makes ppm of 100 us exact.
    pen_ps: u64,
    /// The same at the last sensing.
    sensed_ps: u64,
    charge_a: f64,
    steps: u32,
    tick: u64,
    seen_changes: u64,
    strobe: Strobe,
    meter: Meter,
}

/// A reference tachometer beside the pen: the mean rate of the last whole second.
#[derive(Clone, Copy, Debug)]
struct Strobe {
    since_us: u64,
    theta_rad: f64,
    rate_hz: f64,
}

impl Strobe {
    fn look(&mut self, time_us: u64, theta_rad: f64) {
        if time_us < self.since_us + 1_000_000 {
            return;
        }
        let span_s = std::time::Duration::from_micros(time_us - self.since_us).as_secs_f64();
        self.rate_hz = (theta_rad - self.theta_rad) / (TAU * span_s);
        self.since_us = time_us;
        self.theta_rad = theta_rad;
    }
}

/// A meter in the motor's lead, which shows a new mean each second.
#[derive(Debug, Default)]
struct Meter {
    ticks: u32,
    sum_a: f64,
    shown_ma: f64,
    /// All that flowed (mA ms).
    charge: f64,
}

impl Meter {
    /// Takes the mean of one tick (A).
    fn take(&mut self, current_a: f64) {
        self.ticks += 1;
        self.sum_a += current_a;
        self.charge += 1e3 * current_a;
        if self.ticks == 1_000 {
            // The mean of a thousand ticks in A, times a thousand.
            self.shown_ma = self.sum_a;
            (self.ticks, self.sum_a) = (0, 0.0);
        }
    }
}

impl Hardware {
    /// A pen at rest in the air: cam fully in, ring or actuator at a depth (um).
    #[must_use]
    pub fn new(assembly: Assembly, mechanism: Mechanism, depth_um: f64) -> Self {
        let supply = Supply::Battery { soc: assembly.soc };
        let mut plant = Plant::new(assembly.params.clone(), supply, PI);
        plant.apply(&PlantInput::idle(1e-6 * depth_um));
        let screw = match mechanism {
            Mechanism::Ring => None,
            Mechanism::Actuator => Some(Screw::new(depth_um)),
        };
        Self {
            wires: Rc::new(Wires::default()),
            hand: Hand::new(depth_um),
            faults: Faults::default(),
            second_switch: false,
            unpulsed_steps: 0,
            sensors: Sensors::new(&assembly, depth_um),
            tachometer: Tachometer::new(assembly.edges_rad, plant.theta()),
            tally: Tally::new(&plant),
            screw,
            plant,
            assembly,
            depth_um,
            needles: 0,
            bridge: Bridge::Coast,
            time_us: 0,
            pen_ps: 0,
            sensed_ps: 0,
            charge_a: 0.0,
            steps: 0,
            tick: 0,
            seen_changes: 0,
            meter: Meter::default(),
            strobe: Strobe {
                since_us: 0,
                theta_rad: PI,
                rate_hz: 0.0,
            },
        }
    }

    /// What the pen was built from.
    #[must_use]
    pub const fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// The plant, for questions that [`Truth`] does not answer.
    #[must_use]
    pub const fn plant(&self) -> &Plant {
        &self.plant
    }

    /// True time since the simulation began (us).
    #[must_use]
    pub const fn time_us(&self) -> u64 {
        self.time_us
    }

    /// Time on the pen's own clock since its firmware started (us).
    #[must_use]
    pub const fn pen_us(&self) -> u64 {
        self.pen_ps / 1_000_000
    }

    /// Mean true stroke rate of the last whole second (Hz).
    #[must_use]
    pub const fn strobe_hz(&self) -> f64 {
        self.strobe.rate_hz
    }

    /// What has flowed through the motor's lead so far (mA ms).
    #[must_use]
    pub const fn charge_ma_ms(&self) -> f64 {
        self.meter.charge
    }

    /// What a meter in the motor's lead shows: the mean of the last whole second (mA).
    #[must_use]
    pub const fn meter_ma(&self) -> f64 {
        self.meter.shown_ma
    }

    /// The pen's clock starts anew.
    pub const fn restart_clock(&mut self) {
        self.pen_ps = 0;
        self.sensed_ps = 0;
    }

    /// Runs plant and hand for so many plant steps under what is on the wires.
    pub fn advance<O: Observer>(&mut self, steps: u32, life: (bool, u32), observer: &mut O) {
        self.hand.step_ms();
        self.change_parts();
        self.bridge = self.decode();
        for _ in 0..steps {
            if self.unpulsed_steps == SUPPLY_HOLD_STEPS {
                self.bridge = self.decode();
            }
            self.step();
            self.unpulsed_steps = self.unpulsed_steps.saturating_add(1);
            if O::LOOKS {
                observer.step(&self.truth(life));
            }
        }
        if life.0 {
            // The control step runs now.
            self.unpulsed_steps = 0;
        }
        let ppm = self.clock_ppm();
        let ps =
            u64::from(steps).saturating_mul((100_000_000_u64).saturating_add_signed(100 * ppm));
        self.pen_ps = self.pen_ps.saturating_add(ps);
        self.steps += steps;
    }

    fn step(&mut self) {
        self.depth_um = match &mut self.screw {
            None => self.hand.move_ring(STEP_MS),
            Some(screw) if self.faults.is_set(Knob::ActuatorStuck) => screw.carriage_um(),
            Some(screw) => {
                let lost = number(self.faults.get(Knob::ActuatorLost));
                screw.follow(self.wires.actuator_um.get(), lost, STEP_MS)
            }
        };
        let (gap_m, gap_rate) = self.hand.move_gap(STEP_MS);
        let depth_m = 1e-6 * self.depth_um;
        let before = self.plant.theta();
        self.plant.step(
            STEP_S,
            &PlantInput {
                bridge: self.bridge,
                depth_m,
                gap_m,
                gap_rate,
            },
        );
        self.tachometer
            .follow(before, self.plant.theta(), 100.0, &self.faults);
        self.charge_a += self.plant.current_a();
        self.tally
            .step(&self.plant, self.depth_um, self.hand.gap_um(), self.needles);
        self.time_us += STEP_US;
    }

    /// Takes every reading and puts it on the wires, for the tick that follows.
    pub fn sense(&mut self) {
        let elapsed = (self.pen_ps - self.sensed_ps) / 1_000_000;
        self.sensed_ps = self.pen_ps;
        self.tick += 1;
        let scene = Scene {
            tick: self.tick,
            depth_um: self.depth_um,
            phase_rad: self.plant.phase(),
            rate_hz: self.plant.rate_hz(),
            current_a: self.charge_a / f64::from(self.steps.max(1)),
            battery_v: self.plant.terminal_v(),
            housing_c: self.plant.temperatures().housing_c,
            load_g: self.hand.load_g(),
            elapsed_us: u32::try_from(elapsed).unwrap_or(u32::MAX),
        };
        self.meter.take(scene.current_a);
        self.charge_a = 0.0;
        self.steps = 0;
        self.sensors.sample(&scene, &mut self.faults, &self.wires);
        let clock = 1.0 + 1e-6 * number(Some(self.clock_ppm()));
        let tacho = self.tachometer.take(clock);
        let waiting = self.wires.tacho.get().edges;
        let edges = tacho.edges.saturating_add(waiting);
        self.wires.tacho.set(pen_core::io::Tacho { edges, ..tacho });
        self.strobe.look(self.time_us, self.plant.theta());
        self.hand.levels().put(self.tick, &self.faults, &self.wires);
    }

    /// Lets the cartridge's tag hear what the firmware said.
    pub fn burn_tag(&mut self) {
        if let Some(id) = self.wires.burn.take()
            && !self.faults.is_set(Knob::TagBurnFails)
            && !self.faults.is_set(Knob::TagSilent)
        {
            self.hand.burn(id);
        }
    }

    /// What is really so; `life` is whether the firmware runs, and how often it started.
    #[must_use]
    pub fn truth(&self, (alive, starts): (bool, u32)) -> Truth {
        let heat = self.plant.temperatures();
        let duty = match self.bridge {
            Bridge::Drive { duty } => duty,
            Bridge::Brake | Bridge::Coast => 0.0,
        };
        Truth {
            time_us: self.time_us,
            pen_us: self.pen_us(),
            theta_rad: self.plant.theta(),
            rate_hz: self.plant.rate_hz(),
            protrusion_um: self.tally.protrusion_um(),
            peak_um: self.tally.peak_um,
            turn_peak_um: self.tally.turn_peak_um(),
            depth_um: self.depth_um,
            gap_um: self.hand.gap_um(),
            needles: self.needles,
            in_skin: self.tally.is_in_skin(),
            enable: self.wires.enable.get(),
            bridge: self.bridge,
            powered: duty != 0.0,
            braking: self.bridge == Bridge::Brake,
            duty,
            current_a: self.plant.current_a(),
            supply_a: duty * self.plant.current_a(),
            terminal_v: self.plant.terminal_v(),
            soc: self.plant.soc(),
            winding_c: heat.winding_c,
            housing_c: heat.housing_c,
            grip_c: heat.housing_c + number(self.faults.get(Knob::GripHot)),
            punctures: self.tally.punctures,
            strokes: self.tally.strokes,
            falls: self.hand.load_g() == 0.0,
            trigger: self.hand.holds_trigger(),
            held: self.hand.holds_trigger() || self.faults.is_set(Knob::TriggerBothStuck),
            cable: self.hand.has_cable(),
            alive,
            starts,
        }
    }

    fn clock_ppm(&self) -> i64 {
        self.assembly.clock_ppm + self.faults.get(Knob::ClockDrift).unwrap_or(0)
    }

    /// What the bridge makes of pins and faults.
    fn decode(&self) -> Bridge {
        let wires = &self.wires;
        let faults = &self.faults;
        let enabled = wires.enable.get() || faults.is_set(Knob::BridgeEnableWelded);
        if !enabled || faults.is_set(Knob::BridgeOpen) {
            return Bridge::Coast;
        }
        // A bridge without supply can still short the winding, and nothing else.
        let is_supplied = self.is_supplied();
        if is_supplied && faults.is_set(Knob::BridgeStuckOn) {
            return Bridge::Drive { duty: 1.0 };
        }
        let (forward, backward) = (wires.forward.get(), wires.backward.get());
        let leak = faults.get(Knob::BridgeShort);
        if is_supplied && (forward != backward || leak.is_some()) {
            let net = f64::from(forward) - f64::from(backward);
            let duty = net / f64::from(DUTY_STEPS);
            return Bridge::Drive {
                duty: leak.map_or(duty, |percent| duty.max(0.01 * number(Some(percent)))),
            };
        }
        if faults.is_set(Knob::BridgeBrakeOpen) {
            Bridge::Coast
        } else {
            Bridge::Brake
        }
    }

    /// Whether the battery reaches the bridge. The second switch is held closed by the processor's
    /// work: it opens by itself 5 ms after that ends, whatever the pin is left at.
    #[must_use]
    pub fn is_supplied(&self) -> bool {
        if !self.second_switch || self.faults.is_set(Knob::BridgeSupplyWelded) {
            return true;
        }
        !self.faults.is_set(Knob::BridgeSupplyOpen)
            && self.wires.supply.get()
            && self.unpulsed_steps < SUPPLY_HOLD_STEPS
    }

    /// Cartridge, battery and whatever breaks or heals.
    fn change_parts(&mut self) {
        if let Some(needles) = self.hand.take_other_needles() {
            self.needles = needles;
            self.plant.set_needles(needles);
        }
        if let Some(soc) = self.hand.take_fresh_charge() {
            self.plant.set_soc(soc);
        }
        if self.faults.changes() == self.seen_changes {
            return;
        }
        if let Some(percent) = self.faults.take(Knob::BatterySoc) {
            self.plant.set_soc(0.01 * number(Some(percent)));
        }
        if let Some(us) = self.faults.take(Knob::HallGlitch) {
            self.tachometer.disturb(number(Some(us)));
        }
        let faults = &self.faults;
        let percent = |knob| 0.01 * number(Some(faults.get(knob).unwrap_or(100)));
        self.plant.set_faults(plant::Faults {
            jam: faults.is_set(Knob::MotorJam),
            spring_broken: faults.is_set(Knob::SpringBroken),
            // The bridge's faults need its enable path, which the plant does not know.
            bridge: BridgeFault::None,
            extra_friction_nm: 1e-6 * number(faults.get(Knob::MotorFriction)),
            bluntness: percent(Knob::SkinDull),
        });
        let sag_v = 1e-3 * number(faults.get(Knob::BatterySag));
        self.plant.weaken_battery(percent(Knob::BatteryOhm), sag_v);
        self.seen_changes = self.faults.changes();
    }
}

#[cfg(test)]
mod tests;
