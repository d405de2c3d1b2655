//! Everything that can be broken on purpose: one named knob for each component and kind.
//!
//! A knob is off until a script sets it, may be set and cleared at any tick, and carries one number
//! whose unit and range the table tells. A pair that is not in the table is refused by name: a test
//! that breaks nothing because of a typing error would pass for the wrong reason.
//!
//! Faults are faults of hardware: of parts, wires, power, flash, and of the memory cells in which the
//! firmware keeps its numbers. None of them changes what the firmware does; it runs as it was built.
//! A cell of a limit is reached through the one ability of the firmware's feature `bench`, because
//! where it lies is the linker's business.

pub mod line;
mod table;

use std::fmt::Write;

pub use table::{Knob, KnobInfo};

/// A knob that does not exist, or a number that it cannot take. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such component.
    #[error(
        "nothing called `{asked}` can be broken; components are: {known}. `pen-sim faults` lists all"
    )]
    UnknownComponent {
        /// What was asked for.
        asked: String,
        /// All components.
        known: String,
    },
    /// The component does not break in this way.
    #[error(
        "`{component}` has no fault `{asked}`; it has: {known}. `pen-sim faults` explains them"
    )]
    UnknownKind {
        /// The component.
        component: String,
        /// What was asked for.
        asked: String,
        /// All kinds of this component.
        known: String,
    },
    /// The number lies outside the knob's range.
    #[error("fault `{component}.{kind}` takes {min} to {max} {unit}, not {asked}")]
    OutOfRange {
        /// The component.
        component: &'static str,
        /// The kind.
        kind: &'static str,
        /// What was asked for.
        asked: i64,
        /// Least number accepted.
        min: i64,
        /// Greatest number accepted.
        max: i64,
        /// Its unit.
        unit: &'static str,
    },
}

impl Knob {
    /// The knob of this component and kind.
    ///
    /// # Errors
    /// [`FaultError::UnknownComponent`] or [`FaultError::UnknownKind`], with what there is instead.
    pub fn find(component: &str, kind: &str) -> Result<Self, FaultError> {
        let mut kinds = Vec::new();
        for knob in Self::ALL {
            let info = knob.info();
            if info.component == component {
                if info.kind == kind {
                    return Ok(knob);
                }
                kinds.push(info.kind);
            }
        }
        if kinds.is_empty() {
            let mut known: Vec<&str> = Self::ALL.iter().map(|knob| knob.info().component).collect();
            known.dedup();
            return Err(FaultError::UnknownComponent {
                asked: component.to_owned(),
                known: known.join(", "),
            });
        }
        Err(FaultError::UnknownKind {
            component: component.to_owned(),
            asked: kind.to_owned(),
            known: kinds.join(", "),
        })
    }

    /// Whether the number is one that this knob takes.
    ///
    /// # Errors
    /// [`FaultError::OutOfRange`].
    pub const fn check(self, value: i64) -> Result<(), FaultError> {
        let KnobInfo {
            component,
            kind,
            unit,
            min,
            max,
            ..
        } = self.info();
        if value < min || value > max {
            return Err(FaultError::OutOfRange {
                component,
                kind,
                asked: value,
                min,
                max,
                unit,
            });
        }
        Ok(())
    }

    const fn place(self) -> usize {
        self as usize
    }

    const fn bit(self) -> u128 {
        1 << self.place()
    }
}

const KNOBS: usize = Knob::ALL.len();
const _: () = assert!(KNOBS <= 128, "one bit a knob");

/// The table of all knobs, for people.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    for knob in Knob::ALL {
        let KnobInfo {
            component,
            kind,
            unit,
            min,
            max,
            default,
            doc,
        } = knob.info();
        let name = format!("{component}.{kind}");
        let number = if unit == "-" {
            String::new()
        } else {
            format!("{min}..{max} {unit}, usually {default}")
        };
        let _ = writeln!(text, "{name:28} {number:38} {doc}");
    }
    text
}

