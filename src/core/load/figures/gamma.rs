//! The incomplete gamma function and its inverse: bounds of Poisson counts and of variances come from it.
//!
//! Definitions and expansions: NIST Digital Library of Mathematical Functions, 5.11.1 (Stirling), 8.7.1 (series), 8.9.2 (continued
//! fraction).

/// The logarithm of the gamma function for x > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    // The expansion is exact to 1e-13 from 10 on; below, the recurrence leads up to it.
    if x < 10.0 {
        return ln_gamma(x + 1.0) - x.ln();
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let correction = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1_260.0 - square / 1_680.0)));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + correction
}

/// The lower incomplete gamma function P(a, x), from 0 at x = 0 to 1; a > 0.
pub(super) fn lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { scale * series(a, x) } else { 1.0 - scale * fraction(a, x) }
}

fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for step in 1..terms(a) {
        term *= x / (a + f64::from(step));
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// From the tail forward (modified Lentz).
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut denominator = x + 1.0 - a;
    let mut upper = 1.0 / TINY;
    let mut inverse = 1.0 / denominator;
    let mut value = inverse;
    for step in 1..terms(a) {
        let step = f64::from(step);
        let numerator = -step * (step - a);
        denominator += 2.0;
        inverse = 1.0 / away_from_zero(numerator * inverse + denominator, TINY);
        upper = away_from_zero(denominator + numerator / upper, TINY);
        let change = upper * inverse;
        value *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// Both expansions need some multiples of the square root of `a` terms.
fn terms(a: f64) -> u32 {
    200 + (20.0 * a.sqrt()) as u32
}

/// The x at which P(a, x) is `probability`, by halving: 0 < probability < 1, a > 0.
pub(super) fn inverse_lower(a: f64, probability: f64) -> f64 {
    let mut low = 0.0;
    let mut high = a + 10.0 * a.sqrt() + 20.0;
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if lower(a, middle) < probability {
            low = middle
        } else {
            high = middle
        }
        if high - low <= high * 1e-13 {
            break;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::{inverse_lower, ln_gamma, lower};

    #[test]
    fn factorials_come_out() {
        let mut factorial = 1.0_f64;
        for n in 1..20 {
            assert!((ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-11, "{n}");
            factorial *= f64::from(n);
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-11);
    }

    #[test]
    fn poisson_sums_come_out() {
        for (k, mean) in [(0, 3.0), (4, 2.5), (11, 6.2), (40, 60.0), (300, 280.0)] {
            let mut term = f64::exp(-mean);
            let mut sum = 0.0;
            for i in 0..=k {
                sum += term;
                term *= mean / f64::from(i + 1);
            }
            assert!((1.0 - lower(f64::from(k) + 1.0, mean) - sum).abs() < 1e-11, "{k} {mean}");
        }
    }

    #[test]
    fn the_inverse_undoes_it_for_small_and_large_shapes() {
        for a in [0.05, 0.5, 1.0, 7.3, 500.0, 100_000.0] {
            for probability in [0.05, 0.5, 0.95] {
                let x = inverse_lower(a, probability);
                assert!((lower(a, x) - probability).abs() < 1e-7, "{a} {probability}: {x}");
            }
        }
    }
}
