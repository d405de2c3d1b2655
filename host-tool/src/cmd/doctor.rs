//! `penctl doctor`: what keeps a pen from being found or its records from being kept.

mod machine;

use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::cli::Context;
use crate::clock;
use crate::config;
use crate::error::{Code, HostError};
use crate::fresh;
use crate::link::ports::{self, State, Whom};
use crate::out::{Align, Table, Tone};
use crate::store::{Access, Place, open};
use crate::words;

use machine::Machine;

/// Arguments of `doctor`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DoctorArgs {}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// May be in the way some day.
    Warn,
    /// Is in the way.
    Bad,
    /// Does not apply to this machine.
    Skip,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    fix: Option<String>,
    #[serde(skip)]
    code: Code,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            found: found.into(),
            fix: None,
            code: Code::Internal,
        }
    }

    /// What to do, and the code by which the program ends when it is bad.
    fn fix(mut self, code: Code, fix: impl Into<String>) -> Self {
        self.code = code;
        self.fix = Some(fix.into());
        self
    }
}

/// Every check of this machine.
pub(crate) fn checks(context: &Context) -> Vec<Check> {
    let machine = Machine::this();
    let mut checks = vec![
        machine.rule(),
        machine.modem_manager(),
        machine.virtual_machine(),
        configuration(context),
        date(clock::believable_today()),
        folder(),
        records(),
    ];
    checks.extend(pens(&machine, &ports::survey(Whom::Pens)));
    checks
}

pub(crate) fn run(_: &DoctorArgs, context: &mut Context) -> Result<(), HostError> {
    let checks = checks(context);
    show(&checks, context);
    let bad = checks.iter().filter(|check| check.verdict == Verdict::Bad);
    let count = bad.clone().count();
    match bad.clone().next() {
        None => Ok(()),
        Some(first) => Err(HostError::new(
            first.code,
            format!(
                "{count} of {} checks found something in the way",
                checks.len()
            ),
            format!("{}: {}", first.name, first.found),
        )
        .with_fix(first.fix.clone().unwrap_or_default())),
    }
}

fn show(checks: &[Check], context: &mut Context) {
    let mut table = Table::new(&[
        ("check", Align::Left),
        ("", Align::Left),
        ("found", Align::Left),
    ]);
    for check in checks {
        context.out.event("check", check);
        let (word, tone) = match check.verdict {
            Verdict::Ok => ("ok", Tone::Good),
            Verdict::Warn => ("warning", Tone::Warn),
            Verdict::Bad => ("BAD", Tone::Bad),
            Verdict::Skip => ("-", Tone::Faint),
        };
        table.row([check.name, word, &check.found]);
        table.tone(1, tone);
    }
    table.print(&mut context.out);
    for check in checks {
        if let Some(fix) = &check.fix {
            context.out.say(format!("{}: {fix}", check.name));
        }
    }
}

fn configuration(context: &Context) -> Check {
    let name = "configuration";
    match config::load(context.global.config.as_deref()) {
        Err(error) => Check::new(name, Verdict::Bad, format!("{}: {}", error.what, error.why))
            .fix(Code::BadConfig, "correct the line, or remove the file"),
        Ok(loaded) => {
            let place = loaded.path.map_or_else(
                || "this system has no place for a file".to_owned(),
                |path| path.display().to_string(),
            );
            let there = if loaded.exists { "" } else { "none at " };
            Check::new(name, Verdict::Ok, format!("{there}{place}"))
        }
    }
}

fn date(today: Result<u16, HostError>) -> Check {
    let name = "date";
    match today {
        Ok(day) => Check::new(
            name,
            Verdict::Ok,
            format!(
                "{}; nobody has checked this computer's clock",
                words::date(day)
            ),
        ),
        Err(error) => Check::new(name, Verdict::Bad, format!("{}, {}", error.what, error.why))
            .fix(Code::WrongDate, "set this computer's date"),
    }
}

