//! From what was given to a pen that greeted: settings by their origin, search, wait, greeting.

use std::fmt;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::{Context, Global, Wait};
use crate::client::Client;
use crate::clock::{self, Clock, RealClock};
use crate::config::Loaded;
use crate::error::{Class, HostError};
use crate::link::ports::{self, Wanted, Whom};
use crate::link::serial::SerialLink;
use crate::link::sim::SimStage;
use crate::link::tcp::TcpLink;
use crate::link::{Target, Transport};
use crate::words;

/// Where a value came from; a later one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Nobody gave one.
    #[default]
    Default,
    /// The configuration file.
    File,
    /// A variable of the environment.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "command line",
        })
    }
}

/// Where each setting came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origins {
    /// `--port`
    pub(crate) port: Origin,
    /// `--serial`
    pub(crate) serial: Origin,
    /// `--timeout`
    pub(crate) timeout: Origin,
    /// `--color`
    pub(crate) color: Origin,
    /// `--config`
    pub(crate) config: Origin,
}

impl Origins {
    /// What the command line and the environment gave.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let origin = |name: &str| {
            let mut highest = Origin::Default;
            let mut at = Some(matches);
            while let Some(matches) = at {
                let here = match matches.value_source(name) {
                    Some(ValueSource::CommandLine) => Origin::Flag,
                    Some(ValueSource::EnvVariable) => Origin::Environment,
                    _ => Origin::Default,
                };
                highest = highest.max(here);
                at = matches.subcommand().map(|(_, below)| below);
            }
            highest
        };
        Self {
            port: origin("port"),
            serial: origin("serial"),
            timeout: origin("timeout"),
            color: origin("color"),
            config: origin("config"),
        }
    }

    /// Fills in from the file what nobody gave otherwise, and drops what a stronger word overrules:
    /// a port on the command line is not bound to the serial number of the file.
    ///
    /// # Errors
    /// `--serial` is neither a number nor an alias.
    pub(crate) fn apply(&mut self, file: &Loaded, global: &mut Global) -> Result<(), HostError> {
        let config = &file.config;
        if global.port.is_none()
            && let Some(port) = &config.port
        {
            // It was checked when the file was read.
            global.port = port.parse().ok();
            self.port = Origin::File;
        }
        if global.serial.is_none() && config.serial.is_some() {
            global.serial.clone_from(&config.serial);
            self.serial = Origin::File;
        }
        if self.port > self.serial {
            global.serial = None;
            self.serial = Origin::Default;
        } else if self.serial > self.port {
            global.port = None;
            self.port = Origin::Default;
        }
        if let (Origin::Default, Some(timeout)) = (self.timeout, config.timeout) {
            global.timeout = Duration::from_secs_f64(timeout);
            self.timeout = Origin::File;
        }
        if let (Origin::Default, Some(color)) = (self.color, config.color) {
            global.color = color;
            self.color = Origin::File;
        }
        if let Some(serial) = &global.serial {
            config
                .wanted(serial)
                .map_err(|why| HostError::usage("--serial was not understood", why))?;
        }
        Ok(())
    }
}

/// How often a pen that is waited for is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// How often somebody who waits is told so.
const TELL: Duration = Duration::from_secs(5);

impl Context {
    /// The pen that was asked for by its number, if it was.
    fn wanted(&self) -> Wanted {
        let serial = self.global.serial.as_deref();
        serial
            .and_then(|text| self.settings.config.wanted(text).ok())
            .unwrap_or(Wanted::TheOnlyOne)
    }

    /// Where the pen is; waits for it if that was asked for.
    pub(crate) fn target(&mut self) -> Result<Target, HostError> {
        if let Some(target) = &self.global.port {
            return Ok(target.clone());
        }
        self.patiently(|context| {
            let listed = ports::listed();
            let mut pens = listed.iter().filter(|port| port.pen);
            let wanted = context.wanted();
            // The only one need not be asked before it is greeted.
            if let (Wanted::TheOnlyOne, Some(only), None) = (&wanted, pens.next(), pens.next()) {
                return Ok(Target::Serial(only.port.clone()));
            }
            let ports = ports::survey(Whom::Pens);
            let chosen = ports::choose(&wanted, &ports);
            if let Err(error) = &chosen
                && error.class == Class::AmbiguousDevice
            {
                crate::cmd::list::table(&ports, context);
            }
            chosen.map(|port| Target::Serial(port.port))
        })
    }

    /// Tries again, while it was asked to wait, for as long as there is no pen or it is busy.
    fn patiently<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let mut clock = RealClock::new();
        let mut told = None;
        loop {
            let error = match attempt(self) {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            let left = match self.global.wait {
                None => return Err(error),
                Some(Wait::Forever) => None,
                Some(Wait::For(span)) => Some(span.saturating_sub(clock.now())),
            };
            let may_come = matches!(error.class, Class::NoDevice | Class::Busy);
            if !may_come || left.is_some_and(|left| left.is_zero()) {
                return Err(error);
            }
            if told.is_none_or(|at| clock.now() >= at + TELL) {
                told = Some(clock.now());
                let left = left.map_or_else(String::new, |left| {
                    format!(", {} s left", left.as_secs_f64().ceil())
                });
                self.out
                    .say(format!("{}: waiting{left}; Ctrl-C ends it", error.what));
            }
            if clock::interrupted() {
                return Err(HostError::interrupted("the wait for a pen"));
            }
            clock.wait(left.map_or(LOOK, |left| left.min(LOOK)));
        }
    }

    /// Opens the link and greets the pen.
    pub(crate) fn connect(&mut self) -> Result<Client, HostError> {
        let target = self.target()?;
        self.connect_to(&target)
    }

    /// Opens this link and greets the pen.
    pub(crate) fn connect_to(&mut self, target: &Target) -> Result<Client, HostError> {
        let link = self.patiently(|context| context.open(target))?;
        self.greet(link)
    }

    /// How long a TCP bridge may take to answer.
    pub(crate) const fn patience_of_links(&self) -> Duration {
        self.global.timeout
    }

    fn open(&self, target: &Target) -> Result<Box<dyn Transport>, HostError> {
        Ok(match target {
            Target::Serial(path) if self.global.wait.is_some() => Box::new(SerialLink::open(path)?),
            Target::Serial(path) => Box::new(SerialLink::open_soon(path)?),
            Target::Tcp(address) => Box::new(TcpLink::open(address, self.patience_of_links())?),
            Target::Sim(seed) => Box::new(SimStage::new(*seed)?.link()),
        })
    }

    /// Greets the pen at the other end of a link, and makes sure that it is the one that was asked for.
    pub(crate) fn greet(&mut self, link: Box<dyn Transport>) -> Result<Client, HostError> {
        let link = self.global.traced(link)?;
        self.out.detail(format!("opened {}", link.name()));
        let client = Client::connect(link, self.patience())?;
        let found = client.hello().serial;
        if let Wanted::Serial(wanted) = self.wanted()
            && wanted != found
        {
            return Err(HostError::wrong_pen(
                &client.link_name(),
                &format!("pen {}", words::serial(wanted)),
                &format!("pen {}", words::serial(found)),
            ));
        }
        if let Some(mismatch) = client.mismatch() {
            self.out.warn(format!(
                "host speaks {}, pen speaks {}; the {} is the older side: {}",
                mismatch.host, mismatch.pen, mismatch.older, mismatch.fix
            ));
        }
        Ok(client)
    }
}
