//! Quantiles that a verdict needs: of Student's distribution, and of Cochran's largest variance.
//!
//! Both come from the incomplete beta function, so that no table has to be typed in.

use special::Beta;

use super::decimal::Decimal;

/// Coverage probability of every expanded uncertainty: that of two standard deviations of a normal
/// distribution. Source: JCGM 100:2008 G.6.6 and table G.2.
pub const COVERAGE: f64 = 0.954_499_736_103_642;

/// Degrees of freedom from which on Student's distribution is the normal one: k is 2.00.
const MANY: f64 = 10_000.0;

/// The coverage factor for so many effective degrees of freedom, to two places, so that whoever
/// repeats the arithmetic can take it from the printed page. None means very many.
///
/// The degrees of freedom are truncated to a whole number first, which makes the factor larger
/// (EA-4/02 M:2022 annex E; JCGM 100:2008 G.4.2 note 1). Fewer than one count as one.
#[must_use]
pub fn coverage_factor(effective_dof: Option<f64>) -> Decimal {
    let factor = match effective_dof {
        Some(dof) if dof < MANY => student(COVERAGE, dof.floor().max(1.0)),
        Some(_) | None => 2.0,
    };
    // Between 2 and 13.97 there is no value that does not fit.
    Decimal::rounded(factor, -2).unwrap_or(Decimal::integer(14))
}

/// The factor t for which a Student variable with `dof` degrees of freedom lies within `-t ..= t`
/// with probability `p`.
#[must_use]
pub fn student(p: f64, dof: f64) -> f64 {
    let x = beta_quantile(1.0 - p, dof / 2.0, 0.5);
    (dof * (1.0 - x) / x).sqrt()
}

/// The critical value of Cochran's test: the share of the largest of `groups` variances in their sum,
/// each with `dof` degrees of freedom, that chance exceeds with probability `alpha` at most.
///
/// Source: ISO 5725-2:1994 7.3.3; its tables hold the same values for 1 % and 5 %.
#[must_use]
pub fn cochran(alpha: f64, groups: u32, dof: u32) -> f64 {
    let (groups, dof) = (f64::from(groups.max(2)), f64::from(dof.max(1)));
    1.0 - beta_quantile(alpha / groups, (groups - 1.0) * dof / 2.0, dof / 2.0)
}