/// Whether files can be written where the program was started: reports and journals go there.
fn folder() -> Check {
    let name = "folder";
    let here = std::env::current_dir().unwrap_or_else(|_| ".".into());
    let probe = here.join(format!(".penctl-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, [0; 4096]).and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Check::new(name, Verdict::Ok, format!("{} takes files", here.display())),
        Err(error) => {
            // What was begun must not lie around.
            let _ = std::fs::remove_file(&probe);
            Check::new(name, Verdict::Warn, format!("{}: {error}", here.display())).fix(
                Code::RecordStore,
                "start the program in a folder that takes files, or give --out a path there",
            )
        }
    }
}

/// Whether the usual store of records can be opened and written.
fn records() -> Check {
    let name = "records";
    let named = std::env::var("PENCTL_STORE").ok();
    let place = match named.map(|text| text.parse::<Place>()) {
        Some(Err(why)) => Err(HostError::usage("PENCTL_STORE is no store", why)),
        Some(Ok(place)) => Ok(place),
        None => Place::usual(false, &|name| std::env::var_os(name).map(Into::into)),
    };
    kept(name, place)
}

fn kept(name: &'static str, place: Result<Place, HostError>) -> Check {
    let bad = |error: HostError| {
        Check::new(name, Verdict::Bad, format!("{}: {}", error.what, error.why))
            .fix(error.code, error.fix)
    };
    let place = match place {
        Ok(place) => place,
        Err(error) => return bad(error),
    };
    let room = match &place {
        Place::File(path) => fresh::has_room(path.parent().unwrap_or(path)),
        Place::Server(_) => Ok(()),
    };
    let checked = room.and_then(|()| match &place {
        Place::File(path) if !path.exists() => {
            let folder = path.parent().unwrap_or(path);
            Ok(format!("none yet; {} takes them", folder.display()))
        }
        place => {
            let mut store = open(place, Access::Read)?;
            Ok(format!("{} in {}", store.head()?.seq, store.name()))
        }
    });
    checked.map_or_else(bad, |found| Check::new(name, Verdict::Ok, found))
}

/// What the ports of pens say.
fn pens(machine: &Machine, found: &[ports::Port]) -> Vec<Check> {
    let name = "pens";
    let mut checks = Vec::new();
    for port in found.iter().filter(|port| port.state != State::NotAsked) {
        let who = match port.serial {
            Some(serial) => format!("pen {} at {}", words::serial(serial), port.port),
            None => format!("{}: {}", port.port, port.state.word()),
        };
        let detail = port
            .detail
            .as_deref()
            .map_or_else(String::new, |it| format!(", {it}"));
        let (verdict, code) = match port.state {
            State::Ok | State::NotAsked => (Verdict::Ok, Code::Internal),
            State::WrongFirmware | State::BootLoader | State::NotAPen | State::Gone => {
                (Verdict::Warn, Code::NoDevice)
            }
            State::NoPermission => (Verdict::Bad, Code::Permission),
            State::Busy => (Verdict::Bad, Code::Busy),
            State::Unusable => (Verdict::Bad, Code::NoDevice),
        };
        let check = Check::new(name, verdict, format!("{who}{detail}"));
        checks.push(match port.state {
            State::Ok => check,
            State::NoPermission => check.fix(code, machine.way_in(Path::new(&port.port))),
            state => check.fix(code, state.advice()),
        });
        let holders = crate::link::holders(&port.port);
        if port.state == State::Ok && !holders.is_empty() {
            let names: Vec<String> = holders
                .iter()
                .map(|(pid, name)| format!("{name} (process {pid})"))
                .collect();
            checks.push(
                Check::new(
                    name,
                    Verdict::Bad,
                    format!("{} is also open in {}", port.port, names.join(", ")),
                )
                .fix(
                    Code::Busy,
                    "close that program: it may take the pen's answers",
                ),
            );
        }
    }
    if checks.is_empty() {
        checks.push(
            Check::new(name, Verdict::Warn, "none is plugged in")
                .fix(Code::NoDevice, "plug one in with a cable that carries data"),
        );
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::{Verdict, date};
    use crate::error::{Code, HostError};

    #[test]
    fn a_date_before_the_release_is_in_the_way() {
        assert_eq!(date(Ok(2_517)).verdict, Verdict::Ok);
        let wrong = date(Err(HostError::wrong_date(
            "today",
            "2020-01-01",
            "2026-11-05",
        )));
        assert_eq!((wrong.verdict, wrong.code), (Verdict::Bad, Code::WrongDate));
    }
}
