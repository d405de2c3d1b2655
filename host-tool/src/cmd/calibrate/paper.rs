//! What a certificate says besides the measurement: for whom, in what state, who answers for it.

use clap::Args;

use crate::config::{Config, stated};
use crate::error::HostError;
use crate::procedure::Outcome;
use crate::report::{Customer, Laboratory};
use crate::store::{day_of, day_text};

/// Arguments of `calibrate` that only the certificate needs.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "For the certificate")]
pub(crate) struct PaperArgs {
    /// For whom the pen is calibrated [default: `customer` of the configuration file]
    #[arg(long, value_name = "NAME", value_parser = text)]
    customer: Option<String>,
    /// State in which the pen came, such as "complete, ring stiff"
    #[arg(long, value_name = "TEXT", value_parser = text)]
    condition: Option<String>,
    /// Day on which the pen came, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    /// Who answers for the certificate
    #[arg(long, value_name = "NAME", value_parser = text)]
    authorised_by: Option<String>,
    /// The customer agreed that the certificate says when the next calibration is due
    #[arg(long)]
    interval_agreed: bool,
    /// Write calibration.pdf beside the page
    #[arg(long)]
    pub(crate) pdf: bool,
}

fn text(text: &str) -> Result<String, String> {
    stated(text).map(|()| text.to_owned())
}

/// What the certificate says besides the measurement, all of it checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Paper {
    laboratory: Option<Laboratory>,
    customer: Option<Customer>,
    condition: Option<String>,
    received: Option<String>,
    authorised_by: Option<String>,
    is_interval_agreed: bool,
    /// Whether a PDF is wanted.
    pub(crate) is_pdf: bool,
}

impl PaperArgs {
    /// Before the first question: what was given, and what the configuration file has.
    ///
    /// # Errors
    /// The day is none, or lies ahead of `today` (days since 2020-01-01); a PDF is wanted that this build
    /// cannot write, or that cannot show a text.
    pub(crate) fn paper(&self, config: &Config, today: u16) -> Result<Paper, HostError> {
        if let Some(date) = &self.received {
            let today = i64::from(today);
            if day_of(date).is_none_or(|day| day > today) {
                return Err(HostError::usage(
                    format!("`{date}` is no day on which a pen can have come"),
                    format!(
                        "--received takes a day such as 2026-11-22, not after today, {}",
                        day_text(today)
                    ),
                ));
            }
        }
        let laboratory = config.laboratory.as_ref().map(|it| Laboratory {
            name: it.name.clone(),
            address: it.address.clone(),
        });
        let named = self.customer.as_ref().map(|name| Customer {
            name: name.clone(),
            address: None,
        });
        let filed = config.customer.as_ref();
        // What one customer agreed to is no agreement of another.
        let agreed = named.is_none() && filed.is_some_and(|it| it.interval_agreed);
        let paper = Paper {
            laboratory,
            customer: named.or_else(|| {
                filed.map(|it| Customer {
                    name: it.name.clone(),
                    address: it.address.clone(),
                })
            }),
            condition: self.condition.clone(),
            received: self.received.clone(),
            authorised_by: self.authorised_by.clone(),
            is_interval_agreed: self.interval_agreed || agreed,
            is_pdf: self.pdf,
        };
        if paper.is_interval_agreed && paper.customer.is_none() {
            return Err(HostError::usage(
                "nobody can have agreed to an interval",
                "--interval-agreed was given, and no customer",
            )
            .with_fix("name the customer with --customer, or in the configuration file"));
        }
        if self.pdf {
            crate::cmd::pdf::can_show(&paper.texts())?;
        }
        Ok(paper)
    }
}

