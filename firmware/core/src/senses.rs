//! Raw samples in, readings out: what every room of the core knows of the outside.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::calibration::{Calibration, Channel};
use crate::clock::Tick;
use crate::estimate::{
    AccelerationReading, AccelerationSense, BatterySense, CurrentSense, DepthChannel, DepthReading,
    GripSense, Speed, SpeedReading,
};
use crate::gate::MotorCommand;
use crate::heat::{Heat, Load};
use crate::io::{Inputs, Quadrant, Tacho};
use crate::limits;
use crate::records::Records;
use crate::units::{Current, Depth, Temperature, Voltage};
use crate::witness::{self, Seen, Witness};

/// Readings of this tick.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Readings {
    pub(crate) a: DepthReading,
    pub(crate) b: DepthReading,
    pub(crate) speed: SpeedReading,
    pub(crate) quadrant: Quadrant,
    /// Edges of the tachometer, negative backward.
    pub(crate) edges: i8,
    pub(crate) seen: Seen,
    pub(crate) current: Option<Current>,
    /// The same, smoothed; the last one while there is none.
    pub(crate) current_smooth: Current,
    pub(crate) battery: Option<Voltage>,
    pub(crate) acceleration: AccelerationReading,
    pub(crate) grip_known: bool,
}
any_struct!(Readings {
    a,
    b,
    speed,
    quadrant,
    edges,
    seen,
    current,
    current_smooth,
    battery,
    acceleration,
    grip_known
});

impl Readings {
    /// The deeper of the two channels; nothing when either is unusable (DEPTH-003).
    pub(crate) fn depth(&self) -> Option<Depth> {
        match (self.a.depth, self.b.depth) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (Some(_), None) | (None, Some(_)) | (None, None) => None,
        }
    }

    /// Both channels are usable and say nearly the same (DEPTH-004).
    pub(crate) fn agree(&self) -> bool {
        match (self.a.depth, self.b.depth) {
            (Some(a), Some(b)) => a.distance(b) <= limits::DISAGREE_SLOW_UM,
            (Some(_), None) | (None, Some(_)) | (None, None) => false,
        }
    }

    /// The tachometer moved a moment ago.
    pub(crate) fn turns(&self) -> bool {
        self.speed.since_edge < limits::STANDSTILL_TIME
    }
}

/// Every filter and estimator, and what they said last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Senses {
    channel_a: DepthChannel,
    channel_b: DepthChannel,
    speed: Speed,
    current: CurrentSense,
    battery: BatterySense,
    acceleration: AccelerationSense,
    grip: GripSense,
    heat: Heat,
    witness: Witness,
    readings: Readings,
}
any_struct!(Senses {
    channel_a,
    channel_b,
    speed,
    current,
    battery,
    acceleration,
    grip,
    heat,
    witness,
    readings
});

impl Senses {
    pub(crate) fn new() -> Self {
        Self {
            channel_a: DepthChannel::new(Channel::A),
            channel_b: DepthChannel::new(Channel::B),
            speed: Speed::new(),
            current: CurrentSense::new(),
            battery: BatterySense::new(),
            acceleration: AccelerationSense::new(),
            grip: GripSense::new(),
            heat: Heat::new(),
            witness: Witness::new(),
            readings: Readings::default(),
        }
    }

    /// What they said last.
    pub(crate) const fn readings(&self) -> &Readings {
        &self.readings
    }

    /// One tick. `last` was written to the bridge in the tick before. What the motor's own voltage tells
    /// follows with [`Senses::witness`].
    pub(crate) fn update(
        &mut self,
        inputs: &Inputs,
        tick: Tick,
        records: &Records,
        last: MotorCommand,
    ) {
        self.read(inputs, tick, records.calibration());
        // PWR-004: what the last tick's duty and this tick's current do to winding and grip.
        let load = Load {
            current: self.readings.current.unwrap_or_default(),
            duty: last.duty(),
            battery: self.readings.battery.unwrap_or(limits::BATTERY_STOP),
            resistance_mohm: records.motor().map_or(0, |motor| motor.resistance_mohm),
        };
        self.heat.update(&load, &self.grip, !tick.even, tick.dt);
    }

