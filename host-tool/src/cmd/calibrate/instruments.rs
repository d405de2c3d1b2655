//! Instruments that send their readings, as they are named on the command line.

use std::net::ToSocketAddrs;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use crate::error::HostError;
use crate::gauge::{Gauge, Quantity, Spec};
use crate::link::serial::SerialLink;
use crate::link::tcp::TcpLink;
use crate::link::{Target, Transport};
use crate::procedure::{Asks, Sender, Settings};

/// Which instruments send their readings.
#[derive(Clone, Debug, Args)]
pub(super) struct InstrumentArgs {
    /// The gauge sends its readings: PORT[:DRIVER], or keyboard:UNIT (docs/gauges.md)
    #[arg(long, value_name = "PORT[:DRIVER]", value_parser = spec)]
    gauge: Option<Spec>,
    /// The tachometer sends its readings, in the same way
    #[arg(long, value_name = "PORT[:DRIVER]", value_parser = spec)]
    tachometer: Option<Spec>,
    /// The meter in the motor's lead sends its readings, in the same way
    #[arg(long, value_name = "PORT[:DRIVER]", value_parser = spec)]
    meter: Option<Spec>,
}

fn spec(text: &str) -> Result<Spec, String> {
    Spec::of(text, |path| Path::new(path).exists())
}

impl InstrumentArgs {
    /// Whether any sends.
    pub(super) const fn are_given(&self) -> bool {
        self.gauge.is_some() || self.tachometer.is_some() || self.meter.is_some()
    }

    /// What is left to be asked.
    pub(super) const fn asks(&self) -> Asks {
        Asks::Unsent {
            depth: self.gauge.is_some(),
            rate: self.tachometer.is_some(),
            current: self.meter.is_some(),
        }
    }

