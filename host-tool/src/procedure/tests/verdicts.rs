//! Calibrations with readings that do not end in a plain pass.

use std::cell::Cell;
use std::rc::Rc;

use pen_core::calibration::Channel;

use super::super::observer::Setting;
use super::*;

/// A bench whose gauge and tachometer show what the pen says, and some more where a test wants it.
pub(super) struct Off {
    pub(super) bench: SimBench,
    /// At one setting, or at all of them: um more than the pen says.
    pub(super) depth: (Option<i32>, i32),
    /// At one rate: thousandths of a percent more than was set.
    pub(super) rate: (u32, i64),
    pub(super) asked: Vec<String>,
    pub(super) says: bool,
    /// Nobody speaks to the pen at a reading of the gauge, of the tachometer.
    pub(super) silent: bool,
    pub(super) still: bool,
    pub(super) readings: u32,
    /// Whether somebody holds the button on the pen.
    pub(super) held: Rc<Cell<bool>>,
}

/// A reading that is meant, whatever speaks against it.
fn sure(value: i32) -> Reply {
    Reply::Value {
        value,
        typed: value.to_string(),
        because: Some("the test wants it so".to_owned()),
    }
}

impl Bench for Off {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        self.bench.agree(script)
    }

    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError> {
        self.bench.prepare(client, settings)
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        self.held.set(holds);
        self.bench.attend(client, holds)
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        self.bench.turn_ring(client, um, direction)
    }

    fn ready_to_run(
        &mut self,
        client: &mut Client,
        phase: Phase,
        um: i32,
    ) -> Result<(), HostError> {
        self.bench.ready_to_run(client, phase, um)
    }

    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let Setting::Depth { um: setting, .. } = asked.place.setting else {
            panic!("{asked:?}");
        };
        let (place, off) = self.depth;
        if self.silent {
            // Somebody forgot the pen: it leaves Service mode by itself.
            client.wait(Duration::from_millis(3_500));
        }
        let status = client.status()?;
        // A pen without a calibration says nothing; the drawing speaks for it.
        let a = Channel::A.nominal(status.counts_a);
        let drawn = a.max(Channel::B.nominal(status.counts_b));
        let says = status.depth.unwrap_or(drawn).as_um();
        self.readings += 1;
        let is_there = place.is_none_or(|place| place == setting);
        Ok(sure(says + if is_there { off } else { 0 }))
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let Setting::Rate { hz: hertz } = asked.place.setting else {
            panic!("{asked:?}");
        };
        if self.still {
            // Nobody speaks for longer than the motor may turn without it.
            client.wait(Duration::from_millis(400));
        } else {
            client.wait_alive(Duration::from_millis(200))?;
        }
        self.readings += 1;
        let (place, off) = self.rate;
        let off = if place == hertz { off } else { 0 };
        Ok(sure(
            i32::try_from(i64::from(hertz) * (100_000 + off) / 100).unwrap(),
        ))
    }

    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.bench.meter_ua(client, asked)
    }

    fn doubted(&mut self, _: &mut Client, _: &Asked, doubts: &[Doubt]) -> Result<(), HostError> {
        panic!("{doubts:?}");
    }

    fn outlier(
        &mut self,
        _: &mut Client,
        _: &str,
        text: &str,
    ) -> Result<Option<String>, HostError> {
        panic!("{text}");
    }

    fn decide(&mut self, _: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        self.asked.push(question.key.to_owned());
        Ok(self.says)
    }

    fn instruments(&self) -> &Instruments {
        self.bench.instruments()
    }

    fn today(&self) -> u16 {
        self.bench.today()
    }
}

pub(super) fn off(stage: &SimStage, depth: (Option<i32>, i32), rate: (u32, i64)) -> Off {
    Off {
        bench: SimBench::new(stage.clone(), 5, Decides::Yes),
        depth,
        rate,
        asked: Vec::new(),
        says: false,
        silent: false,
        still: false,
        readings: 0,
        held: Rc::default(),
    }
}

/// What makes each verdict: micrometres at a setting, thousandths of a percent at a rate.
const OFF: [(Verdict, i32, i64); 4] = [
    (Verdict::Pass, 0, 0),
    (Verdict::ConditionalPass, 90, 4_990),
    (Verdict::ConditionalFail, 110, 5_015),
    (Verdict::Fail, 150, 6_000),
];

