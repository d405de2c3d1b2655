//! The whole story on one simulated pen: assembled, calibrated, treated with, mistreated.
//!
//! ```text
//! assemble -> calibrate -> load a plan -> pull the cable -> treat, and try what must not work
//!          -> plug in -> fetch the journal -> reports, table, verdict
//! ```
//!
//! Every attempt is judged by what the simulator knows to be true, never by what the firmware says
//! of itself, and against bounds that are written down here once more. Time passes only where this
//! story says so: two runs with one seed write the same bytes.

mod attempts;
mod finish;
mod moves;
mod story;
mod witness;

use std::cell::RefCell;
use std::rc::Rc;

use pen_sim::pen::Options;

use crate::client::{Client, FetchedJournal, Patience};
use crate::clock;
use crate::error::HostError;
use crate::link::Transport;
use crate::link::sim::{SimStage, Watcher};
use crate::procedure::{
    Adjust, Decides, Outcome as Calibrated, Progress, Settings, SimBench, calibrate,
};
use crate::report::{Attempt, ZoneUse};

pub(crate) use finish::files;
use story::Scene;
use witness::Witness;

/// Everything that came of it.
pub(crate) struct Told {
    /// The seed.
    pub(crate) seed: u64,
    /// Whether the bytes travelled through a real pseudo-terminal.
    pub(crate) terminal: bool,
    /// The calibration.
    pub(crate) calibration: Calibrated,
    /// What was tried.
    pub(crate) attempts: Vec<Attempt>,
    /// What each zone received.
    pub(crate) zones: Vec<ZoneUse>,
    /// The journals, as fetched at the end.
    pub(crate) journals: Vec<FetchedJournal>,
    /// What was seen meanwhile.
    pub(crate) witness: Witness,
    /// The pen's serial number.
    pub(crate) serial: u64,
    /// Version of its firmware.
    pub(crate) firmware: String,
    /// The plan's name and number.
    pub(crate) plan: (String, u32),
    /// What was tried, and when. Unit: ms.
    pub(crate) marks: Vec<(u64, String)>,
}

/// What is told while it goes on.
#[derive(Debug)]
pub(crate) enum Chapter<'a> {
    /// A part of the story begins.
    Begins(&'a str),
    /// Something to know about it.
    Says(&'a str),
    /// The calibration goes on.
    Calibrates(&'a Progress<'a>),
    /// An attempt is over.
    Tried(usize, &'a Attempt),
}

/// Whoever wants to know how it goes.
pub(crate) type Listener<'a> = &'a mut dyn FnMut(&Chapter<'_>);

/// Keeps the frames of a link, if somebody wants them.
pub(crate) type Wrap<'a> = &'a dyn Fn(Box<dyn Transport>) -> Result<Box<dyn Transport>, HostError>;

/// Tells the story.
///
/// # Errors
/// An interrupt, or a pen that cannot be brought to where the story needs it. An attempt that did
/// not hold is no error here; it is told in the result.
pub(crate) fn tell(
    seed: u64,
    patience: Patience,
    wrap: Wrap<'_>,
    listener: Listener<'_>,
) -> Result<Told, HostError> {
    listener(&Chapter::Begins(
        "a pen comes out of assembly, uncalibrated, its errors drawn from the seed",
    ));
    let options = Options {
        seed,
        calibrated: false,
        depth_um: 300.0,
        ..Options::default()
    };
    let stage = SimStage::on_terminal(&options)?;
    let witness = Rc::new(RefCell::new(Witness::default()));
    let watcher: Rc<RefCell<dyn Watcher>> = Rc::<RefCell<Witness>>::clone(&witness);
    stage.watch(Some(watcher));
    stage.pen(|pen| pen.hand().plug_cable(true));
    stage.run(1_000);
    let wire = if stage.has_terminal() {
        "a pseudo-terminal"
    } else {
        "memory"
    };
    let mut client = Client::connect(wrap(Box::new(stage.link()))?, patience)?;
    let hello = *client.hello();
    listener(&Chapter::Says(&format!(
        "pen {}, firmware {}, linked through {wire}",
        crate::words::serial(hello.serial),
        hello.firmware
    )));
    still_wanted()?;
    listener(&Chapter::Begins(
        "calibration against a simulated gauge and tachometer",
    ));
    let calibration = calibrated(&stage, seed, &mut client, listener)?;
    still_wanted()?;

    listener(&Chapter::Begins(
        "treatment: three zones, and what must not work",
    ));
    witness.borrow_mut().restart(stage.pen(|pen| pen.ticks()));
    let mut scene = Scene::new(stage.clone(), Rc::clone(&witness), patience);
    let told = scene.play(&mut client, listener)?;
    stage.watch(None);
    drop(scene);
    let witness = Rc::try_unwrap(witness)
        .map_err(|_| HostError::internal("somebody still watches"))?
        .into_inner();
    Ok(Told {
        seed,
        terminal: stage.has_terminal(),
        calibration,
        attempts: told.attempts,
        zones: told.zones,
        journals: told.journals,
        witness,
        serial: hello.serial,
        firmware: hello.firmware.to_string(),
        plan: told.plan,
        marks: told.marks,
    })
}

fn calibrated(
    stage: &SimStage,
    seed: u64,
    client: &mut Client,
    listener: Listener<'_>,
) -> Result<Calibrated, HostError> {
    let mut bench = SimBench::new(stage.clone(), seed, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Always,
        technician: 7,
        ..Settings::default()
    };
    let mut listens = |progress: &Progress<'_>| listener(&Chapter::Calibrates(progress));
    calibrate(client, &mut bench, &settings, &mut listens)
}

/// Ends the story when Ctrl-C was pressed. Nothing was written yet.
fn still_wanted() -> Result<(), HostError> {
    if clock::interrupted() {
        Err(HostError::interrupted("the demo").with_fix("start again; no file was written"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
