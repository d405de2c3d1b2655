//! The command line: what may be given, and what is done with it.

mod examples;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::client::Patience;
use crate::clock;
use crate::cmd;
use crate::config::{self, Loaded};
use crate::connect::Origins;
use crate::error::{Class, HostError};
use crate::link::trace::Traced;
use crate::link::{Target, Transport};
use crate::out::{Color, Out, Style};

/// Talks to micro-needling pens: reads them, plans for them, calibrates them, keeps their records
#[derive(Debug, Parser)]
#[command(
    name = "penctl",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = AFTER)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Printed below the help; at most 78 columns, so that it is never broken.
const AFTER: &str = "\
Examples, without hardware:
  penctl demo                  the whole story on a simulated pen, with reports
  penctl --port sim: status    any command on a simulated pen
  penctl list                  the pens at this machine
  penctl doctor                what keeps a pen from being found

Data goes to stdout, everything else to stderr.

Exit codes: 0 ok, 1 defect of this program, 2 usage, 3 out of tolerance,
4 aborted, 10 no device, 11 ambiguous, 12 permission, 13 busy, 14 link lost,
20 versions differ, 40 pen refuses or is in a fault, 41 safety stop,
50 record or output not kept, 130 interrupted, 143 terminated.
`penctl explain` has them all.";

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Where the pen is: a port, sim:[SEED] or tcp:HOST:PORT; without it, the only pen found
    #[arg(
        long,
        global = true,
        env = "PENCTL_PORT",
        value_name = "PORT",
        hide_env_values = true
    )]
    pub(crate) port: Option<Target>,
    /// Which pen: its serial number, or an alias of the configuration file
    #[arg(
        long,
        global = true,
        env = "PENCTL_SERIAL",
        value_name = "NUMBER",
        hide_env_values = true
    )]
    pub(crate) serial: Option<String>,
    /// How long to wait for the pen to appear: seconds, or forever
    #[arg(long, global = true, value_name = "SECONDS", value_parser = wait)]
    pub(crate) wait: Option<Wait>,
    /// Settings; without it, the usual file if there is one
    #[arg(
        long,
        global = true,
        env = "PENCTL_CONFIG",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub(crate) config: Option<String>,
    /// One JSON event a line on stdout; the last is run_complete
    #[arg(long, global = true)]
    json: bool,
    /// When to colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    #[arg(hide_possible_values = true)]
    pub(crate) color: Color,
    /// No progress on stderr
    #[arg(short, long, global = true)]
    quiet: bool,
    /// More detail on stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Answer yes to every question of this program; passes no limit of the pen
    #[arg(short, long, global = true)]
    yes: bool,
    /// How long to wait for an answer, in seconds
    #[arg(long, global = true, default_value = "3", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Keep every frame in FILE: time, direction, bytes
    #[arg(long, global = true, value_name = "FILE")]
    trace: Option<String>,
}

impl Global {
    /// Keeps the bytes of a link if `--trace` asks for it.
    pub(crate) fn traced(&self, link: Box<dyn Transport>) -> Result<Box<dyn Transport>, HostError> {
        Ok(match &self.trace {
            Some(path) => Box::new(Traced::new(link, path)?),
            None => link,
        })
    }
}

/// How long a pen is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// So long.
    For(Duration),
    /// Until it comes, or somebody ends it.
    Forever,
}

