//! The runs: depth and rate in one state of the pen, and what the pen says meanwhile.

use std::time::Duration;

use pen_core::calibration::{Calibration, Channel};
use pen_core::mode::Mode;
use pen_core::status::Status;
use pen_protocol::messages::ToPen;

use super::judge::Known;
use super::observer::{Event, Phase};
use super::state::State;
use super::take::SETTLE;
use super::{Progress, Run};
use crate::error::HostError;
use crate::metrology::Point;
use crate::num::nearest;
use crate::words;

/// Pictures of the pen that one reading of its rate is made of.
const PICTURES: usize = 9;

/// Pictures of the pen that one reading of its motor current is made of.
const CURRENT_PICTURES: u32 = 192;

/// How far they are apart in time: at a rate, the golden ratio of a turn, so that they come to lie evenly over all of
/// it, however many there are and whatever the link adds.
pub(super) fn apart(hz: u32) -> Duration {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    match hz {
        0 => Duration::from_millis(10),
        hz => Duration::from_secs_f64(GOLDEN / f64::from(hz)),
    }
}

/// How far the ring may stand from where it stood for a reading at the mark at which the motor turns: what
/// the two directions may differ by, as for readings. Unit: um.
const AT_MARK_UM: u32 = 60;

/// How often somebody may say that it stands there before it is given up.
const ATTEMPTS: u32 = 3;

impl Run<'_> {
    /// A state of the pen, nothing read yet. Without `can_run` its rate comes later, if ever.
    pub(super) fn begin(&mut self, phase: Phase, can_run: bool) -> Result<State, HostError> {
        self.keep(&Event::Phase { phase })?;
        let of = if can_run {
            self.settings.count(phase)
        } else {
            self.settings.depth_places(phase).len()
        };
        Ok(State {
            phase,
            taken: Vec::new(),
            of,
        })
    }

    /// Depth at every point, from both sides. `current` is the calibration in force.
    pub(super) fn measure_depth(
        &mut self,
        state: &mut State,
        current: Option<&Calibration>,
    ) -> Result<(), HostError> {
        let places = self.settings.depth_places(state.phase);
        self.take(state, places, current)?;
        self.screen(state, current)
    }

    /// Rate at every set rate, and the current if it is measured, first at rest. The ring stands where both channels
    /// agree best, so that the pen has no reason to stop.
    pub(super) fn measure_rate(
        &mut self,
        state: &mut State,
        current: Option<&Calibration>,
    ) -> Result<(), HostError> {
        let mut places = self.settings.rest_places(state.phase);
        places.extend(self.settings.turning_places(state.phase));
        state.expect(places.len());
        self.take(state, places, current)?;
        self.stop()
    }

    /// Ends the turning of the motor, if it turns.
    pub(super) fn stop(&mut self) -> Result<(), HostError> {
        if !self.is_turning {
            return Ok(());
        }
        self.client.demand(&ToPen::Stop)?;
        self.is_turning = false;
        self.come_to_rest()
    }

    /// Has the ring turned to its mark, and believes that only of the pen: the motor turns next.
    pub(super) fn ready_to_run(
        &mut self,
        state: &State,
        current: Option<&Calibration>,
    ) -> Result<(), HostError> {
        let ring = quietest(current, &state.points(self));
        for attempt in 1.. {
            self.bench.ready_to_run(self.client, state.phase, ring)?;
            self.client.wait_alive(SETTLE)?;
            let status = self.client.status()?;
            let known = Known {
                taken: &state.taken,
                calibration: current,
            };
            let moved = known.moved_from(ring, [status.counts_a, status.counts_b]);
            let Some(off) = moved.filter(|off| !is_at_mark(*off)) else {
                break;
            };
            let text = format!(
                "the ring stands {off} um from where it stood at {ring} um, {AT_MARK_UM} are allowed"
            );
            if attempt == ATTEMPTS {
                return Err(HostError::usage("the motor was not started", text)
                    .with_fix("turn the ring to the mark that is asked for before you say yes"));
            }
            self.tell(&Progress::Note(&text));
        }
        Ok(())
    }

    /// What the pen says of its rate: the median of some pictures. A single one may fall just
    /// before an edge, where the silence since the last one makes the rate look low.
    pub(super) fn indicated_rate(&mut self) -> Result<u32, HostError> {
        let mut rates = [0; PICTURES];
        for rate in &mut rates {
            let status = self.client.status()?;
            if status.mode != Mode::ServiceRunning {
                return Err(thrown_out(&status));
            }
            *rate = status.rate.as_mhz();
            // At a slow link all pictures together take longer than the pen waits for its host.
            self.client.demand(&ToPen::Heartbeat)?;
            self.client.wait(Duration::from_millis(7));
        }
        Ok(median(rates))
    }

    /// What the pen says of its motor current: the mean of some pictures that lie in every part of a turn, because
    /// within one the current goes up and down with the load. Unit: uA.
    pub(super) fn indicated_current(&mut self, hz: u32) -> Result<i32, HostError> {
        let mode = if hz == 0 {
            Mode::Service
        } else {
            Mode::ServiceRunning
        };
        let apart = apart(hz);
        let mut sum_ma = 0;
        let mut next = self.client.now();
        for _ in 0..CURRENT_PICTURES {
            let status = self.client.status()?;
            if status.mode != mode {
                return Err(thrown_out(&status));
            }
            sum_ma += status.current.as_ma();
            self.client.demand(&ToPen::Heartbeat)?;
            next += apart;
            // A link that is slower than that takes its pictures as they come.
            let wait = next.saturating_sub(self.client.now());
            self.client.wait(wait);
        }
        Ok(nearest(
            1_000.0 * f64::from(sum_ma) / f64::from(CURRENT_PICTURES),
        ))
    }

    /// Waits until the motor stands and the pen is back in Service.
    pub(super) fn come_to_rest(&mut self) -> Result<(), HostError> {
        for _ in 0..20 {
            self.client.wait_alive(Duration::from_millis(100))?;
            let status = self.client.status()?;
            match status.mode {
                Mode::Service => return Ok(()),
                Mode::Stopping | Mode::ServiceRunning => {}
                Mode::Boot
                | Mode::Locked
                | Mode::Standby
                | Mode::Ready
                | Mode::Treating
                | Mode::FaultReaction
                | Mode::Faulted => return Err(thrown_out(&status)),
            }
        }
        Err(HostError::timeout("stop", 2_000))
    }
}

