//! The heat model under proof (PWR-004).

use super::{Heat, Load};
use crate::estimate::GripSense;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// Warmest that a node is counted, either way. Unit: millionths of a degree.
const MOST: i32 = 400_000_000;

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
    rule(4, "PWR-004", "a model that started does not forget it"),
    rule(5, "PWR-004", "warm begins at 41 degC and ends below 40"),
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
    }
    let bounded = |heat: &Heat| {
        [heat.winding, heat.motor, heat.housing]
            .iter()
            .all(|node| (-MOST..=MOST).contains(node))
    };
    s.assume(bounded(&heat) && load.duty <= 10_000);
    let was = heat;
    heat.update(&load, &grip, bool::any(s), Duration::any(s));
    s.check(1, bounded(&heat));
    let hot = heat.started && (heat.housing >= 43_000_000 || heat.winding >= 100_000_000);
    s.check(2, hot == (heat.is_grip_hot() || heat.is_winding_hot()));
    let freed = was.must_cool() && !heat.must_cool();
    s.check(
        3,
        !freed || (heat.housing < 41_000_000 && heat.winding < 90_000_000),
    );
    s.check(4, heat.started || !was.started);
    let warmed = heat.is_warm() && !was.is_warm();
    let eased = was.is_warm() && !heat.is_warm();
    s.check(5, !warmed || heat.housing >= 41_000_000);
    s.check(5, !eased || heat.housing < 40_000_000 || !heat.started);
    s.cover(1, hot);
    s.cover(2, freed);
}
