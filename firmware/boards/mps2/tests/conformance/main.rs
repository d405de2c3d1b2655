//! The suite that every port runs, on a Cortex-M4 under QEMU: over the board to copy with its pins in
//! memory and the machine's own timers, and over this board's wires and UART.
//!
//! Empty on the desk.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod machine;
#[cfg(target_os = "none")]
mod template;
#[cfg(target_os = "none")]
mod wires;

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
#[embedded_test::tests]
mod tests {
    use crate::{machine, template, wires};

    #[test]
    fn outputs_of_the_template() {
        template::passes(&[
            "outputs_start_without_torque",
            "full_scale_is_fine_enough",
            "half_bridges_follow_their_duty",
            "enable_path_follows_its_pin",
            "open_enable_path_frees_the_motor",
            "zero_duty_shorts_the_motor",
            "second_switch_follows_its_pin",
            "open_second_switch_only_brakes",
            "starved_second_switch_opens",
            "torque_has_its_direction",
        ]);
    }

    #[test]
    fn control_on_the_template() {
        template::passes(&["resting_pen_gives_no_torque", "torque_goes_before_it_comes"]);
    }

    #[test]
    fn levels_of_the_template() {
        template::passes(&[
            "every_level_reads_its_own_wire",
            "cut_trigger_wire_is_never_held",
            "cut_wire_permits_nothing",
            "unreadable_level_says_so",
        ]);
    }

    #[test]
    fn readings_of_the_template() {
        template::passes(&[
            "readings_are_not_swapped",
            "readings_span_the_range",
            "readings_are_fresh",
            "standing_conversions_grow_old",
        ]);
    }

    #[test]
    fn motion_of_the_template() {
        template::passes(&[
            "acceleration_has_its_axes",
            "acceleration_reaches_eight_g",
            "standing_acceleration_grows_old",
        ]);
    }

    #[test]
    fn tachometer_of_the_template() {
        template::passes(&[
            "standing_cam_has_no_edges",
            "edges_count_both_ways",
            "edge_has_its_age",
            "quadrant_follows_the_cam",
        ]);
    }

    #[test]
    fn tick_of_the_machine() {
        template::passes(&["tick_keeps_its_period"]);
    }

    #[test]
    fn tag_actuator_and_watchdog_of_the_template() {
        template::passes(&[
            "tag_reads_what_is_there",
            "burn_reaches_its_tag",
            "actuator_goes_where_told",
            "nobody_else_feeds_the_watchdog",
            "starved_watchdog_opens_the_enable_path",
        ]);
    }

    #[test]
    fn link_of_the_template() {
        template::passes(&[
            "silent_link_never_waits",
            "link_reads_what_was_sent",
            "link_writes_what_it_accepted",
            "flooded_link_recovers",
        ]);
    }

    #[test]
    fn flash_of_the_template() {
        template::passes(&[
            "flash_has_a_fitting_geometry",
            "flash_leaves_what_lies_before_storage",
            "flash_erases_to_ones_and_programs_to_zeros",
            "flash_refuses_what_it_cannot_do",
        ]);
    }

    #[test]
    fn everything_in_one_go_on_the_template() {
        template::passes_everything_but(&["motor_turns_as_told"]);
    }

    #[test]
    #[should_panic]
    fn wrong_pull_fails() {
        template::fails_with(pen_template::loopback::Defect::WrongPull);
    }

    #[test]
    #[should_panic]
    fn watchdog_that_is_not_wired_fails() {
        template::fails_with(pen_template::loopback::Defect::DogNotWired);
    }

    #[test]
    #[should_panic]
    fn second_switch_that_its_level_holds_fails() {
        template::fails_with(pen_template::loopback::Defect::SupplyLevelHolds);
    }

    #[test]
    fn pen_lives_between_timer_and_thread() {
        template::lives();
    }

    #[test]
    fn wires_of_this_board() {
        wires::passes();
    }

    #[test]
    fn uart_of_this_board_never_waits() {
        wires::uart_passes();
    }

    #[test]
    fn counter_and_timer_of_the_machine_agree() {
        machine::counts_microseconds();
    }
}
