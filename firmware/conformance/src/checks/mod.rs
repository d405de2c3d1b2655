//! The checks, by what they look at, and the list of all of them.

mod control;
mod drive;
mod extras;
mod flash;
mod levels;
mod link;
mod motion;
mod readings;
mod supply;
mod tachometer;
mod tick;

use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use pen_app::board::{ControlBoard, ControlParts, HostBoard};

use crate::bench::Bench;
use crate::suite::Check;

pub use tick::{TICK_MAX_US, TICK_MIN_US, judge as judge_tick_times};

/// How many checks there are.
pub const COUNT: usize = 43;

/// Every check, in the order to run them: outputs first, from the least torque to the most, the
/// flash last.
#[must_use]
pub fn all<B: ControlBoard, H: HostBoard, T: Bench>() -> [Check<B, H, T>; COUNT] {
    /// Takes its name from the function, so that the two cannot differ.
    macro_rules! checks {
        ($($room:ident::$name:ident),+ $(,)?) => {
            [$(Check { name: stringify!($name), run: $room::$name::<B, H, T> }),+]
        };
    }
    checks![
        drive::outputs_start_without_torque,
        drive::full_scale_is_fine_enough,
        drive::half_bridges_follow_their_duty,
        drive::enable_path_follows_its_pin,
        drive::open_enable_path_frees_the_motor,
        drive::zero_duty_shorts_the_motor,
        supply::second_switch_follows_its_pin,
        supply::open_second_switch_only_brakes,
        supply::starved_second_switch_opens,
        drive::torque_has_its_direction,
        drive::motor_turns_as_told,
        control::resting_pen_gives_no_torque,
        control::torque_goes_before_it_comes,
        levels::every_level_reads_its_own_wire,
        levels::cut_trigger_wire_is_never_held,
        levels::cut_wire_permits_nothing,
        levels::unreadable_level_says_so,
        readings::readings_are_not_swapped,
        readings::readings_span_the_range,
        readings::readings_are_fresh,
        readings::standing_conversions_grow_old,
        motion::acceleration_has_its_axes,
        motion::acceleration_reaches_eight_g,
        motion::standing_acceleration_grows_old,
        tachometer::standing_cam_has_no_edges,
        tachometer::edges_count_both_ways,
        tachometer::edge_has_its_age,
        tachometer::quadrant_follows_the_cam,
        tick::tick_keeps_its_period,
        extras::tag_reads_what_is_there,
        extras::burn_reaches_its_tag,
        extras::actuator_goes_where_told,
        extras::nobody_else_feeds_the_watchdog,
        extras::starved_watchdog_opens_the_enable_path,
        link::silent_link_never_waits,
        link::link_reads_what_was_sent,
        link::link_writes_what_it_accepted,
        link::flooded_link_recovers,
        flash::flash_has_a_fitting_geometry,
        flash::flash_leaves_what_lies_before_storage,
        flash::flash_erases_to_ones_and_programs_to_zeros,
        flash::flash_refuses_what_it_cannot_do,
        flash::flash_keeps_its_mark,
    ]
}

/// Everything off, whatever was asked before. Errors change nothing about trying the rest.
pub(crate) fn rest<B: ControlBoard>(parts: &mut ControlParts<B>) {
    let _ = parts.supply.set_low();
    let _ = parts.enable.set_low();
    let _ = parts.forward.set_duty_cycle(0);
    let _ = parts.backward.set_duty_cycle(0);
}
