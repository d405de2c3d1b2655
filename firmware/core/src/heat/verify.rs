//! The heat model under proof (PWR-004).

use super::{Heat, Load, Stage};
use crate::estimate::GripSense;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// Warmest that a node is counted, either way. Unit: millionths of a degree.
const MOST: i32 = 400_000_000;

impl Heat {
    /// What is true of the model between two ticks: before it started it knows nothing.
    pub(crate) const fn holds(&self) -> bool {
        self.started
            || (self.winding == 0 && self.housing == 0 && matches!(self.stage, Stage::Gather))
    }

    /// Brings a model that was drawn by chance to one that can be.
    pub(crate) const fn tame(&mut self) {
        if !self.started {
            self.winding = 0;
            self.housing = 0;
            self.stage = Stage::Gather;
        }
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "PWR-004",
        "no node leaves 400 degC, whatever current, duty and battery are read",
    ),
    rule(
        2,
        "PWR-004",
        "a grip of 43 degC is hot, and so is a winding of 100 degC",
    ),
    rule(
        3,
        "PWR-004",
        "what was hot must cool below 41 and 90 degC before it is free again",
    ),
    rule(
        4,
        "PWR-004",
        "a model that started does not forget it; before, it says nothing",
    ),
    rule(5, "PWR-004", "warm begins at 41 degC and ends below 40"),
    rule(
        6,
        "PWR-004",
        "each move of the model ends with a housing at least as warm as the thermistor",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "hot"), (2, "cools down")];

/// Any model, any load, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut heat = Heat::any(s);
    let (grip, load) = (GripSense::any(s), Load::any(s));
    if s.is_drawn() {
        heat.winding %= MOST;
        heat.motor %= MOST;
        heat.housing %= MOST;
        heat.tame();
    }
    let bounded = |heat: &Heat| {
        [heat.winding, heat.motor, heat.housing]
            .iter()
            .all(|node| (-MOST..=MOST).contains(node))
    };
    s.assume(bounded(&heat) && heat.holds() && load.duty <= 10_000);
    let was = heat;
    let moves = bool::any(s);
    heat.update(&load, &grip, moves, Duration::any(s));
    s.check(1, bounded(&heat));
    let hot = heat.started && (heat.housing >= 43_000_000 || heat.winding >= 100_000_000);
    s.check(2, hot == (heat.is_grip_hot() || heat.is_winding_hot()));
    let freed = was.must_cool() && !heat.must_cool();
    s.check(
        3,
        !freed || (heat.housing < 41_000_000 && heat.winding < 90_000_000),
    );
    s.check(4, (heat.started || !was.started) && heat.holds());
    let warmed = heat.is_warm() && !was.is_warm();
    let eased = was.is_warm() && !heat.is_warm();
    s.check(5, !warmed || heat.housing >= 41_000_000);
    s.check(5, !eased || heat.housing < 40_000_000 || !heat.started);
    let ends = moves && matches!(was.stage, Stage::Moved);
    let cooler = grip
        .temperature()
        .is_none_or(|now| heat.housing >= now.as_decicelsius().saturating_mul(100_000));
    s.check(6, !ends || cooler);
    s.cover(1, hot);
    s.cover(2, freed);
}
