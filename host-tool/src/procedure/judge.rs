//! Whether a reading is believable, as it is typed: against the setting, what the pen says, and what
//! was read before in the same state.

use std::ops::RangeInclusive;

use pen_core::calibration::{Calibration, Channel};
use pen_core::limits;

use super::observer::{Place, Read, Setting, Taken};
use crate::metrology::current::DRAWN_MIN_UA;
use crate::metrology::{CurrentReading, Direction, RateReading, Reading};

/// Gauge or indication so far from the setting are no measurement of it: farther than a calibration
/// may ever move. Unit: um. Source: CAL-002.
const FAR_UM: i64 = limits::CAL_MOVE_UM;

/// A gauge farther from the ring's mark than this is doubted. Less than the 100 um between -50 and 50,
/// so that a forgotten sign is seen. Unit: um.
const SETTING_UM: i32 = 90;

/// An indication by a calibration farther from the mark than this is doubted. Unit: um.
const INDICATION_UM: i32 = 150;

/// The same without a calibration, where the drawing speaks: offset, slope and bow of assembly. Unit: um.
const DRAWING_UM: i32 = 350;

/// How far repeats at one setting and direction may lie apart: a fifth of the tolerance. Unit: um.
const REPEAT_UM: i32 = 20;

/// How far both directions may lie apart at one setting. Unit: um.
const HYSTERESIS_UM: i32 = 60;

/// What a neighbouring setting foretells, beside its own part of the distance. Unit: um.
const NEIGHBOUR_UM: i32 = 20;

/// Part of the distance to a neighbour that a calibrated channel may be off by, and one by the drawing.
/// Unit: thousandths.
const SLOPE_CALIBRATED: i32 = 40;
const SLOPE_DRAWING: i32 = 100;

/// What the pen's movement may differ from the ring's: this much, and a tenth of the way. Unit: um.
const MOVED_UM: i32 = 60;

/// A rate farther from the set one is no measurement of it, and one that is doubted. Unit: thousandths.
const RATE_FAR: u32 = 100;
const RATE_OFF: u32 = 50;

/// Tachometer over indication: apart within one rate, between rates, and from one. Unit: ppm.
const RATE_REPEAT_PPM: i64 = 5_000;
const RATE_OTHER_PPM: i64 = 10_000;
const RATE_CLOCK_PPM: i64 = 35_000;

/// Meter less indication: apart within one rate, between rates, and from rest to a rate, where the slope of the
/// pen's sensor adds up to a quarter of the 40 mA that a motor draws. Unit: uA.
const CURRENT_REPEAT_UA: i32 = 3_000;
const CURRENT_OTHER_UA: i32 = 4_000;
const CURRENT_SLOPE_UA: i32 = 10_000;
/// The same with nothing read before. Unit: uA.
const CURRENT_PEN_UA: i32 = 40_000;

/// A meter that shows more than this with the motor at rest is not at zero. Unit: uA.
const CURRENT_REST_UA: i32 = 2_000;

/// Something that speaks against a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What, in words.
    pub text: String,
    /// Whether a reason can overrule it. What is no measurement of the setting stays refused.
    pub may_be_kept: bool,
}

fn doubt(text: String) -> Doubt {
    Doubt {
        text,
        may_be_kept: true,
    }
}

fn refusal(text: String) -> Doubt {
    Doubt {
        text,
        may_be_kept: false,
    }
}

/// What is known when a reading comes.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Readings of the same state that were accepted so far, in order.
    pub taken: &'a [Taken],
    /// The calibration in force.
    pub calibration: Option<&'a Calibration>,
}

/// Depth that one channel tells by the calibration, or by the drawing. Unit: um.
fn channel_um(calibration: Option<&Calibration>, channel: Channel, counts: u16) -> i32 {
    let table = calibration.map(|it| match channel {
        Channel::A => it.a,
        Channel::B => it.b,
    });
    table
        .and_then(|table| table.depth(counts))
        .unwrap_or_else(|| channel.nominal(counts))
        .as_um()
}

