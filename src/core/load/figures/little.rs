/// Little's law: in the long run the mean number waiting is the throughput times the mean wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LittleCheck {
    /// `outstanding / throughput`, in seconds.
    pub expected_seconds: f64,
    /// As measured.
    pub measured_seconds: f64,
}

/// So far apart they may be: the load is not stationary at its ends.
const TOLERANCE: f64 = 0.2;

impl LittleCheck {
    /// `outstanding` is the mean number of events accepted and not yet answered, `throughput` those answered per second, `measured_seconds`
    /// the mean time from accepted to answered. None without throughput.
    pub fn of(outstanding: f64, throughput: f64, measured_seconds: f64) -> Option<LittleCheck> {
        (throughput > 0.0).then(|| LittleCheck { expected_seconds: outstanding / throughput, measured_seconds })
    }

    /// Within a fifth of each other; if not, one of the three figures is wrong or the queue still grew.
    pub fn agrees(&self) -> bool {
        (self.measured_seconds - self.expected_seconds).abs() <= TOLERANCE * self.expected_seconds.max(self.measured_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::LittleCheck;

    #[test]
    fn a_bound_of_500_at_1000_per_second_is_half_a_second() {
        let check = LittleCheck::of(500.0, 1_000.0, 0.55).unwrap();
        assert_eq!(check.expected_seconds, 0.5);
        assert!(check.agrees());
        assert!(!LittleCheck::of(500.0, 1_000.0, 0.9).unwrap().agrees());
        assert!(!LittleCheck::of(500.0, 1_000.0, 0.1).unwrap().agrees());
        assert!(LittleCheck::of(0.0, 1_000.0, 0.0).unwrap().agrees());
        assert_eq!(LittleCheck::of(500.0, 0.0, 0.5), None);
    }
}