impl Paper {
    fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        if let Some(laboratory) = &self.laboratory {
            texts.extend([laboratory.name.as_str(), &laboratory.address]);
        }
        if let Some(customer) = &self.customer {
            texts.push(&customer.name);
            texts.extend(customer.address.as_deref());
        }
        texts.extend(self.condition.as_deref());
        texts.extend(self.authorised_by.as_deref());
        texts
    }

    /// Writes it on the report. `due` is the day that the pen has, in days since 2020-01-01.
    pub(crate) fn head(self, outcome: &mut Outcome, due: Option<i64>) {
        let report = &mut outcome.report;
        report.laboratory = self.laboratory;
        report.customer = self.customer;
        report.item.condition = self.condition;
        report.received = self.received;
        report.authorised_by = self.authorised_by;
        report.next_due = due.filter(|_| self.is_interval_agreed).map(day_text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Paper, PaperArgs};
    use crate::config::Config;
    use crate::metrology::Verdict;
    use crate::procedure::Outcome;
    use crate::report::sample;

    /// 2026-11-22. Unit: days since 2020-01-01.
    const TODAY: u16 = 2_517;

    fn config() -> Config {
        toml::from_str(
            "[laboratory]\nname = \"L\"\naddress = \"A\"\n\
             [customer]\nname = \"C\"\naddress = \"B\"\ninterval_agreed = true\n",
        )
        .unwrap()
    }

    fn headed(args: &PaperArgs, config: &Config) -> crate::report::CalibrationReport {
        let mut outcome = Outcome {
            subject: crate::procedure::Subject::All,
            report: sample::calibration(),
            as_found: Verdict::Pass,
            as_left: Verdict::Pass,
            generation: 2,
        };
        let paper = args.paper(config, TODAY).unwrap();
        paper.head(&mut outcome, Some(2_882));
        outcome.report
    }

    #[test]
    fn the_file_heads_the_certificate_and_a_flag_goes_before_it() {
        let report = headed(&PaperArgs::default(), &config());
        assert_eq!(report.laboratory.unwrap().name, "L");
        let customer = report.customer.unwrap();
        assert_eq!(
            (customer.name.as_str(), customer.address.as_deref()),
            ("C", Some("B"))
        );
        assert_eq!(report.next_due.as_deref(), Some("2027-11-22"));
        assert_eq!((report.item.condition, report.received), (None, None));

        let args = PaperArgs {
            customer: Some("D".to_owned()),
            condition: Some("whole".to_owned()),
            received: Some("2026-11-22".to_owned()),
            authorised_by: Some("E".to_owned()),
            ..PaperArgs::default()
        };
        let report = headed(&args, &config());
        let customer = report.customer.unwrap();
        assert_eq!((customer.name.as_str(), customer.address), ("D", None));
        assert_eq!(report.next_due, None, "another customer agreed to it");
        assert_eq!(report.item.condition.as_deref(), Some("whole"));
        assert_eq!(report.received.as_deref(), Some("2026-11-22"));
        assert_eq!(report.authorised_by.as_deref(), Some("E"));
    }

    #[test]
    fn no_interval_is_stated_that_nobody_agreed_to() {
        assert_eq!(
            headed(&PaperArgs::default(), &Config::default()).next_due,
            None
        );
        let nobody = PaperArgs {
            interval_agreed: true,
            ..PaperArgs::default()
        };
        let error = nobody.paper(&Config::default(), TODAY).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
        assert!(error.why.contains("no customer"), "{error}");
        let args = PaperArgs {
            customer: Some("D".to_owned()),
            ..nobody
        };
        let report = headed(&args, &Config::default());
        assert_eq!(report.next_due.as_deref(), Some("2027-11-22"));
    }

    #[test]
    fn a_pen_comes_on_a_day_and_not_ahead_of_it() {
        let received = |date: &str| {
            let args = PaperArgs {
                received: Some(date.to_owned()),
                ..PaperArgs::default()
            };
            args.paper(&Config::default(), TODAY)
        };
        for date in ["2026-11-22", "2020-01-01"] {
            assert!(received(date).is_ok(), "{date}");
        }
        for date in ["2026-11-23", "2026-02-30", "22.11.2026", "", "2019-12-31"] {
            let error = received(date).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{date}");
            assert!(error.to_string().contains("2026-11-22"), "{error}");
        }
        assert_eq!(
            PaperArgs::default().paper(&Config::default(), 0).unwrap(),
            Paper::default()
        );
    }
}
