//! Instruments that send their readings, as they are named on the command line.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use crate::error::HostError;
use crate::gauge::{Gauge, Quantity, Spec};
use crate::link::serial::SerialLink;
use crate::link::tcp::TcpLink;
use crate::link::{Target, Transport};
use crate::procedure::{Asks, Sender};

/// Which instruments send their readings.
#[derive(Clone, Debug, Args)]
pub(super) struct InstrumentArgs {
    /// The gauge sends its readings: PORT[:DRIVER], or keyboard:UNIT (docs/gauges.md)
    #[arg(long, value_name = "PORT[:DRIVER]", value_parser = spec)]
    gauge: Option<Spec>,
    /// The tachometer sends its readings, in the same way
    #[arg(long, value_name = "PORT[:DRIVER]", value_parser = spec)]
    tachometer: Option<Spec>,
}

fn spec(text: &str) -> Result<Spec, String> {
    Spec::of(text, |path| Path::new(path).exists())
}

impl InstrumentArgs {
    /// Whether any sends.
    pub(super) const fn are_given(&self) -> bool {
        self.gauge.is_some() || self.tachometer.is_some()
    }

    /// What is left to be asked.
    pub(super) const fn asks(&self) -> Asks {
        Asks::Unsent {
            depth: self.gauge.is_some(),
            rate: self.tachometer.is_some(),
        }
    }

    /// Whether what is given fits together and to the pen.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn check(&self, target: &Target, has_answers: bool) -> Result<(), HostError> {
        for (name, spec, wanted) in [
            ("--gauge", &self.gauge, Quantity::Length),
            ("--tachometer", &self.tachometer, Quantity::Rate),
        ] {
            let Some(spec) = spec else { continue };
            if matches!(target, Target::Sim(_)) {
                let why =
                    "a pen simulated in this process has its own instruments, which send already";
                return Err(
                    HostError::usage(format!("{name} {spec} has nothing to read"), why)
                        .with_fix("serve the pen: `pen-sim serve --service --gauge-pty ./gauge0`"),
                );
            }
            let Spec::Keyboard(unit) = spec else { continue };
            if unit.quantity() != wanted {
                let why = format!("readings are in {} or a unit like it", wanted.word());
                return Err(HostError::usage(
                    format!("{name} {spec} has the wrong unit"),
                    why,
                ));
            }
            if has_answers {
                let why = "a gauge that types needs a terminal to type at";
                return Err(
                    HostError::usage(format!("{name} {spec} and --answers"), why)
                        .with_fix("leave out one of them"),
                );
            }
        }
        Ok(())
    }

    /// Opens both, as far as they are given.
    ///
    /// # Errors
    /// A port is not there, not allowed, or busy; or both are the same one.
    pub(super) fn open(
        &self,
        patience: Duration,
    ) -> Result<(Option<Sender>, Option<Sender>), HostError> {
        let open = |spec: &Option<Spec>, who| {
            let sender = spec.as_ref().map(|it| sender(it, who, patience));
            sender.transpose()
        };
        Ok((
            open(&self.gauge, "gauge")?,
            open(&self.tachometer, "tachometer")?,
        ))
    }
}

fn sender(spec: &Spec, who: &str, patience: Duration) -> Result<Sender, HostError> {
    let (port, driver, framing) = match spec {
        Spec::Keyboard(unit) => return Ok(Sender::Keyboard(*unit)),
        Spec::Port {
            port,
            driver,
            framing,
        } => (port, *driver, *framing),
    };
    let link: Box<dyn Transport> = match port.strip_prefix("tcp:") {
        Some(address) => Box::new(TcpLink::open(address, patience)?),
        None => Box::new(SerialLink::open_as(port, who, framing)?),
    };
    Ok(Sender::Port(Gauge::new(link, driver)?, patience))
}