/// What a gauge can be expected to show. Unit: um.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Foretold {
    /// By channel A, by channel B.
    by_channel: [i32; 2],
    /// How far it may be off.
    margin: i32,
    /// From what it is foretold.
    from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Repeats,
    OtherDirection,
    Neighbour(i32),
}

impl<'a> Known<'a> {
    fn depths(&self) -> impl DoubleEndedIterator<Item = (i32, Direction, Reading)> + use<'a> {
        self.taken
            .iter()
            .filter_map(|taken| match (taken.place.setting, taken.read) {
                (Setting::Depth { um, direction }, Read::Depth(reading)) => {
                    Some((um, direction, reading))
                }
                _ => None,
            })
    }

    fn rates(&self) -> impl Iterator<Item = (u32, RateReading)> + use<'a> {
        self.taken
            .iter()
            .filter_map(|taken| match (taken.place.setting, taken.read) {
                (Setting::Rate { hz }, Read::Rate(reading)) => Some((hz, reading)),
                _ => None,
            })
    }

    /// Gauge less what each channel tells, for a reading.
    fn residuals(&self, reading: &Reading) -> [i32; 2] {
        let of =
            |channel, counts| reading.reference_um - channel_um(self.calibration, channel, counts);
        [
            of(Channel::A, reading.counts_a),
            of(Channel::B, reading.counts_b),
        ]
    }

    /// What the gauge should show where the pen's channels have these counts.
    fn foretold(&self, um: i32, direction: Direction, counts: [u16; 2]) -> Option<Foretold> {
        let same: Vec<_> = self
            .depths()
            .filter(|it| (it.0, it.1) == (um, direction))
            .collect();
        let other: Vec<_> = self.depths().filter(|it| it.0 == um).collect();
        let (readings, margin, from) = if !same.is_empty() {
            (same, REPEAT_UM, From::Repeats)
        } else if !other.is_empty() {
            (other, HYSTERESIS_UM, From::OtherDirection)
        } else {
            // Of those equally near, the direction of this reading counts first.
            let near = self
                .depths()
                .min_by_key(|it| ((it.0 - um).abs(), it.1 != direction))?;
            let slope = if self.calibration.is_some() {
                SLOPE_CALIBRATED
            } else {
                SLOPE_DRAWING
            };
            let margin = NEIGHBOUR_UM + slope * (near.0 - um).abs() / 1_000;
            (vec![near], margin, From::Neighbour(near.0))
        };
        let count = i32::try_from(readings.len()).unwrap_or(1);
        let mean = |which: usize| {
            let sum: i32 = readings.iter().map(|it| self.residuals(&it.2)[which]).sum();
            (2 * sum + count).div_euclid(2 * count)
        };
        let told = |channel, counts| channel_um(self.calibration, channel, counts);
        Some(Foretold {
            by_channel: [
                told(Channel::A, counts[0]) + mean(0),
                told(Channel::B, counts[1]) + mean(1),
            ],
            margin,
            from,
        })
    }

    /// What the gauge is expected to show, for the prompt. Unit: um.
    #[must_use]
    pub fn expected_um(
        &self,
        um: i32,
        direction: Direction,
        counts: [u16; 2],
    ) -> RangeInclusive<i32> {
        let by_setting = um - SETTING_UM..=um + SETTING_UM;
        let Some(foretold) = self.foretold(um, direction, counts) else {
            return by_setting;
        };
        let [a, b] = foretold.by_channel;
        let low = (a.min(b) - foretold.margin).max(*by_setting.start());
        let high = (a.max(b) + foretold.margin).min(*by_setting.end());
        // The ring is not where it should be yet: the setting alone speaks.
        if low > high { by_setting } else { low..=high }
    }

    /// What speaks against a reading of the gauge; nothing when it is believable.
    #[must_use]
    pub fn doubts_depth(&self, um: i32, direction: Direction, reading: &Reading) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let (gauge, pen) = (reading.reference_um, reading.indicated_um);
        self.far(um, gauge, pen, &mut doubts);
        if let Some((from_um, _, before)) = self.depths().next_back() {
            let (way, moved) = (um - from_um, pen - before.indicated_um);
            if (moved - way).abs() > MOVED_UM + way.abs() / 10 {
                doubts.push(doubt(format!(
                    "the ring should have moved by {way} um since the last reading and the pen says \
                     that it moved by {moved} um: is it at {um}?"
                )));
            }
            if gauge == before.reference_um && (moved.abs() > REPEAT_UM || way.abs() > REPEAT_UM) {
                doubts.push(doubt(format!(
                    "the gauge shows {gauge} um as at the last reading, where the ring stood at \
                     {from_um} um: is it stuck?"
                )));
            }
        }
        let foretold = self.foretold(um, direction, [reading.counts_a, reading.counts_b]);
        if let Some(foretold) = foretold {
            let nearest = foretold
                .by_channel
                .into_iter()
                .min_by_key(|told| (gauge - told).abs())
                .unwrap_or(gauge);
            let off = gauge - nearest;
            if off.abs() > foretold.margin {
                doubts.push(doubt(words_of(&foretold, gauge, nearest, off)));
            }
        }
        doubts
    }

    /// Gauge and indication against the mark of the ring.
    fn far(&self, um: i32, gauge: i32, pen: i32, doubts: &mut Vec<Doubt>) {
        let (gauge_off, pen_off) = (gauge - um, pen - um);
        if i64::from(gauge_off.abs()) > FAR_UM {
            doubts.push(refusal(format!(
                "the gauge shows {gauge} um with the ring set to {um} um: more than the {FAR_UM} um by \
                 which a calibration may differ"
            )));
        } else if gauge_off.abs() > SETTING_UM {
            doubts.push(doubt(format!(
                "the gauge shows {gauge} um with the ring set to {um} um: {} um apart, {SETTING_UM} are \
                 expected at most",
                gauge_off.abs()
            )));
        }
        let near = if self.calibration.is_some() {
            INDICATION_UM
        } else {
            DRAWING_UM
        };
        if i64::from(pen_off.abs()) > FAR_UM {
            doubts.push(refusal(format!(
                "the pen says {pen} um with the ring set to {um} um: more than the {FAR_UM} um by which a \
                 calibration may differ; was the ring turned?"
            )));
        } else if pen_off.abs() > near {
            doubts.push(doubt(format!(
                "the pen says {pen} um with the ring set to {um} um: was the ring turned to it?"
            )));
        }
    }

    /// How far the ring stands from where it stood for a reading at this setting, by the channel that moved
    /// more; none without a reading there. Unit: um.
    pub(super) fn moved_from(&self, um: i32, counts: [u16; 2]) -> Option<u32> {
        let told = |counts: [u16; 2]| {
            [
                channel_um(self.calibration, Channel::A, counts[0]),
                channel_um(self.calibration, Channel::B, counts[1]),
            ]
        };
        let now = told(counts);
        self.depths()
            .filter(|it| it.0 == um)
            .map(|(_, _, reading)| {
                let then = told([reading.counts_a, reading.counts_b]);
                now[0].abs_diff(then[0]).max(now[1].abs_diff(then[1]))
            })
            .min()
    }

    /// What speaks against a reading of the tachometer; nothing when it is believable.
    #[must_use]
    pub fn doubts_rate(&self, hz: u32, reading: &RateReading) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let set = u64::from(hz) * 1_000;
        let apart = |mhz: u32| 1_000 * u64::from(mhz).abs_diff(set) / set.max(1);
        let shown = |mhz: u32| format!("{}.{:03}", mhz / 1_000, mhz % 1_000);
        let tacho = shown(reading.reference_mhz);
        let off = apart(reading.reference_mhz);
        if off >= u64::from(RATE_FAR) {
            doubts.push(refusal(format!(
                "the tachometer shows {tacho} Hz with {hz} Hz set: a tenth and more apart; strokes per \
                 second are asked for, and one mark on the shaft"
            )));
        } else if off >= u64::from(RATE_OFF) {
            doubts.push(doubt(format!(
                "the tachometer shows {tacho} Hz with {hz} Hz set: more than 5 % apart"
            )));
        }
        if apart(reading.indicated_mhz) >= u64::from(RATE_OFF) {
            let said = shown(reading.indicated_mhz);
            doubts.push(doubt(format!(
                "the pen says {said} Hz with {hz} Hz set: does it hold its rate?"
            )));
        }
        let ratio = ratio_ppm(reading);
        let same: Vec<i64> = self
            .rates()
            .filter(|it| it.0 == hz)
            .map(|it| ratio_ppm(&it.1))
            .collect();
        let all: Vec<i64> = self.rates().map(|it| ratio_ppm(&it.1)).collect();
        let (others, margin, what) = if !same.is_empty() {
            (same, RATE_REPEAT_PPM, "the other repeats say")
        } else if !all.is_empty() {
            (all, RATE_OTHER_PPM, "the other rates say")
        } else {
            (vec![0], RATE_CLOCK_PPM, "a clock can be off by")
        };
        let mean = others.iter().sum::<i64>() / i64::try_from(others.len()).unwrap_or(1);
        if (ratio - mean).abs() > margin {
            doubts.push(doubt(format!(
                "the tachometer differs from the pen by {}, {what} {} within {}",
                percent(ratio),
                percent(mean),
                percent(margin)
            )));
        }
        doubts
    }

    fn currents(&self) -> impl Iterator<Item = (u32, CurrentReading)> + use<'a> {
        self.taken
            .iter()
            .filter_map(|taken| match (taken.place.setting, taken.read) {
                (Setting::Current { hz }, Read::Current(reading)) => Some((hz, reading)),
                _ => None,
            })
    }

    /// What the meter differs from the pen by at this rate as far as is known, how far it may be off that, and who
    /// says so. Unit: uA.
    fn foretold_ua(&self, hz: u32) -> (i32, i32, &'static str) {
        let of = |which: &dyn Fn(u32) -> bool| -> Vec<i64> {
            let those = self.currents().filter(|it| which(it.0));
            those.map(|it| i64::from(it.1.deviation_ua())).collect()
        };
        let (same, turning, rest) = (of(&|at| at == hz), of(&|at| at > 0), of(&|at| at == 0));
        let (others, margin, what) = if !same.is_empty() {
            (same, CURRENT_REPEAT_UA, "the other repeats say")
        } else if !turning.is_empty() {
            (turning, CURRENT_OTHER_UA, "the other rates say")
        } else if !rest.is_empty() {
            (rest, CURRENT_SLOPE_UA, "the readings at rest say")
        } else {
            (vec![0], CURRENT_PEN_UA, "a pen in tolerance is off by")
        };
        let mean = others.iter().sum::<i64>() / i64::try_from(others.len()).unwrap_or(1);
        (i32::try_from(mean).unwrap_or(0), margin, what)
    }

    /// What the meter is expected to show, for the prompt. Unit: uA.
    #[must_use]
    pub fn expected_ua(&self, hz: u32, indicated_ua: i32) -> RangeInclusive<i32> {
        if hz == 0 {
            return -CURRENT_REST_UA..=CURRENT_REST_UA;
        }
        let (mean, margin, _) = self.foretold_ua(hz);
        let told = indicated_ua.saturating_add(mean);
        told.saturating_sub(margin)..=told.saturating_add(margin)
    }

    /// What speaks against a reading of the meter; nothing when it is believable. At rest no current flows: there
    /// the meter is known, and what the pen says is the result.
    #[must_use]
    pub fn doubts_current(&self, hz: u32, reading: &CurrentReading) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let shown = |ua: i32| format!("{:.1} mA", f64::from(ua) / 1_000.0);
        let meter = shown(reading.reference_ua);
        if hz == 0 {
            if reading.reference_ua.saturating_abs() > CURRENT_REST_UA {
                doubts.push(doubt(format!(
                    "the meter shows {meter} with the motor at rest, more than {}: is it at zero, and in the motor's \
                     lead alone?",
                    shown(CURRENT_REST_UA)
                )));
            }
            if self.currents().any(|it| it.0 == 0) {
                doubts.extend(self.apart_ua(hz, reading));
            }
            return doubts;
        }
        let rest: Vec<i64> = self
            .currents()
            .filter(|it| it.0 == 0)
            .map(|it| i64::from(it.1.reference_ua))
            .collect();
        let at_rest = rest.iter().sum::<i64>() / i64::try_from(rest.len()).unwrap_or(1).max(1);
        let drawn = i64::from(reading.reference_ua) - at_rest;
        if !rest.is_empty() && drawn < i64::from(DRAWN_MIN_UA) {
            doubts.push(refusal(format!(
                "the meter shows {meter} with the motor driven, and {} at rest: a motor draws at least {} more; is the \
                 meter in its lead, and the right way round?",
                shown(i32::try_from(at_rest).unwrap_or(0)),
                shown(DRAWN_MIN_UA)
            )));
        }
        doubts.extend(self.apart_ua(hz, reading));
        doubts
    }

    /// Meter less indication against what the readings before foretell.
    fn apart_ua(&self, hz: u32, reading: &CurrentReading) -> Option<Doubt> {
        let shown = |ua: i32| format!("{:.1} mA", f64::from(ua) / 1_000.0);
        let (mean, margin, what) = self.foretold_ua(hz);
        let off = reading.deviation_ua().saturating_sub(mean).saturating_abs();
        (off > margin).then(|| {
            doubt(format!(
                "the meter differs from the pen by {}, {what} {} within {}",
                shown(reading.deviation_ua()),
                shown(mean),
                shown(margin)
            ))
        })
    }

    /// What the tachometer is expected to show, for the prompt. Unit: mHz.
    #[must_use]
    pub fn expected_mhz(&self, hz: u32, indicated_mhz: u32) -> RangeInclusive<u32> {
        let all: Vec<i64> = self.rates().map(|it| ratio_ppm(&it.1)).collect();
        let is_repeat = self.rates().any(|it| it.0 == hz);
        let margin = match (all.is_empty(), is_repeat) {
            (true, _) => RATE_CLOCK_PPM,
            (false, true) => RATE_REPEAT_PPM,
            (false, false) => RATE_OTHER_PPM,
        };
        let count = i64::try_from(all.len()).unwrap_or(1).max(1);
        let mean = all.iter().sum::<i64>() / count;
        let at = |ppm: i64| {
            let mhz = i64::from(indicated_mhz) * (1_000_000 + ppm) / 1_000_000;
            u32::try_from(mhz.max(0)).unwrap_or(u32::MAX)
        };
        at(mean - margin)..=at(mean + margin)
    }
}

/// Tachometer over indication, less one. Unit: ppm.
fn ratio_ppm(reading: &RateReading) -> i64 {
    let said = i64::from(reading.indicated_mhz).max(1);
    (i64::from(reading.reference_mhz) - said) * 1_000_000 / said
}

fn percent(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let size = ppm.abs();
    format!("{sign}{}.{:02} %", size / 10_000, size % 10_000 / 100)
}

fn words_of(foretold: &Foretold, gauge: i32, nearest: i32, off: i32) -> String {
    let margin = foretold.margin;
    let by = match foretold.from {
        From::Repeats => "the other repeats here foretell".to_owned(),
        From::OtherDirection => "the other direction here foretells".to_owned(),
        From::Neighbour(um) => format!("the reading at {um} um foretells"),
    };
    format!(
        "the gauge shows {gauge} um, {by} {nearest} from what the pen says: {} um apart, {margin} are \
         expected at most",
        off.abs()
    )
}

/// Whether two places are the same point and direction, or the same rate, in the same state.
#[must_use]
pub(super) fn is_same_point(one: &Place, other: &Place) -> bool {
    one.phase == other.phase && one.setting == other.setting
}