/// Whether the motor may turn with the ring so far from where it stood at the mark. Unit: um.
const fn is_at_mark(off: u32) -> bool {
    off <= AT_MARK_UM
}

/// As many are lower as are higher.
fn median(mut rates: [u32; PICTURES]) -> u32 {
    rates.sort_unstable();
    rates[PICTURES / 2]
}

/// What the pen says: the deeper of its channels. Without a calibration it says nothing; then the
/// drawing speaks for it, as it would for a pen out of assembly.
pub(super) fn indicated(status: &Status, current: Option<&Calibration>) -> i32 {
    let by_drawing = || {
        let a = Channel::A.nominal(status.counts_a).as_um();
        a.max(Channel::B.nominal(status.counts_b).as_um())
    };
    let deeper = current.and_then(|calibration| {
        let a = calibration.a.depth(status.counts_a)?.as_um();
        Some(a.max(calibration.b.depth(status.counts_b)?.as_um()))
    });
    status
        .depth
        .map(pen_core::units::Depth::as_um)
        .or(deeper)
        .unwrap_or_else(by_drawing)
}

/// The setting at which the two channels agree best, among those well inside the span. Unit: um.
fn quietest(current: Option<&Calibration>, depth: &[Point]) -> i32 {
    let distance = |point: &Point| {
        point
            .deepening
            .iter()
            .filter_map(|reading| {
                let calibration = current?;
                let a = calibration.a.depth(reading.counts_a)?;
                Some(a.distance(calibration.b.depth(reading.counts_b)?))
            })
            .max()
            .unwrap_or(u32::MAX)
    };
    depth
        .iter()
        .filter(|point| (250..=1_500).contains(&point.nominal_um))
        .min_by_key(|point| distance(point))
        .map_or(500, |point| point.nominal_um)
}

/// The pen left Service mode although nobody asked it to.
pub(super) fn thrown_out(status: &Status) -> HostError {
    if let Some(trip) = status.fault {
        let text = words::fault(trip.fault);
        return HostError::safety_stop(text.name, words::trip(&trip)).with_fix(text.fix);
    }
    let (mode, meaning) = words::mode(status.mode);
    HostError::safety_stop(
        "it left Service mode",
        format!(
            "it is in mode {mode}: {meaning}; locks: {}",
            words::locks(status.locks)
        ),
    )
}

