//! Where a number stands on an axis.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub is_log: bool,
    pub from: f64,
    pub to: f64,
}

impl Scale {
    pub fn linear(from: f64, to: f64) -> Self {
        let to = if to.is_finite() && to > from { to } else { from + 1.0 };
        Self { is_log: false, from, to }
    }

    /// Both above 0.
    pub fn log(from: f64, to: f64) -> Self {
        let from = if from.is_finite() && from > 0.0 { from } else { 1.0 };
        let to = if to.is_finite() && to > from { to } else { from * 10.0 };
        Self { is_log: true, from, to }
    }

    /// Powers of ten that hold all numbers above 0.
    pub fn around(numbers: impl IntoIterator<Item = f64>) -> Self {
        let positive = numbers.into_iter().filter(|number| number.is_finite() && *number > 0.0);
        let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(low, high), number| (low.min(number), high.max(number)));
        if low > high {
            return Self::log(1.0, 10.0);
        }
        Self::log(10_f64.powf(low.log10().floor()), 10_f64.powf((high * 1.05).log10().ceil()))
    }

    /// 0 at the beginning, 1 at the end; what lies outside stands at the edge.
    pub fn share(self, number: f64) -> f64 {
        let share = match self.is_log {
            true => (number.max(f64::MIN_POSITIVE) / self.from).ln() / (self.to / self.from).ln(),
            false => (number - self.from) / (self.to - self.from),
        };
        share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_where_they_belong_and_never_outside() {
        let linear = Scale::linear(0.0, 200.0);
        assert_eq!([-5.0, 0.0, 50.0, 900.0].map(|number| linear.share(number)), [0.0, 0.0, 0.25, 1.0]);
        let log = Scale::log(1.0, 10_000.0);
        assert!((log.share(100.0) - 0.5).abs() < 1e-12);
        assert_eq!([0.0, -3.0, f64::INFINITY].map(|number| log.share(number)), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn nothing_has_an_axis_too() {
        assert_eq!(Scale::linear(0.0, 0.0).to, 1.0);
        assert_eq!(Scale::around([]), Scale::log(1.0, 10.0));
        assert_eq!(Scale::around([0.0, -1.0, f64::NAN]), Scale::log(1.0, 10.0));
        assert_eq!(Scale::around([0.3, 42.0]), Scale::log(0.1, 100.0));
    }
}
