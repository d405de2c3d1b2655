//! Trigger, buttons and cable: levels every tick; debounce applies to starting, never to stopping.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::io::{Buttons, Inputs};
use crate::limits;
use crate::units::Duration;

/// A button counts as pressed after this long. Unit: us. Source: domain practice, 20-50 ms.
const BUTTON_TIME: Duration = Duration::from_ms(20);

/// What hands did lately.
#[expect(
    clippy::struct_excessive_bools,
    reason = "levels and marks of independent hands"
)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hands {
    /// The trigger is held now, by both contacts.
    pub(crate) held: bool,
    held_for: Duration,
    released_for: Duration,
    /// The trigger was seen released long enough since the mode last changed.
    pub(crate) release_seen: bool,
    release_for: Duration,
    /// VBUS is there now.
    pub(crate) cable: bool,
    cable_absent_for: Duration,
    next: Button,
    ok: Button,
    /// How long the confirm button may still be down and count as somebody at the pen; none before it was
    /// seen up.
    presence: Duration,
    /// The press of the trigger was answered, and it was not released since.
    answered: bool,
    /// Somebody asked to stop since the last step, whoever it was (STOP-010).
    stop_asked: bool,
}
any_struct!(Hands {
    held,
    held_for,
    released_for,
    release_seen,
    release_for,
    cable,
    cable_absent_for,
    next,
    ok,
    presence,
    answered,
    stop_asked
});

#[derive(Clone, Copy, Debug, Default)]
struct Button {
    /// It is down now: a tick of no length sees it, too.
    down: bool,
    down_for: Duration,
    pressed: bool,
    held: bool,
}
any_struct!(Button {
    down,
    down_for,
    pressed,
    held
});

impl Button {
    fn update(&mut self, down: bool, dt: Duration) {
        if !down {
            *self = Self::default();
            return;
        }
        self.down = true;
        let before = self.down_for;
        self.down_for = before.plus_up_to(dt, limits::HOLD_TIME);
        let reaches = |time| before < time && self.down_for >= time;
        self.pressed = reaches(BUTTON_TIME);
        self.held = reaches(limits::HOLD_TIME);
    }
}

impl Hands {
    /// One sample vouches for one tick at most: what hands did in a pause nobody saw, so a pause
    /// neither presses nor releases anything.
    pub(crate) fn update(&mut self, inputs: &Inputs, dt: Duration) {
        self.presence = if inputs.buttons.ok {
            self.presence.minus(dt)
        } else {
            limits::ATTENDED_MAX
        };
        let dt = dt.min(limits::TICK_MAX);
        let zero = Duration::from_us(0);
        self.held = inputs.trigger.is_held();
        self.held_for = if self.held {
            self.held_for.plus_up_to(dt, limits::PRESS_TIME)
        } else {
            zero
        };
        if inputs.trigger.is_released() {
            self.released_for = self.released_for.plus_up_to(dt, limits::RELEASE_TIME);
            self.release_for = self.release_for.plus_up_to(dt, limits::RELEASE_TIME);
            self.release_seen = self.release_seen || self.release_for >= limits::RELEASE_TIME;
        } else {
            self.released_for = zero;
            self.release_for = zero;
        }
        self.cable = inputs.vbus;
        self.cable_absent_for = if inputs.vbus {
            zero
        } else {
            self.cable_absent_for
                .plus_up_to(dt, limits::VBUS_ABSENT_TIME)
        };
        let Buttons { next, ok } = inputs.buttons;
        self.next.update(next, dt);
        self.ok.update(ok, dt);
    }

    /// STOP-001: a new mode wants to see the trigger released anew.
    pub(crate) fn demand_release(&mut self) {
        self.release_seen = false;
        self.release_for = Duration::from_us(0);
    }

    /// Somebody asks to stop: the next step answers.
    pub(crate) const fn ask_stop(&mut self) {
        self.stop_asked = true;
    }

    /// Somebody asked to stop since the last step.
    pub(crate) const fn is_stop_asked(&self) -> bool {
        self.stop_asked
    }

    /// The step has answered.
    pub(crate) const fn stop_is_answered(&mut self) {
        self.stop_asked = false;
    }

    /// A new mode answers a press anew, of a trigger that it saw released.
    pub(crate) fn enter_mode(&mut self) {
        self.demand_release();
        self.answered = false;
    }

    /// The trigger is open: the next press is another one.
    pub(crate) const fn let_go(&mut self) {
        self.answered = false;
    }

    /// This press has its answer.
    pub(crate) const fn answer(&mut self) {
        self.answered = true;
    }

    /// This press has its answer, and the trigger was not released since.
    pub(crate) const fn is_answered(&self) -> bool {
        self.answered
    }

    /// The trigger is held long enough to start.
    pub(crate) fn is_pressed(&self) -> bool {
        self.held_for >= limits::PRESS_TIME
    }

    /// The trigger has been released for a while, whatever the mode did.
    pub(crate) fn is_free(&self) -> bool {
        self.released_for >= limits::RELEASE_TIME
    }

    /// No cable for long enough (PWR-003).
    pub(crate) fn is_unplugged(&self) -> bool {
        self.cable_absent_for >= limits::VBUS_ABSENT_TIME
    }

    /// The next button was pressed in this tick.
    pub(crate) fn chose_next(&self) -> bool {
        self.next.pressed
    }

    /// The confirm button was pressed in this tick.
    pub(crate) fn confirmed(&self) -> bool {
        self.ok.pressed
    }

    /// Somebody has held the confirm button for as long as a mistake does not last.
    pub(crate) fn is_holding(&self) -> bool {
        self.is_attended() && self.ok.down_for >= limits::HOLD_TIME
    }

    /// The confirm button has been held for so long with this tick.
    pub(crate) fn insisted(&self) -> bool {
        self.ok.held
    }

    /// A button on the body is down: nothing may run (STOP-001).
    pub(crate) const fn is_pressing(&self) -> bool {
        self.next.down || self.ok.down
    }

    /// Somebody holds the confirm button: it was pressed, and is not stuck.
    pub(crate) fn is_attended(&self) -> bool {
        self.ok.down_for >= BUTTON_TIME && self.presence > Duration::from_us(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Hands;
    use crate::io::{Buttons, Inputs};
    use crate::units::Duration;
    use crate::verify::{Any, Replay};

    #[test]
    fn stop_001_a_button_that_goes_down_in_a_tick_of_no_length_forbids_to_run() {
        let none = Inputs::any(&mut Replay::new(std::iter::repeat(0)));
        for (next, ok) in [(true, false), (false, true), (true, true)] {
            let down = Inputs {
                buttons: Buttons { next, ok },
                ..none
            };
            for us in [0, 1, 1_000, u32::MAX] {
                let mut hands = Hands::default();
                hands.update(&down, Duration::from_us(us));
                assert!(hands.is_pressing(), "{next} {ok} {us}");
                hands.update(&none, Duration::from_us(us));
                assert!(!hands.is_pressing(), "{next} {ok} {us}");
            }
        }
    }
}
