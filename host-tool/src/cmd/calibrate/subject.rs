//! What the subcommands of `calibrate` say about themselves.

/// Help of `calibrate all`.
pub(super) const ALL: &str = "\
As `penctl calibrate` without a word behind it: `penctl calibrate --help` tells
the steps, who answers, and what ends it.

Examples:
  penctl --port sim: --yes calibrate all
  penctl calibrate all --points short

Exit code 3 when a point as left is not a plain pass.";

/// Help of `calibrate depth`.
pub(super) const DEPTH: &str = "\
Depth is measured at every point and its two tables are adjusted; the rate is
checked at 80 Hz, before and after, and its correction stays. A pen that has no
calibration, whose calibration is not signed off, or that is due is calibrated
whole: `penctl calibrate all`. The day on which the pen is due stays, too.

Examples:
  penctl --port sim: --yes calibrate depth --adjust always
  penctl calibrate depth --points short

Exit code 3 when a point as left is not a plain pass.";

/// Help of `calibrate rate`.
pub(super) const RATE: &str = "\
The rate is measured at every set rate and the correction of the clock is
adjusted; depth is checked at -50, 1250 and 2400 um, before and after, and its
tables stay. A pen that has no calibration, whose calibration is not signed off,
or that is due is calibrated whole: `penctl calibrate all`. The day on which the
pen is due stays, too.

Examples:
  penctl --port sim: --yes calibrate rate --adjust always
  penctl calibrate rate --tachometer /dev/ttyACM1

Exit code 3 when a point as left is not a plain pass.";

/// Help of `calibrate current`.
pub(super) const CURRENT: &str = "\
Compares the motor current that the pen says with a meter in the motor's lead,
at rest and at each rate, without load; depth is checked at -50, 1250 and
2400 um, the rate at 80 Hz. The pen keeps no correction of its current: nothing
is adjusted, nothing is signed off, and a pen that is out of tolerance is
repaired.
`--current` behind `all`, `depth`, `rate` or `verify` checks it beside those; then
a new calibration is signed off only if the current passes, too.

Examples:
  penctl --port sim: calibrate current
  penctl --port sim: --yes calibrate all --current
  penctl calibrate current --meter /dev/ttyACM2

Exit code 3 when a point is not a plain pass.";

/// Help of `calibrate verify`.
pub(super) const VERIFY: &str = "\
Measures a pen as it is and writes a report: the step as found of a calibration.
Nothing is adjusted, and nothing is signed off: a calibration that is unverified
stays so; `penctl calibrate --adjust never` signs off a plain pass.

Examples:
  penctl --port sim: calibrate verify
  penctl calibrate verify --points short --customer 'Clinic North'

Exit code 3 when a point is not a plain pass.";