/// Which knobs are set, and to what.
#[derive(Clone, Debug)]
pub struct Faults {
    set: u128,
    values: [i64; KNOBS],
    /// Counts up with every change, so that a reader need not look at each knob each time.
    changes: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            set: 0,
            values: [0; KNOBS],
            changes: 0,
        }
    }
}

impl Faults {
    /// Sets a knob to a number.
    ///
    /// # Errors
    /// [`FaultError::OutOfRange`]; nothing changed.
    pub fn set(&mut self, knob: Knob, value: i64) -> Result<(), FaultError> {
        knob.check(value)?;
        self.values[knob.place()] = value;
        self.set |= knob.bit();
        self.changes += 1;
        Ok(())
    }

    /// Sets a knob by name; without a number it takes the usual one.
    ///
    /// # Errors
    /// [`FaultError`]; nothing changed.
    pub fn set_named(
        &mut self,
        component: &str,
        kind: &str,
        value: Option<i64>,
    ) -> Result<Knob, FaultError> {
        let knob = Knob::find(component, kind)?;
        self.set(knob, value.unwrap_or(knob.info().default))?;
        Ok(knob)
    }

    /// Clears a knob: the part is whole again.
    pub const fn clear(&mut self, knob: Knob) {
        self.set &= !knob.bit();
        self.changes += 1;
    }

    /// Clears every knob.
    pub const fn clear_all(&mut self) {
        self.set = 0;
        self.changes += 1;
    }

    /// The number of a knob that is set.
    #[must_use]
    pub const fn get(&self, knob: Knob) -> Option<i64> {
        if self.is_set(knob) {
            Some(self.values[knob.place()])
        } else {
            None
        }
    }

    /// The number of a knob that is set; clears it.
    pub const fn take(&mut self, knob: Knob) -> Option<i64> {
        let value = self.get(knob);
        if value.is_some() {
            self.clear(knob);
        }
        value
    }

    /// Whether a knob is set.
    #[must_use]
    pub const fn is_set(&self, knob: Knob) -> bool {
        self.set & knob.bit() != 0
    }

    /// Whether everything is whole.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.set == 0
    }

    /// Every knob that is set, with its number.
    pub fn iter(&self) -> impl Iterator<Item = (Knob, i64)> + '_ {
        Knob::ALL
            .into_iter()
            .filter_map(|knob| self.get(knob).map(|value| (knob, value)))
    }

    /// Counts up with every change.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultError, Faults, Knob, list};

    #[test]
    fn every_knob_is_found_by_its_own_name_and_takes_its_usual_number() {
        for knob in Knob::ALL {
            let info = knob.info();
            assert_eq!(Knob::find(info.component, info.kind), Ok(knob));
            let mut faults = Faults::default();
            assert_eq!(faults.set_named(info.component, info.kind, None), Ok(knob));
            assert_eq!(faults.get(knob), Some(info.default));
            assert_eq!(faults.iter().collect::<Vec<_>>(), [(knob, info.default)]);
            for bad in [info.min - 1, info.max + 1] {
                assert!(matches!(
                    faults.set(knob, bad),
                    Err(FaultError::OutOfRange { .. })
                ));
            }
            assert_eq!(faults.take(knob), Some(info.default));
            assert!(faults.is_whole());
        }
    }

    #[test]
    fn unknown_pairs_are_refused_with_what_there_is_instead() {
        let mut faults = Faults::default();
        let error = faults.set_named("depht_a", "stuck_at", None).unwrap_err();
        assert!(error.to_string().contains("depth_a, depth_b"), "{error}");
        let error = faults.set_named("skin", "stuck_at", None).unwrap_err();
        assert!(error.to_string().contains("dull_percent"), "{error}");
        assert!(faults.is_whole());
    }

    #[test]
    fn the_list_names_every_knob_once() {
        let text = list();
        assert_eq!(text.lines().count(), Knob::ALL.len());
        for knob in Knob::ALL {
            let name = format!("{}.{} ", knob.info().component, knob.info().kind);
            assert_eq!(text.matches(&name).count(), 1, "{name}");
        }
    }
}