fn wait(text: &str) -> Result<Wait, String> {
    match text {
        "forever" => Ok(Wait::Forever),
        text => seconds(text)
            .map(Wait::For)
            .map_err(|why| format!("{why}, or `forever`")),
    }
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds, such as 0.5".to_owned())?;
    if !(0.05..=600.0).contains(&seconds) {
        return Err("from 0.05 to 600 seconds".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the ports and asks each that may be a pen who it is
    List(cmd::list::ListArgs),
    /// Shows who the pen is: serial number, firmware, class, storage, link
    Info(cmd::info::InfoArgs),
    /// Shows what the pen does now: mode, locks, depth, rate, session
    Status(cmd::status::StatusArgs),
    /// Follows the pen and its heat: full screen, else one picture a line, until Ctrl-C
    Monitor(cmd::monitor::MonitorArgs),
    /// Follows the pen and keeps every frame in a file
    Record(cmd::monitor::RecordArgs),
    /// Shows a recording as it was, at its own speed
    Replay(cmd::monitor::ReplayArgs),
    /// Shows the limits in force, and who set each
    Limits(cmd::limits::LimitsArgs),
    /// Begins a treatment plan from an indication, checks one, or loads one into the pen
    Plan(cmd::plan::PlanArgs),
    /// Calibrates depth and rate against a gauge, step by step, with a report
    Calibrate(Box<cmd::calibrate::CalibrateArgs>),
    /// Fetches the pen's journal and verifies that nothing is missing
    Journal(cmd::journal::JournalArgs),
    /// Reports a session from the pen's journal, with aftercare sheet and next date; closes one
    Session(cmd::session::SessionArgs),
    /// Adds what was seen after a session, or an adverse event, to the records
    Observe(cmd::observe::ObserveArgs),
    /// Shows a latched fault, what it means and what to do
    Faults(cmd::faults::FaultsArgs),
    /// Ends a terminal fault or corrects the pen's day, with a technician at the pen
    Service(cmd::service::ServiceArgs),
    /// Shows how a pen drifted: its calibrations, its runs, a page with a figure
    History(cmd::history::HistoryArgs),
    /// Shows what has to be calibrated, and when
    Due(cmd::due::DueArgs),
    /// Takes instruments, operators, journals or a whole store into the records
    Import(cmd::import::ImportArgs),
    /// Writes records as JSON lines or as a table, or a certificate as it was issued
    Export(cmd::export::ExportArgs),
    /// Copies the whole store into a new file
    Backup(cmd::backup::BackupArgs),
    /// Checks that no record was changed or lost
    Audit(cmd::audit::AuditArgs),
    /// Shows where the records are, and how many
    Store(cmd::store::RecordsArgs),
    /// Tells the whole story on a simulated pen: calibrates, treats, tries what must not work
    Demo(cmd::demo::DemoArgs),
    /// Looks for what keeps a pen from being found: rights, other programs, clock, folders
    Doctor(cmd::doctor::DoctorArgs),
    /// Writes a zip file for whoever shall help: versions, checks, journal, nobody's name
    SupportBundle(cmd::support_bundle::SupportBundleArgs),
    /// Prints or installs the rule that gives pens to whoever sits at a Linux machine
    SetupUdev(cmd::setup_udev::SetupUdevArgs),
    /// Shows the settings in force, and where each came from
    Config(cmd::config::ConfigArgs),
    /// Prints or writes the manual pages
    Man(cmd::man::ManArgs),
    /// Prints completions for a shell
    Completions(cmd::completions::CompletionsArgs),
    /// Explains an error code, such as PEN-E012
    Explain(cmd::explain::ExplainArgs),
}

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// Options that every command takes.
    pub(crate) global: Global,
    /// Where it says what.
    pub(crate) out: Out,
    /// The configuration file.
    pub(crate) settings: Loaded,
    /// Where each value in force came from.
    pub(crate) origins: Origins,
}

#[cfg(test)]
impl Context {
    /// What a command gets that is called so; nobody reads what it says.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let cli = Cli::try_parse_from(arguments).expect("arguments");
        Self {
            global: cli.global,
            out: Out::unread(),
            settings: Loaded::default(),
            origins: Origins::default(),
        }
    }
}

impl Context {
    /// Whether `--yes` was given.
    pub(crate) const fn is_sure(&self) -> bool {
        self.global.yes
    }

    /// How long an answer is waited for.
    pub(crate) const fn patience(&self) -> Patience {
        Patience(self.global.timeout)
    }

    /// Keeps every frame in this file, as `--trace` does.
    ///
    /// # Errors
    /// `--trace` names another one.
    pub(crate) fn record_to(&mut self, file: &str) -> Result<(), HostError> {
        if self.global.trace.is_some() {
            let why = "a recording is a trace already";
            return Err(HostError::usage("two files were named", why));
        }
        self.global.trace = Some(file.to_owned());
        Ok(())
    }

    /// The options and the streams, apart.
    pub(crate) const fn split(&mut self) -> (&Global, &mut Out) {
        (&self.global, &mut self.out)
    }
}

fn dispatch(command: Command, context: &mut Context) -> Result<(), HostError> {
    match command {
        Command::List(args) => cmd::list::run(&args, context),
        Command::Info(args) => cmd::info::run(&args, context),
        Command::Status(args) => cmd::status::run(&args, context),
        Command::Monitor(args) => cmd::monitor::run(&args, context),
        Command::Record(args) => cmd::monitor::record(&args, context),
        Command::Replay(args) => cmd::monitor::replay(&args, context),
        Command::Limits(args) => cmd::limits::run(&args, context),
        Command::Plan(args) => cmd::plan::run(&args, context),
        Command::Calibrate(args) => cmd::calibrate::run(&args, context),
        Command::Journal(args) => cmd::journal::run(&args, context),
        Command::Session(args) => cmd::session::run(&args, context),
        Command::Observe(args) => cmd::observe::run(&args, context),
        Command::Faults(args) => cmd::faults::run(&args, context),
        Command::Service(args) => cmd::service::run(&args, context),
        Command::History(args) => cmd::history::run(&args, context),
        Command::Due(args) => cmd::due::run(&args, context),
        Command::Import(args) => cmd::import::run(&args, context),
        Command::Export(args) => cmd::export::run(&args, context),
        Command::Backup(args) => cmd::backup::run(&args, context),
        Command::Audit(args) => cmd::audit::run(&args, context),
        Command::Store(args) => cmd::store::run(&args, context),
        Command::Demo(args) => cmd::demo::run(&args, context),
        Command::Doctor(args) => cmd::doctor::run(&args, context),
        Command::SupportBundle(args) => cmd::support_bundle::run(&args, context),
        Command::SetupUdev(args) => cmd::setup_udev::run(&args, context),
        Command::Config(args) => cmd::config::run(&args, context),
        Command::Man(args) => cmd::man::run(&args, context),
        Command::Completions(args) => cmd::completions::run(&args, context),
        Command::Explain(args) => cmd::explain::run(&args, context),
    }
}