/// The x for which the regularised incomplete beta function is `p`.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let ln_beta = a.ln_beta(b);
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Until no float lies between, or so small that it does not matter.
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if high - low <= 1e-14 * high {
            break;
        }
        if middle.inc_beta(a, b, ln_beta) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::{COVERAGE, cochran, coverage_factor, student};

    /// Density of Student's distribution, up to its factor.
    fn density(t: f64, dof: f64) -> f64 {
        (1.0 + t * t / dof).powf(-(dof + 1.0) / 2.0)
    }

    /// Simpson's rule over `0 ..= 1` in 20 000 steps.
    fn integral(of: impl Fn(f64) -> f64) -> f64 {
        let steps = 20_000_u32;
        let h = 1.0 / f64::from(steps);
        let inner: f64 = (1..steps)
            .map(|step| of(f64::from(step) * h) * if step % 2 == 1 { 4.0 } else { 2.0 })
            .sum();
        (of(0.0) + inner + of(1.0)) * h / 3.0
    }

    /// Probability within `-t ..= t` by integrating the density: nothing in common with the code.
    fn within(t: f64, dof: f64) -> f64 {
        let inside = integral(|x| t * density(t * x, dof));
        // From t on, with x = t / y.
        let outside = integral(|y| {
            if y < 1e-9 {
                0.0
            } else {
                t / (y * y) * density(t / y, dof)
            }
        });
        inside / (inside + outside)
    }

    #[test]
    fn quantiles_are_exact_where_there_is_a_formula() {
        // Of Student's distribution with 1, 2 and 4 degrees of freedom the quantile has a closed form: of a Cauchy
        // variable, of a root, and of a third of an arc cosine (W. T. Shaw, J. Comput. Finance 9(4), 2006, 37).
        for p in [0.1_f64, 0.5, 0.682_7, COVERAGE, 0.99, 0.999_9] {
            let half = 1.0 - p * p;
            let root = half.sqrt();
            let formulas = [
                (1.0, (std::f64::consts::FRAC_PI_2 * p).tan()),
                (2.0, p * (2.0 / half).sqrt()),
                (4.0, 2.0 * ((root.acos() / 3.0).cos() / root - 1.0).sqrt()),
            ];
            for (dof, exact) in formulas {
                let off = student(p, dof) / exact - 1.0;
                assert!(off.abs() < 1e-11, "p {p}, {dof}: {off}");
            }
        }
    }

    #[test]
    fn factors_are_those_of_gum_table_g_2() {
        // JCGM 100:2008 table G.2, column 95.45 %.
        for (dof, k) in [
            (1.0, "13.97"),
            (2.0, "4.53"),
            (3.0, "3.31"),
            (4.0, "2.87"),
            (5.0, "2.65"),
            (6.0, "2.52"),
            (7.0, "2.43"),
            (8.0, "2.37"),
            (9.0, "2.32"),
            (10.0, "2.28"),
            (11.0, "2.25"),
            (12.0, "2.23"),
            (13.0, "2.21"),
            (14.0, "2.20"),
            (15.0, "2.18"),
            (16.0, "2.17"),
            (17.0, "2.16"),
            (18.0, "2.15"),
            (19.0, "2.14"),
            (20.0, "2.13"),
            (25.0, "2.11"),
            (30.0, "2.09"),
            (35.0, "2.07"),
            (40.0, "2.06"),
            (45.0, "2.06"),
            (50.0, "2.05"),
            (100.0, "2.03"),
        ] {
            // Table G.2 prints 2.025 at 100.
            assert_eq!(coverage_factor(Some(dof)).to_string(), k, "{dof}");
        }
        assert_eq!(coverage_factor(None).to_string(), "2.00");
        assert_eq!(coverage_factor(Some(f64::INFINITY)).to_string(), "2.00");
    }

    #[test]
    fn degrees_of_freedom_are_truncated_and_never_below_one() {
        for (dof, k) in [
            (2.999, "4.53"),
            (2.003, "4.53"),
            (3.0, "3.31"),
            (0.4, "13.97"),
            (0.0, "13.97"),
        ] {
            assert_eq!(coverage_factor(Some(dof)).to_string(), k, "{dof}");
        }
    }

    #[test]
    fn other_levels_are_those_of_gum_table_g_2() {
        // Rows and columns of the same table: (dof, p, t).
        for (dof, p, t) in [
            (1.0, 0.6827, 1.84),
            (2.0, 0.95, 4.30),
            (5.0, 0.99, 4.03),
            (10.0, 0.9973, 3.96),
            (16.0, 0.99, 2.92),
            (50.0, 0.90, 1.68),
        ] {
            assert!(
                (student(p, dof) - t).abs() < 0.005,
                "{dof} {p}: {}",
                student(p, dof)
            );
        }
    }

    #[test]
    fn the_factor_holds_the_probability_that_it_promises() {
        for dof in [1.0, 2.0, 3.0, 5.0, 17.0, 36.0, 200.0] {
            let p = within(student(COVERAGE, dof), dof);
            assert!((p - COVERAGE).abs() < 1e-6, "{dof}: {p}");
        }
    }

    #[test]
    fn critical_values_are_those_of_cochrans_table() {
        // Upper 1 % points as printed for (groups, degrees of freedom of each).
        for (groups, dof, critical) in [
            (2, 2, 0.9950),
            (3, 1, 0.9933),
            (3, 2, 0.9423),
            (5, 4, 0.6329),
            (10, 1, 0.7175),
            (10, 2, 0.5358),
            (15, 2, 0.4069),
            (20, 1, 0.4799),
            (20, 2, 0.3297),
            (40, 9, 0.0853),
        ] {
            let got = cochran(0.01, groups, dof);
            assert!((got - critical).abs() < 0.0006, "{groups} {dof}: {got}");
        }
        // And 5 %.
        for (groups, dof, critical) in [(3, 2, 0.871), (10, 1, 0.602), (20, 2, 0.270)] {
            let got = cochran(0.05, groups, dof);
            assert!((got - critical).abs() < 0.0011, "{groups} {dof}: {got}");
        }
    }
}
