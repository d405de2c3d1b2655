//! Hands under proof: levels at once, presses in their time (STOP-001, STOP-013, PWR-003).

use super::Hands;
use crate::io::Inputs;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "STOP-001",
        "held is what both contacts say now, without debounce",
    ),
    rule(
        2,
        "PWR-003",
        "the cable is seen at once, and gone only after 500 ms without it",
    ),
    rule(
        3,
        "STOP-013",
        "the trigger is pressed only after 30 ms held without a gap",
    ),
    rule(
        4,
        "STOP-001",
        "the trigger was seen released only after 200 ms released without a gap, in this mode",
    ),
    rule(
        5,
        "STOP-001",
        "one sample vouches for 2 ms at most, however long the tick",
    ),
    rule(
        6,
        "STOP-001",
        "a button forbids to run in each tick in which it is down, however short, and in no other",
    ),
    rule(
        7,
        "STOP-001",
        "the confirm button is held after 2 s only, and pressed once, after 20 ms",
    ),
    rule(
        8,
        "STOP-012",
        "a confirm button counts as somebody only for 60 s from when it was last up, and never before it was up",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "is pressed"),
    (2, "is released"),
    (3, "a cable goes"),
    (4, "somebody holds the confirm button"),
    (5, "the confirm button is stuck"),
];

/// Any hands, any inputs, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut hands = Hands::any(s);
    let was = hands;
    let (inputs, dt) = (Inputs::any(s), Duration::any(s));
    hands.update(&inputs, dt);
    let most = Duration::from_us(2_000);
    let step = dt.min(most);
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let free = !inputs.trigger.closed && !inputs.trigger.opened;
    s.check(1, hands.held == held);
    let unplugged = !inputs.vbus
        && was
            .cable_absent_for
            .plus_up_to(step, Duration::from_ms(500))
            >= Duration::from_ms(500);
    s.check(
        2,
        hands.cable == inputs.vbus && (!hands.is_unplugged() || unplugged),
    );
    let long = was.held_for.plus_up_to(step, Duration::from_ms(30)) >= Duration::from_ms(30);
    s.check(3, !hands.is_pressed() || (held && long));
    let seen = was.release_for.plus_up_to(step, Duration::from_ms(200)) >= Duration::from_ms(200);
    s.check(4, !hands.release_seen || was.release_seen || (free && seen));
    let vouched = |old: Duration, new: Duration, cap_ms: u32| {
        new <= old.plus_up_to(most, Duration::from_ms(cap_ms))
    };
    s.check(
        5,
        vouched(was.held_for, hands.held_for, 30)
            && vouched(was.released_for, hands.released_for, 200)
            && vouched(was.release_for, hands.release_for, 200)
            && vouched(was.cable_absent_for, hands.cable_absent_for, 500)
            && vouched(was.next.down_for, hands.next.down_for, 2_000)
            && vouched(was.ok.down_for, hands.ok.down_for, 2_000),
    );
    let down = inputs.buttons.next || inputs.buttons.ok;
    s.check(6, hands.is_pressing() == down);
    let holds = was.ok.down_for.plus_up_to(step, Duration::from_s(2)) >= Duration::from_s(2);
    s.check(7, !hands.is_holding() || (inputs.buttons.ok && holds));
    s.check(
        7,
        !hands.confirmed() || was.ok.down_for < Duration::from_ms(20),
    );
    let minute = Duration::from_s(60);
    let stuck = inputs.buttons.ok && was.presence <= dt;
    s.check(
        8,
        (!hands.is_attended() && !hands.is_holding() || inputs.buttons.ok && !stuck)
            && hands.presence <= was.presence.max(minute)
            && (!inputs.buttons.ok || hands.presence <= was.presence)
            && (inputs.buttons.ok || hands.presence == minute),
    );
    s.check(8, Hands::default().presence == Duration::from_us(0));
    s.cover(4, hands.is_holding());
    s.cover(5, stuck && hands.ok.down_for >= Duration::from_s(2));
    s.cover(1, hands.is_pressed());
    s.cover(2, hands.release_seen && !was.release_seen);
    s.cover(3, hands.is_unplugged() && !was.is_unplugged());
}
