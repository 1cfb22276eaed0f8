//! A verdict's reason in one sentence.

use super::miss::Cause;
use super::poisson::upper_bound;
use super::verdict::{Judgement, Verdict};

impl Judgement {
    pub(super) fn explain(&self) -> String {
        let misses = format!("{} of {} events missed {}, {} may", self.missed, self.scheduled, self.objective, rounded(self.allowed));
        let (lower, upper) = (rounded(self.plausible.0), rounded(self.plausible.1));
        match self.verdict {
            Verdict::Pass => format!("{misses}; even the {upper} that are plausible at 95 % would be allowed"),
            Verdict::Fail => format!("{misses}; not even the {lower} that are plausible at 95 % would be allowed{}", self.causes_told()),
            Verdict::Inconclusive if self.decided_by_one_stall => format!("{misses}; one stall decides alone: {}", self.largest_told()),
            Verdict::Inconclusive if upper_bound(0.0) > self.allowed => {
                format!("{misses}; too few events were scheduled: even without a miss {} would be plausible", rounded(upper_bound(0.0)))
            }
            Verdict::Inconclusive => format!("{misses}; between {lower} and {upper} are plausible at 95 %{}", self.causes_told()),
        }
    }

    fn causes_told(&self) -> String {
        let told: Vec<String> = Cause::ALL
            .iter()
            .zip(self.causes)
            .filter(|(_, count)| *count > 0)
            .map(|(cause, count)| format!("{count} {}", cause.name()))
            .collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
    }

    fn largest_told(&self) -> String {
        let Some(stall) = self.clusters.largest else { return String::new() };
        let hiccup = if stall.with_hiccup { ", together with a hiccup of the load host" } else { "" };
        let seconds = |us: i64| us as f64 / 1e6;
        format!(
            "{} events due between {:.3} s and {:.3} s of the run{hiccup}",
            stall.events,
            seconds(stall.begin_us),
            seconds(stall.end_us)
        )
    }
}

fn rounded(value: f64) -> String {
    if value < 100.0 { format!("{:.1}", value).trim_end_matches(".0").to_owned() } else { format!("{value:.0}") }
}