    /// Whether what is given fits together, to the pen, and to what is measured.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn check(
        &self,
        target: &Target,
        settings: &Settings,
        has_answers: bool,
    ) -> Result<(), HostError> {
        if let Some(spec) = self.meter.as_ref().filter(|_| !settings.has_current()) {
            let why = "the motor current is not measured";
            return Err(
                HostError::usage(format!("--meter {spec} has nothing to read"), why)
                    .with_fix("give --current too, or `penctl calibrate current`"),
            );
        }
        for (name, spec, wanted) in [
            ("--gauge", &self.gauge, Quantity::Length),
            ("--tachometer", &self.tachometer, Quantity::Rate),
            ("--meter", &self.meter, Quantity::Current),
        ] {
            let Some(spec) = spec else { continue };
            if matches!(target, Target::Sim(_)) {
                let why =
                    "a pen simulated in this process has its own instruments, which send already";
                let fix = format!(
                    "serve the pen: `pen-sim serve --service {name}-pty ./{}0`",
                    name.trim_start_matches('-')
                );
                return Err(
                    HostError::usage(format!("{name} {spec} has nothing to read"), why)
                        .with_fix(fix),
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
        self.are_apart(target)
    }

    /// Whether pen and instruments have a port each.
    fn are_apart(&self, target: &Target) -> Result<(), HostError> {
        let instruments = [
            ("--gauge", &self.gauge),
            ("--tachometer", &self.tachometer),
            ("--meter", &self.meter),
        ];
        let ports = instruments.map(|(name, spec)| match spec {
            Some(Spec::Port { port, .. }) => Some((name, port.clone())),
            Some(Spec::Keyboard(_)) | None => None,
        });
        let pen = Some(("the pen", target.to_string()));
        let all: Vec<(&str, String)> = [pen].into_iter().chain(ports).flatten().collect();
        for (place, (name, port)) in all.iter().enumerate() {
            let names = names_of(port);
            let other = all.iter().take(place).find(|(_, before)| {
                let before = names_of(before);
                before.iter().any(|it| names.contains(it))
            });
            if let Some((other, before)) = other {
                let why = if before == port {
                    format!("both are {port}, and one port leads to one device")
                } else {
                    format!("{before} and {port} are one port, which leads to one device")
                };
                return Err(HostError::usage(
                    format!("{name} and {other} have the same port"),
                    why,
                )
                .with_fix("`penctl list --all` shows the ports that there are"));
            }
        }
        Ok(())
    }

    /// Opens gauge, tachometer and meter, as far as they are given.
    ///
    /// # Errors
    /// A port is not there, not allowed, or busy; or two are the same one.
    pub(super) fn open(&self, patience: Duration) -> Result<[Option<Sender>; 3], HostError> {
        let open = |spec: &Option<Spec>, who| {
            let sender = spec.as_ref().map(|it| sender(it, who, patience));
            sender.transpose()
        };
        Ok([
            open(&self.gauge, "gauge")?,
            open(&self.tachometer, "tachometer")?,
            open(&self.meter, "meter")?,
        ])
    }
}

/// The names of a port: of a path what it leads to, of a TCP bridge its addresses too.
fn names_of(port: &str) -> Vec<String> {
    let Some(address) = port.strip_prefix("tcp:") else {
        let path = std::fs::canonicalize(port).map(|it| it.display().to_string());
        return vec![path.unwrap_or_else(|_| port.to_owned())];
    };
    // A name that leads nowhere is told when it is opened.
    let found = address.to_socket_addrs().into_iter().flatten();
    let found = found.map(|it| format!("tcp:{it}"));
    std::iter::once(port.to_ascii_lowercase())
        .chain(found)
        .collect()
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

#[cfg(test)]
mod tests {
    use super::{InstrumentArgs, spec};
    use crate::link::Target;
    use crate::procedure::{Settings, Subject};

    fn check(pen: &str, gauge: Option<&str>, tachometer: Option<&str>) -> Result<(), String> {
        let settings = Settings::default();
        of([gauge, tachometer, None], pen, &settings, false)
    }

    fn of(
        [gauge, tachometer, meter]: [Option<&str>; 3],
        pen: &str,
        settings: &Settings,
        has_answers: bool,
    ) -> Result<(), String> {
        let args = InstrumentArgs {
            gauge: gauge.map(|it| spec(it).unwrap()),
            tachometer: tachometer.map(|it| spec(it).unwrap()),
            meter: meter.map(|it| spec(it).unwrap()),
        };
        let target: Target = pen.parse().unwrap();
        let checked = args.check(&target, settings, has_answers);
        checked.map_err(|error| {
            assert_eq!(error.exit_code(), 2);
            format!("{}: {}", error.what, error.why)
        })
    }

    #[test]
    fn a_meter_reads_a_current_that_is_measured_and_has_a_port_of_its_own() {
        let (a, b) = ("/dev/nothing-a", "/dev/nothing-b");
        let with = Settings {
            current: true,
            ..Settings::default()
        };
        let subject = Settings {
            subject: Subject::Current,
            ..Settings::default()
        };
        let without = Settings::default();
        /// Settings, pen, gauge, tachometer and meter, whether there are answers, what is said.
        type Case<'a> = (&'a Settings, &'a str, [Option<&'a str>; 3], bool, &'a str);
        let cases: [Case<'_>; 8] = [
            (&with, a, [None, None, Some(b)], false, ""),
            (&subject, a, [None, None, Some("keyboard:mA")], false, ""),
            (
                &without,
                a,
                [None, None, Some(b)],
                false,
                "the motor current is not measured",
            ),
            (
                &with,
                a,
                [None, None, Some("keyboard:mm")],
                false,
                "readings are in mA",
            ),
            (
                &with,
                a,
                [Some("keyboard:mA"), None, None],
                false,
                "readings are in um",
            ),
            (
                &with,
                a,
                [None, None, Some("keyboard:mA")],
                true,
                "--meter keyboard:mA and --answers",
            ),
            (
                &with,
                a,
                [Some(b), None, Some(b)],
                false,
                "--meter and --gauge",
            ),
            (
                &with,
                "sim:5",
                [None, None, Some(b)],
                false,
                "instruments, which send already",
            ),
        ];
        for (settings, pen, given, has_answers, words) in cases {
            let what = format!("{given:?} {has_answers}");
            match of(given, pen, settings, has_answers) {
                Ok(()) => assert_eq!(words, "", "{what}"),
                Err(said) => assert!(!words.is_empty() && said.contains(words), "{what}: {said}"),
            }
        }
    }

    #[test]
    fn pen_gauge_and_tachometer_have_a_port_each() {
        let (a, b, c) = ("/dev/nothing-a", "/dev/nothing-b", "/dev/nothing-c");
        for (pen, gauge, tachometer, words) in [
            (a, Some(b), Some(c), ""),
            (a, Some("keyboard:mm"), Some("keyboard:Hz"), ""),
            (a, None, Some(a), "--tachometer and the pen"),
            (a, Some("/dev/nothing-a:opto"), None, "--gauge and the pen"),
            (
                a,
                Some(b),
                Some("/dev/nothing-b:plain"),
                "--tachometer and --gauge",
            ),
            // By another name.
            ("/dev/./null", Some("/dev/null"), None, "are one port"),
            ("tcp:127.0.0.1:4000", Some("tcp:127.0.0.1:4001"), None, ""),
            (
                "tcp:127.0.0.1:4000",
                Some("tcp:127.0.0.1:4000:opto"),
                None,
                "--gauge and the pen",
            ),
            (
                "tcp:127.0.0.1:4000",
                None,
                Some("tcp:LOCALHOST:4000"),
                "are one port",
            ),
        ] {
            let what = format!("{pen} {gauge:?} {tachometer:?}");
            match check(pen, gauge, tachometer) {
                Ok(()) => assert_eq!(words, "", "{what}"),
                Err(said) => assert!(!words.is_empty() && said.contains(words), "{what}: {said}"),
            }
        }
    }
}