#[test]
fn the_worst_of_depth_and_rate_is_the_verdict_wherever_it_was_found() {
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    // A setting at the beginning, in the middle, at the end, and one that no fit uses.
    let settings = [-50, 1_000, 1_250, 2_400];
    let rates = [65, 50, 80, 65];
    for (number, (depth, um, _)) in OFF.into_iter().enumerate() {
        for (other, (rate, _, thousandths)) in OFF.into_iter().enumerate() {
            let sign = if (number + other) % 2 == 0 { 1 } else { -1 };
            let place = Some(settings[(number + other) % 4]);
            let (stage, mut client) = pen(5, true);
            let at = rates[number];
            let mut bench = off(
                &stage,
                (place, sign * um),
                (at, i64::from(sign) * thousandths),
            );
            let outcome = calibrate(&mut client, &mut bench, &never, &mut |_| {}).unwrap();
            let what = format!("{depth:?} at {place:?}, {rate:?} at {at} Hz");
            let found = &outcome.report.as_found;
            assert_eq!(found.depth.verdict, depth, "{what}");
            assert_eq!(found.rate.as_ref().unwrap().verdict, rate, "{what}");
            assert_eq!(found.verdict(), depth.max(rate), "{what}");
            assert_eq!(outcome.as_found, depth.max(rate), "{what}");
            assert_eq!(outcome.as_left, depth.max(rate), "{what}");
            assert!(outcome.report.adjustment.is_none(), "{what}");
        }
    }
}

#[test]
fn only_a_plain_pass_is_left_as_it_is_without_being_told_to() {
    let auto = Settings {
        adjust: Adjust::Auto,
        ..settings()
    };
    for (verdict, um, _) in OFF {
        // So far off and no farther: a table of it must pass the gates.
        let um = um.min(130);
        for sign in [1, -1] {
            // The same at every setting: a table can be made of it.
            let (stage, mut client) = pen(5, true);
            let mut bench = off(&stage, (None, sign * um), (50, 0));
            let outcome = calibrate(&mut client, &mut bench, &auto, &mut |_| {});
            if verdict == Verdict::Pass {
                assert_eq!(bench.asked, [""; 0], "a pen that passes is not touched");
                assert_eq!(outcome.unwrap().as_left, Verdict::Pass);
            } else {
                // Whoever says no there leaves the pen as it was.
                assert_eq!(bench.asked, ["commit"], "{verdict:?} {sign}");
                assert_eq!(outcome.unwrap_err().class, Class::Aborted);
                let status = client.status().unwrap();
                assert_eq!((status.staged, status.generation), (None, 1));
            }
        }
    }
}

#[test]
fn a_first_calibration_is_an_adjustment_even_of_a_pen_that_passes() {
    let auto = Settings {
        adjust: Adjust::Auto,
        ..settings()
    };
    let (stage, mut client) = pen(5, false);
    let mut bench = off(&stage, (None, 0), (50, 0));
    let error = calibrate(&mut client, &mut bench, &auto, &mut |_| {}).unwrap_err();
    assert_eq!(error.class, Class::Aborted, "{error}");
    assert_eq!(bench.asked, ["commit"]);
    assert_eq!(client.status().unwrap().generation, 0);
}

#[test]
fn a_reading_of_a_pen_that_left_service_is_none() {
    for (silent, still) in [(true, false), (false, true)] {
        let (stage, mut client) = pen(5, true);
        let mut bench = off(&stage, (None, 0), (50, 0));
        (bench.silent, bench.still) = (silent, still);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        assert_eq!(error.class, Class::SafetyStop, "{silent} {still}: {error}");
        // The very first of its kind.
        let before = if still { 9 * 2 * 2 } else { 0 };
        assert_eq!(bench.readings, before + 1, "{error}");
        assert_eq!(bench.asked, [""; 0]);
    }
}

#[test]
fn the_owner_chooses_the_day_on_which_it_is_due() {
    for due_in_days in [1, 30, 730] {
        let settings = Settings {
            due_in_days,
            ..settings()
        };
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
        let found = client.calibration(Which::Current).unwrap().found.unwrap();
        let calibration = found.calibration;
        assert_eq!(calibration.generation, 2);
        assert_eq!(calibration.due_day - calibration.made_day, due_in_days);
        assert_eq!(calibration.technician, settings.technician);
    }
}
