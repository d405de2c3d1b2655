//! What a step is held to, from the requirements and the hazards.

use crate::verify::{Rule, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SAFE-001",
        "torque comes in Treating and ServiceRunning, and in a stop to park; nowhere else",
    ),
    rule(
        2,
        "SAFE-001",
        "nothing turns for work with a fault latched, or a terminal one remembered",
    ),
    rule(
        3,
        "STOP-001",
        "Treating turns only while both trigger contacts say held, and no button is pressed",
    ),
    rule(4, "PWR-003", "Treating turns only without the cable"),
    rule(
        5,
        "SESS-001",
        "Treating turns only with time left in the session: 30 min of motor, 45 min in all, or less",
    ),
    rule(
        6,
        "SESS-002",
        "Treating turns only with time and strokes left in the zone",
    ),
    rule(
        7,
        "CART-005",
        "Treating turns only with strokes left in the cartridge: 200 000",
    ),
    rule(
        8,
        "DEPTH-001",
        "nothing turns for work unless both depth channels are usable",
    ),
    rule(
        9,
        "CONF-004",
        "Treating turns only with a limit profile and a calibration; ServiceRunning with a profile",
    ),
    rule(
        10,
        "CONF-008",
        "Treating turns only while each limit in force agrees with its complement",
    ),
    rule(
        11,
        "SENS-001",
        "nothing turns for work while current, battery, grip or motion of the body are unknown",
    ),
    rule(
        12,
        "SENS-003",
        "what turned goes on only if its tick came within 0.5 to 2 ms",
    ),
    rule(
        13,
        "SESS-010",
        "Treating turns only within 120 s of its start",
    ),
    rule(
        14,
        "LINK-008",
        "ServiceRunning turns only within 250 ms of the last permission",
    ),
    rule(
        15,
        "CAL-004",
        "ServiceRunning asks at most 80 Hz of the loop",
    ),
    rule(
        16,
        "CAL-004",
        "what turns in ServiceRunning has the calibration dummy in its seat",
    ),
    rule(
        17,
        "CONF-001",
        "Treating asks at most the rate in force of the loop, which is at most 150 Hz",
    ),
    rule(
        18,
        "SESS-011",
        "Treating turns only with the session open and this zone's activation reserved",
    ),
    rule(19, "SAFE-001", "work turns forward only"),
    rule(
        20,
        "STOP-003",
        "a push comes only in a stop that parks, before its 470 ms and its 300 ms of pushing are over",
    ),
    rule(
        21,
        "STOP-003",
        "a push is at most 2.1 V of a pack of 8.5 V, whatever the battery reads",
    ),
    rule(
        22,
        "STOP-003",
        "no push after a fault of what drives or measures the cam, nor with a terminal one",
    ),
    rule(
        23,
        "PWR-003",
        "no push while the cable brings power, but in Service",
    ),
    rule(
        24,
        "PWR-003",
        "a reaction to a fault in Treating takes itself for none in Service",
    ),
    rule(
        25,
        "PWR-004",
        "work does not go on at 43 degC of the grip, or at 100 degC of the winding",
    ),
    rule(
        26,
        "PWR-001",
        "Treating does not go on below 3.20 V a cell for 200 ms, nor blind",
    ),
    rule(
        27,
        "DEPTH-002",
        "Treating does not go on 50 um beyond the cap in force for 2 ms",
    ),
    rule(
        28,
        "RATE-002",
        "work does not go on after a turn faster than 160 Hz",
    ),
    rule(
        29,
        "CAL-005",
        "Treating turns only with a calibration that was signed off",
    ),
    rule(
        30,
        "STOP-004",
        "a brake and an open bridge have the second switch open",
    ),
    rule(
        31,
        "STOP-009",
        "torque off in Locked, Standby, Faulted and Service",
    ),
    rule(
        32,
        "STOP-004",
        "a duty without torque is the test: Boot or Ready, forward, 15 percent, the motor stood",
    ),
    rule(
        33,
        "STOP-004",
        "the test keeps one of both paths open, the second switch only on a pen that has one",
    ),
    rule(
        34,
        "STOP-009",
        "Boot closes the enable path only with the supply open",
    ),
    rule(
        40,
        "SAFE-003",
        "the tick that sees the trigger released, the cable or a stop asked ends the drive",
    ),
    rule(
        41,
        "SAFE-003",
        "and brakes or lets go in that same tick, with the supply open",
    ),
    rule(
        42,
        "SAFE-003",
        "a stop's time runs by no less than the tick",
    ),
    rule(
        43,
        "SAFE-003",
        "after 470 ms of a stop torque is off, whatever is read",
    ),
    rule(
        44,
        "SAFE-003",
        "a stop is left with torque off only, for a mode at rest",
    ),
    rule(45, "SAFE-001", "a stop never turns into work"),
    rule(
        46,
        "STOP-010",
        "a stop that was asked ends motion in Service in the next tick",
    ),
    rule(
        47,
        "SAFE-003",
        "a reaction whose 470 ms were over is left in this tick",
    ),
    rule(
        50,
        "STOP-006",
        "the first cause stays latched until it is acknowledged in Faulted, with the trigger released",
    ),
    rule(51, "STOP-012", "no step ends a terminal fault"),
    rule(
        52,
        "PWR-007",
        "a fall or shock is forgotten only when both channels stand within 50 um of zero, by the confirm button",
    ),
    rule(
        53,
        "STOP-006",
        "a fault ends the drive in the tick that finds it",
    ),
    rule(
        54,
        "CONF-008",
        "a limit that differs from its complement is a terminal fault in that very tick",
    ),
    rule(
        60,
        "SESS-008",
        "an open session keeps its number, and never regains motor-on time, elapsed time or strokes",
    ),
    rule(
        61,
        "SESS-008",
        "no zone of an open session regains time or strokes",
    ),
    rule(
        62,
        "CART-005",
        "no cartridge regains strokes while it is the one in use",
    ),
    rule(
        63,
        "SESS-004",
        "a session opens only in Standby, with the confirm button down, and starts with nothing used",
    ),
    rule(
        64,
        "SESS-001",
        "an open session's elapsed time grows by the tick, up to what its counter holds",
    ),
    rule(
        65,
        "SESS-001",
        "time that a drive lasted is counted, in the session and in the zone",
    ),
    rule(
        66,
        "SESS-002",
        "strokes that the tachometer tells while treating are counted everywhere",
    ),
    rule(
        70,
        "DEPTH-012",
        "an actuator is never told to go deeper than 50 um short of the cap in force",
    ),
    rule(
        71,
        "DEPTH-012",
        "it is told to go deeper only in Ready, by 0.5 um a ms, one tick being 2 ms at most",
    ),
    rule(
        72,
        "DEPTH-011",
        "it is told zero on a fault and outside a session",
    ),
    rule(
        75,
        "SENS-001",
        "a depth in use is no older than 10 ms in either channel",
    ),
    rule(
        76,
        "SENS-001",
        "nothing is usable in the tick in which its sample is older than 10 ms",
    ),
    rule(
        80,
        "STOP-001",
        "Treating begins only in Ready, with no lock, by a trigger that was seen released since",
    ),
    rule(81, "LINK-008", "no step starts motion in Service"),
    rule(
        82,
        "DEPTH-001",
        "Treating begins only with both channels within 100 um, the deeper not beyond the cap",
    ),
    rule(
        83,
        "CART-003",
        "Treating begins only with an authentic cartridge that is told to be burned",
    ),
    rule(
        84,
        "SESS-011",
        "Treating begins only when storage has kept the reservation and the paths were tested",
    ),
    rule(85, "PWR-001", "Treating begins only with 3.50 V a cell"),
    rule(
        86,
        "SESS-004",
        "Ready is entered from Standby by the confirm button, or from a stop",
    ),
    rule(
        87,
        "STORE-003",
        "storage may work only at rest, with torque off, not in Boot",
    ),
    rule(88, "STOP-005", "stop wins over start in the same tick"),
    rule(
        89,
        "CAL-005",
        "no step signs off, and none brings a record into force",
    ),
    rule(
        100,
        "SAFE-001",
        "the invariant holds again: modes, fault and stop",
    ),
    rule(
        101,
        "SAFE-001",
        "the invariant holds again: an open zone, its plan, session and reservation",
    ),
    rule(102, "SAFE-001", "the invariant holds again: the records'"),
    rule(103, "SAFE-001", "the invariant holds again: the senses'"),
    rule(104, "SAFE-001", "the invariant holds again: the account's"),
    rule(105, "SAFE-001", "the invariant holds again: the drive's"),
    rule(106, "SAFE-001", "the invariant holds again: the actuator's"),
    rule(107, "SAFE-001", "the invariant holds again: the clock's"),
    rule(108, "SAFE-001", "the invariant holds again: the guard's"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "turns in Treating"),
    (2, "turns in ServiceRunning"),
    (3, "must brake"),
    (4, "a fault is acknowledged by hand"),
    (5, "a fault is found while driving"),
    (6, "pushes to park"),
    (7, "tests the enable path"),
    (8, "tests the second switch"),
    (9, "brakes in Boot"),
    (10, "Treating begins"),
    (11, "a session opens"),
    (12, "an actuator goes deeper"),
    (13, "a zero check forgets a fall"),
    (14, "a stop ends because its time is over"),
];