/// Runs the program with these arguments, the program's own name first.
pub fn run<I, T>(arguments: I) -> ExitCode
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let parsed = command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Origins::of(&matches))));
    let class = match parsed {
        Ok((cli, origins)) => obey(cli, origins),
        Err(error) => misunderstood(&arguments, &error),
    };
    ExitCode::from(class.exit_code())
}

fn obey(cli: Cli, mut origins: Origins) -> Class {
    clock::catch_interrupts();
    let mut global = cli.global;
    let read = config::load(global.config.as_deref())
        .and_then(|loaded| origins.apply(&loaded, &mut global).map(|()| loaded));
    let style = Style {
        json: global.json,
        color: global.color,
        quiet: global.quiet,
        verbose: global.verbose,
    };
    let (settings, broken) = match read {
        Ok(settings) => (settings, None),
        Err(error) => (Loaded::default(), Some(error)),
    };
    let mut context = Context {
        global,
        out: Out::new(style),
        settings,
        origins,
    };
    // What helps to mend a file works without it.
    let needs_none = matches!(
        cli.command,
        Command::Explain(_)
            | Command::Completions(_)
            | Command::Doctor(_)
            | Command::SupportBundle(_)
            | Command::Man(_)
    );
    let ended = match broken {
        Some(error) if !needs_none => Err(error),
        _ => dispatch(cli.command, &mut context),
    };
    let class = match ended {
        Ok(()) => Class::Ok,
        Err(error) => {
            context.out.error(&error);
            error.class
        }
    };
    context.out.complete(class);
    kept(class, &mut context.out)
}

/// The class of a run, unless its output was not taken: a full disk is no success.
fn kept(class: Class, out: &mut Out) -> Class {
    match out.failure() {
        Some(error) => {
            out.error(&error);
            // What failed before is told by its own exit code.
            if class == Class::Ok {
                error.class
            } else {
                class
            }
        }
        None => class,
    }
}

/// Help and version are data; everything else that clap says is a usage error.
fn misunderstood(arguments: &[OsString], error: &clap::Error) -> Class {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if is_answer {
        let mut out = Out::new(Style::default());
        out.judge(error.print().and_then(|()| io::stdout().flush()));
        return kept(Class::Ok, &mut out);
    }
    let json = arguments.iter().any(|argument| argument == "--json");
    let mut out = Out::new(Style {
        json,
        ..Style::default()
    });
    if !json {
        let _ = error.print();
        return Class::Usage;
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let what = lines.next().unwrap_or("arguments not understood");
    let what = what.strip_prefix("error:").unwrap_or(what).trim();
    let why: Vec<&str> = lines
        .take_while(|line| !line.starts_with("Usage:"))
        .collect();
    let why = why.join(" ");
    let why = if why.is_empty() {
        "the command line was not understood"
    } else {
        &why
    };
    out.error(&HostError::usage(what, why));
    out.complete(Class::Usage);
    Class::Usage
}

/// The command line as clap knows it, for completions and checks of the documentation.
#[must_use]
pub fn command() -> clap::Command {
    examples::with_examples(Cli::command())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }

    #[test]
    fn every_command_is_in_the_table_of_the_readme() {
        let readme = include_str!("../README.md");
        let rows: Vec<&str> = readme.lines().filter(|it| it.starts_with("| `")).collect();
        let commands = paths(&super::command(), "");
        for name in &commands {
            let is_row = |row: &&&str| {
                let head = row.split(" | ").next().unwrap_or_default();
                head.split('`')
                    .any(|it| it == name || it.starts_with(&format!("{name} ")))
            };
            assert!(rows.iter().find(is_row).is_some(), "{name} is in no row");
        }
        for name in ["list", "calibrate verify", "plan check", "service set-day"] {
            assert!(commands.iter().any(|it| it == name), "{name}: {commands:?}");
        }
        assert!(commands.len() >= 45, "{commands:?}");
    }

    /// Every command and every one below it, each with those above it.
    fn paths(command: &clap::Command, above: &str) -> Vec<String> {
        let mut all = Vec::new();
        for below in command.get_subcommands() {
            let path = format!("{above}{}", below.get_name());
            all.extend(paths(below, &format!("{path} ")));
            all.push(path);
        }
        all
    }
}