    /// Each reading where it is kept: all together once more on the stack they cost a copy.
    fn read(&mut self, inputs: &Inputs, tick: Tick, table: Option<&Calibration>) {
        let dt = tick.dt;
        let Readings {
            a,
            b,
            speed,
            quadrant,
            edges,
            // Follows with `witness`.
            seen: _,
            current,
            current_smooth,
            battery,
            acceleration,
            grip_known,
        } = &mut self.readings;
        *a = self
            .channel_a
            .update(inputs.depth_a, table.map(|c| &c.a), dt);
        *b = self
            .channel_b
            .update(inputs.depth_b, table.map(|c| &c.b), dt);
        *speed = self.speed.update(corrected(inputs.tacho, tick), dt);
        *quadrant = inputs.tacho.quadrant;
        *edges = inputs.tacho.edges;
        *current = self.current.update(inputs.current, dt);
        *current_smooth = self.current.smooth();
        *battery = self.battery.update(inputs.battery, dt);
        *acceleration = self.acceleration.update(inputs.acceleration, tick.even, dt);
        *grip_known = self.grip.update(inputs.grip, dt);
    }

    /// RATE-006, STOP-003: what the motor's own voltage tells of the cam. `rests` while nothing drives a
    /// motor that stands, `boots` before anything was driven.
    pub(crate) fn witness(
        &mut self,
        tick: Tick,
        records: &Records,
        last: MotorCommand,
        rests: bool,
        boots: bool,
    ) {
        let readings = &mut self.readings;
        readings.seen = self.witness.update(&witness::Tick {
            last,
            battery: readings.battery,
            current: readings.current,
            winding: self.heat.winding(),
            motor: records.motor(),
            edges: readings.edges,
            rests,
            boots,
            even: tick.even,
            dt: tick.dt,
        });
    }

    /// A drive begins: what is told of its rate starts anew, and the channels must move with it.
    pub(crate) fn begin(&mut self) {
        self.speed.restart();
        self.witness.restart();
        self.readings.speed = SpeedReading::default();
        self.channel_a.expect_motion();
        self.channel_b.expect_motion();
    }

    /// The worse of thermistor and model.
    pub(crate) const fn grip(&self) -> Temperature {
        self.heat.grip()
    }

    /// The winding, by the model alone.
    pub(crate) const fn winding(&self) -> Temperature {
        self.heat.winding()
    }

    /// What the grip's thermistor says; nothing while it is not valid.
    pub(crate) fn thermistor(&self) -> Option<Temperature> {
        self.grip.temperature()
    }

    /// Grip and winding, once the model has started.
    pub(crate) fn warmth(&self) -> Option<(Temperature, Temperature)> {
        self.heat
            .is_started()
            .then(|| (self.heat.grip(), self.heat.winding()))
    }

    /// The grip is so warm that the rate is held back.
    pub(crate) const fn is_warm(&self) -> bool {
        self.heat.is_warm()
    }

    /// The grip is too warm to go on.
    pub(crate) fn is_grip_hot(&self) -> bool {
        self.heat.is_grip_hot()
    }

    /// The winding is too warm to go on.
    pub(crate) fn is_winding_hot(&self) -> bool {
        self.heat.is_winding_hot()
    }

    /// It was too warm to go on, and has to cool further before anything starts.
    pub(crate) const fn must_cool(&self) -> bool {
        self.heat.must_cool()
    }
}

/// The tachometer in corrected time. Without an edge in this tick nobody asks how old it is.
fn corrected(tacho: Tacho, tick: Tick) -> Tacho {
    if tacho.edges == 0 {
        return tacho;
    }
    Tacho {
        edge_age: tick.correct(tacho.edge_age),
        ..tacho
    }
}

#[cfg(test)]
mod tests;
