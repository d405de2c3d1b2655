//! Loading and comparing reference data.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use pen_sim::reference;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The constants that all scenarios share.
pub(crate) const PLANT: &str = include_str!("../../reference/plant.json");

/// Every scenario, in the order of its name.
pub(crate) const SCENARIOS: [&str; 11] = [
    "a0_bare_motor_6V",
    "a1_spinup_air_6V",
    "b_spinup_skin_step_1mm",
    "c_run_then_jam",
    "d_battery_fresh",
    "e_soak_1mm",
    "e_soak_air",
    "f_brake_air",
    "f_brake_skin",
    "f_coast_air",
    "g_closed_loop_1kHz",
];

/// A table of text.
pub(crate) struct Table {
    /// The first line.
    pub(crate) header: String,
    /// The other lines, cut at the commas.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let cut = |line: &str| line.split(',').map(str::to_owned).collect();
        let mut lines = text.lines();
        Self {
            header: lines.next().unwrap().to_owned(),
            rows: lines.map(cut).collect(),
        }
    }

    /// A column as numbers.
    pub(crate) fn column(&self, name: &str) -> Vec<f64> {
        let index = self
            .header
            .split(',')
            .position(|column| column == name)
            .unwrap();
        self.rows
            .iter()
            .map(|row| row[index].parse().unwrap())
            .collect()
    }
}

/// Samples and events, as read from text of the reference's format.
pub(crate) struct Reference {
    /// The samples.
    pub(crate) samples: Table,
    /// Time, name and angle of each event.
    pub(crate) events: Vec<(f64, String, f64)>,
}

impl Reference {
    /// Reads a reference trajectory.
    pub(crate) fn load(name: &str) -> Self {
        let samples = read(&format!("trajectories/{name}.csv"));
        let events = if name.starts_with("e_") {
            "t_s,event,theta_or_sign\n".to_owned()
        } else {
            read(&format!("trajectories/{name}_events.csv"))
        };
        Self::parse(&samples, &events)
    }

    fn parse(samples: &str, events: &str) -> Self {
        let events = Table::parse(events).rows.into_iter().map(|row| {
            (
                row[0].parse().unwrap(),
                row[1].clone(),
                row[2].parse().unwrap(),
            )
        });
        Self {
            samples: Table::parse(samples),
            events: events.collect(),
        }
    }
}

/// Text of a scenario.
pub(crate) fn scenario(name: &str) -> String {
    read(&format!("scenarios/{name}.json"))
}

/// Text of a file of the reference data.
pub(crate) fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("reference")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs a scenario, once for all tests, and reads back what it writes.
pub(crate) fn simulate(name: &str) -> Arc<Reference> {
    static DONE: Mutex<BTreeMap<String, Arc<Reference>>> = Mutex::new(BTreeMap::new());
    let mut done = DONE.lock().unwrap();
    Arc::clone(
        done.entry(name.to_owned())
            .or_insert_with(|| Arc::new(simulate_anew(name))),
    )
}

fn simulate_anew(name: &str) -> Reference {
    let trajectory = reference::run(&scenario(name), PLANT).unwrap();
    let (mut samples, mut events) = (Vec::new(), Vec::new());
    trajectory.write_csv(&mut samples).unwrap();
    trajectory.write_events_csv(&mut events).unwrap();
    Reference::parse(
        &String::from_utf8(samples).unwrap(),
        &String::from_utf8(events).unwrap(),
    )
}

/// Greatest difference of a column from the reference, and the time of it.
pub(crate) fn compare(name: &str, column: &str) -> (f64, f64) {
    let (ours, theirs) = (simulate(name), Reference::load(name).samples);
    let times = theirs.column("t_s");
    let pairs = ours
        .samples
        .column(column)
        .into_iter()
        .zip(theirs.column(column))
        .zip(times);
    pairs.fold((0.0, 0.0), |worst, ((ours, theirs), time)| {
        let difference = (ours - theirs).abs();
        if difference > worst.0 {
            (difference, time)
        } else {
            worst
        }
    })
}
