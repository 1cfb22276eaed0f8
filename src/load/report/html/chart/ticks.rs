//! Which numbers stand along an axis.

use super::Scale;
use crate::load::report::number::{decimals, quantile, short};

#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub text: String,
}

const MOST: f64 = 6.0;

/// One, two or five times a power of ten.
pub fn round_numbers(scale: Scale) -> Vec<Tick> {
    let width = scale.to - scale.from;
    let power = 10_f64.powf((width / MOST).log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power).find(|step| width / step <= MOST).unwrap_or(10.0 * power);
    let places = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    multiples(scale, step).map(|at| Tick { at, text: decimals(at, places) }).collect()
}

fn multiples(scale: Scale, step: f64) -> impl Iterator<Item = f64> {
    // A hair of room: 0.3 / 0.05 is a little less than 6.
    let first = (scale.from / step - 1e-9).ceil();
    let count = ((scale.to / step + 1e-9).floor() - first).clamp(0.0, 100.0) as u32;
    (0..=count).map(move |index| (first + f64::from(index)) * step)
}

/// Powers of ten, with twos and fives between them where there are few.
pub fn decades(scale: Scale) -> Vec<Tick> {
    let first = scale.from.log10().floor() as i32;
    let last = scale.to.log10().ceil() as i32;
    let factors: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let all = (first..=last).flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)));
    // A hair of room, for powers are not exact.
    let inside = all.filter(|at| *at >= scale.from * 0.999 && *at <= scale.to * 1.001);
    inside.map(|at| Tick { at, text: power_text(at) }).collect()
}

fn power_text(at: f64) -> String {
    if at >= 1.0 { short(at) } else { decimals(at, (-at.log10().floor()).clamp(1.0, 9.0) as usize) }
}

/// Quantiles on an axis of 1 / (1 - q).
pub fn quantiles(scale: Scale) -> Vec<Tick> {
    let nines = (1..=9).map(|power| 1.0 - 0.1_f64.powi(power));
    let all = [0.0, 0.5].into_iter().chain(nines).map(|q| Tick { at: 1.0 / (1.0 - q), text: label(q) });
    all.filter(|tick| tick.at <= scale.to * 1.001).collect()
}

/// Past p99.999 four decimals of per cent are not enough.
fn label(share: f64) -> String {
    if share <= 0.99999 + 1e-9 {
        return quantile(share);
    }
    format!("p{}", format!("{:.8}", share * 100.0).trim_end_matches('0'))
}

const STEPS_S: [f64; 19] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
    172_800.0,
];

/// Seconds from the start of the run, told in the unit of their steps.
pub fn times(scale: Scale) -> Vec<Tick> {
    let width = scale.to - scale.from;
    let step = STEPS_S.into_iter().find(|step| width / step <= 8.0).unwrap_or(width);
    let (unit, name) = match step {
        short if short < 60.0 => (1.0, "s"),
        middle if middle < 3_600.0 => (60.0, "min"),
        _ => (3_600.0, "h"),
    };
    multiples(scale, step).map(|at| Tick { at, text: format!("{} {name}", short(at / unit)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn ticks_are_numbers_that_people_count_in() {
        assert_eq!(texts(&round_numbers(Scale::linear(0.0, 1_060.0))), ["0", "200", "400", "600", "800", "1,000"]);
        assert_eq!(texts(&round_numbers(Scale::linear(0.0, 0.3))), ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]);
        assert_eq!(texts(&decades(Scale::log(0.01, 1_000.0))), ["0.01", "0.1", "1", "10", "100", "1,000"]);
        assert_eq!(texts(&decades(Scale::log(1.0, 10.0))), ["1", "2", "5", "10"]);
        assert_eq!(texts(&times(Scale::linear(0.0, 43_200.0))), ["0 h", "2 h", "4 h", "6 h", "8 h", "10 h", "12 h"]);
        assert_eq!(texts(&times(Scale::linear(0.0, 30.0))), ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
        assert_eq!(texts(&quantiles(Scale::log(1.0, 1e6)))[..4], ["p0", "p50", "p90", "p99"]);
        assert_eq!(texts(&quantiles(Scale::log(1.0, 1e6)))[6..], ["p99.999", "p99.9999"]);
    }

    #[test]
    fn no_scale_has_more_ticks_than_can_be_read() {
        for width in [1e-9, 0.1, 1.0, 7.0, 1e5, 1e12] {
            assert!(round_numbers(Scale::linear(0.0, width)).len() <= 8, "{width}");
            assert!(times(Scale::linear(0.0, width)).len() <= 10, "{width}");
        }
    }
}
