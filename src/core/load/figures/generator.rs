use std::fmt;

/// Slip at p99.9 from which on the generator, not the system, makes the latency, in microseconds.
pub const SLIP_LIMIT_US: f64 = 5_000.0;
/// Less than this share of the offered rate, and the generator did not offer it.
pub const ACHIEVED_SHARE: f64 = 0.995;
/// More than this share of the CPU it may use, and the generator is near its own knee.
pub const CPU_SHARE: f64 = 0.8;
/// Ready to run, but not running, for more than this share of the time.
pub const RUN_DELAY_SHARE: f64 = 0.05;

/// What the load host measured of itself in the counted time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GeneratorFigures {
    /// Intended to sent at p99.9; None if nothing was sent.
    pub slip_p999_us: Option<f64>,
    /// Events per second that the schedule asked for.
    pub offered: f64,
    /// Events per second that were sent.
    pub achieved: f64,
    /// Events never sent.
    pub dropped: u64,
    /// The process' own CPU time by what it may use (cores times time); None where unknown.
    pub cpu_share: Option<f64>,
    /// The pacing thread's time on the run queue by wall time; None where unknown.
    pub run_delay_share: Option<f64>,
}

/// Why the generator was the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GeneratorLimit {
    /// It sent late: p99.9 of intended to sent, in microseconds.
    Slip { p999_us: f64 },
    /// It sent less than the schedule asked for.
    Achieved { share: f64 },
    /// It left events out.
    Dropped { events: u64 },
    /// It was near the end of its own CPU.
    Cpu { share: f64 },
    /// Others kept it from its CPU.
    RunDelay { share: f64 },
}

impl GeneratorFigures {
    /// All reasons for which the generator, not the system, was the limit; none if it kept up.
    pub fn limits(&self) -> Vec<GeneratorLimit> {
        let slip = self.slip_p999_us.filter(|slip_us| *slip_us >= SLIP_LIMIT_US).map(|p999_us| GeneratorLimit::Slip { p999_us });
        let share = if self.offered > 0.0 { self.achieved / self.offered } else { 1.0 };
        let achieved = (share < ACHIEVED_SHARE).then_some(GeneratorLimit::Achieved { share });
        let dropped = (self.dropped > 0).then_some(GeneratorLimit::Dropped { events: self.dropped });
        let cpu = self.cpu_share.filter(|share| *share > CPU_SHARE).map(|share| GeneratorLimit::Cpu { share });
        let delay = self.run_delay_share.filter(|share| *share > RUN_DELAY_SHARE).map(|share| GeneratorLimit::RunDelay { share });
        [slip, achieved, dropped, cpu, delay].into_iter().flatten().collect()
    }
}

impl fmt::Display for GeneratorLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeneratorLimit::Slip { p999_us } => {
                write!(formatter, "slip p99.9 is {:.2} ms (limit {} ms)", p999_us / 1_000.0, SLIP_LIMIT_US / 1_000.0)
            }
            GeneratorLimit::Achieved { share } => {
                write!(formatter, "{:.2} % of the offered rate was sent (limit {} %)", share * 100.0, ACHIEVED_SHARE * 100.0)
            }
            GeneratorLimit::Dropped { events } => write!(formatter, "{events} events were never sent"),
            GeneratorLimit::Cpu { share } => {
                write!(formatter, "{:.0} % of the CPU it may use was used (limit {:.0} %)", share * 100.0, CPU_SHARE * 100.0)
            }
            GeneratorLimit::RunDelay { share } => {
                write!(
                    formatter,
                    "the pacing thread waited for a CPU {:.1} % of the time (limit {:.0} %)",
                    share * 100.0,
                    RUN_DELAY_SHARE * 100.0
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GeneratorFigures, GeneratorLimit};

    const WELL: GeneratorFigures = GeneratorFigures {
        slip_p999_us: Some(4_999.0),
        offered: 1_000.0,
        achieved: 995.0,
        dropped: 0,
        cpu_share: Some(0.8),
        run_delay_share: Some(0.05),
    };

    #[test]
    fn a_generator_within_all_limits_has_no_reason() {
        assert_eq!(WELL.limits(), []);
        assert_eq!(GeneratorFigures::default().limits(), []);
    }

    #[test]
    fn each_limit_is_a_reason_by_itself() {
        let reasons = [
            (GeneratorFigures { slip_p999_us: Some(5_000.0), ..WELL }, GeneratorLimit::Slip { p999_us: 5_000.0 }),
            (GeneratorFigures { achieved: 994.0, ..WELL }, GeneratorLimit::Achieved { share: 0.994 }),
            (GeneratorFigures { dropped: 1, ..WELL }, GeneratorLimit::Dropped { events: 1 }),
            (GeneratorFigures { cpu_share: Some(0.81), ..WELL }, GeneratorLimit::Cpu { share: 0.81 }),
            (GeneratorFigures { run_delay_share: Some(0.06), ..WELL }, GeneratorLimit::RunDelay { share: 0.06 }),
        ];
        for (figures, reason) in reasons {
            assert_eq!(figures.limits(), [reason]);
        }
        assert_eq!(GeneratorLimit::Slip { p999_us: 7_120.0 }.to_string(), "slip p99.9 is 7.12 ms (limit 5 ms)");
    }
}