#[cfg(test)]
mod tests {
    use pen_core::calibration::{Knot, Table};
    use pen_core::journal::{RecordDefect, ResetCause};
    use pen_core::pen::{Boot, Pen};
    use pen_core::profile::ProfileDefect;
    use pen_core::units::Depth;

    use super::{Calibration, Channel, Point, Status, indicated, is_at_mark, median, quietest};
    use crate::metrology::{PointRole, Reading};

    fn status(depth: Option<i32>, counts_a: u16, counts_b: u16) -> Status {
        let pen = Pen::new(&Boot {
            serial: 1,
            cause: ResetCause::PowerOn,
            image_ok: true,
            memory_ok: true,
            second_switch: false,
            storage_ok: true,
            profile: Err(ProfileDefect::Missing),
            calibration: Err(RecordDefect::Missing),
            ledger: None,
            digest: 0,
            signed_off: pen_core::calibration::CalibrationId::NONE,
        });
        Status {
            depth: depth.map(Depth::from_um),
            counts_a,
            counts_b,
            ..pen.status()
        }
    }

    /// A table on the drawing, moved by so many micrometres.
    fn table(channel: Channel, off: i32) -> Table {
        let mut table = Table::default();
        for (place, step) in table.knots.iter_mut().zip(0_u16..) {
            let counts = 400 + step * 330;
            *place = Some(Knot {
                counts,
                depth: Depth::from_um(channel.nominal(counts).as_um() + off),
            });
        }
        table
    }

    fn calibration(a_off: i32, b_off: i32) -> Calibration {
        Calibration {
            serial: 1,
            generation: 1,
            technician: 1,
            made_day: 1,
            due_day: 2,
            clock_ppm: 0,
            a: table(Channel::A, a_off),
            b: table(Channel::B, b_off),
        }
    }

    /// Counts of both channels at a depth by the drawing.
    fn counts(um: u16) -> (u16, u16) {
        (400 + um * 7 / 5, 3_900 - um * 13 / 10)
    }

    #[test]
    fn the_motor_turns_with_the_ring_up_to_60_um_from_its_mark() {
        let may = [0, 59, 60, 61, 200].map(is_at_mark);
        assert_eq!(may, [true, true, true, false, false]);
    }

    #[test]
    fn a_rate_is_the_fifth_of_nine_pictures() {
        assert_eq!(median([9, 1, 8, 2, 7, 3, 6, 4, 5]), 5);
        assert_eq!(median([50, 50, 50, 50, 49, 0, 0, 0, 0]), 49);
    }

    #[test]
    fn the_pens_own_word_counts_then_the_deeper_channel_then_the_drawing() {
        let (a, b) = counts(700);
        for (a_off, b_off) in [(0, 0), (30, -20), (-20, 30), (-40, -10)] {
            let known = calibration(a_off, b_off);
            assert_eq!(indicated(&status(Some(123), a, b), Some(&known)), 123);
            let of = |table: &Table, counts| table.depth(counts).unwrap().as_um();
            let deeper = of(&known.a, a).max(of(&known.b, b));
            assert!((deeper - 700 - a_off.max(b_off)).abs() <= 1, "{deeper}");
            assert_eq!(indicated(&status(None, a, b), Some(&known)), deeper);
        }
        let (other_a, other_b) = counts(800);
        for (a, b) in [(a, other_b), (other_a, b), (other_a, other_b)] {
            assert_eq!(indicated(&status(None, a, b), None), 800);
        }
    }

    #[test]
    fn the_motor_turns_where_the_channels_agree_best() {
        let point = |nominal_um: i32, apart: u16| {
            let (a, b) = counts(u16::try_from(nominal_um).unwrap_or(0));
            Point {
                nominal_um,
                role: PointRole::Calibration,
                deepening: vec![
                    Reading {
                        reference_um: nominal_um,
                        indicated_um: nominal_um,
                        counts_a: a + apart,
                        counts_b: b,
                    };
                    2
                ],
                shallowing: Vec::new(),
            }
        };
        let known = calibration(0, 0);
        for best in [250, 500, 1_000, 1_500] {
            // Outside this span they may agree better: the motor does not turn there.
            let points: Vec<Point> = [200, 250, 500, 1_000, 1_500, 2_000]
                .into_iter()
                .map(|um| match um {
                    200 | 2_000 => point(um, 0),
                    _ if um == best => point(um, 14),
                    _ => point(um, 70),
                })
                .collect();
            assert_eq!(quietest(Some(&known), &points), best);
        }
        assert_eq!(quietest(Some(&known), &[]), 500);
    }
}
