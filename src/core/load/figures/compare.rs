use super::objective::percentile_name;
use super::resample::{Blocked, Draws, TimedLatency};
use super::support::Support;
use super::{Entry, Ledger, Outcome, Stage};

/// The percentiles that are compared.
pub const COMPARED: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];
const RESAMPLES: usize = 400;

/// One percentile of run B by that of run A.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// As `p99.9`.
    pub name: String,
    pub quantile: f64,
    /// Microseconds; infinite where lost events reach so far.
    pub a_us: f64,
    pub b_us: f64,
    /// None where A's is not above 0.
    pub ratio: Option<f64>,
    /// 95 %; None where a run supports no more than its maximum.
    pub interval: Option<(f64, f64)>,
    /// Of the smaller run.
    pub support: Support,
    /// The whole interval lies above 1 + tolerance.
    pub regression: bool,
}

/// B by A, a row for each of [`COMPARED`].
///
/// The intervals come from a block bootstrap: both runs are redrawn 400 times from their blocks of ten seconds (a twentieth of a shorter
/// run), because events within a stall are not independent and intervals by order statistics would be too narrow. The seed makes it
/// repeatable. `tolerance` is a share: 0.05 allows 5 %. No rows if a run is empty.
pub fn compare(a: &[TimedLatency], b: &[TimedLatency], tolerance: f64, seed: u64) -> Vec<Ratio> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let (a, b) = (Blocked::of(a), Blocked::of(b));
    let (plain_a, plain_b) = (a.percentiles(&COMPARED), b.percentiles(&COMPARED));
    let mut draws = Draws(seed);
    let redrawn: Vec<Vec<Option<f64>>> = (0..RESAMPLES)
        .map(|_| {
            let (again_a, again_b) = (a.redrawn(&COMPARED, &mut draws), b.redrawn(&COMPARED, &mut draws));
            again_a.into_iter().zip(again_b).map(|(a_us, b_us)| divide(b_us, a_us)).collect()
        })
        .collect();
    let row = |index: usize, quantile: f64| {
        let support = Support::of(a.n().min(b.n()), quantile);
        let ratios = redrawn.iter().map(|ratios| ratios[index]);
        let interval = if support == Support::OnlyMaximum { None } else { middle_95(ratios) };
        Ratio {
            name: percentile_name(quantile),
            quantile,
            a_us: plain_a[index],
            b_us: plain_b[index],
            ratio: divide(plain_b[index], plain_a[index]),
            interval,
            support,
            regression: interval.is_some_and(|(low, _)| low > 1.0 + tolerance),
        }
    };
    COMPARED.iter().enumerate().map(|(index, quantile)| row(index, *quantile)).collect()
}

fn divide(b_us: f64, a_us: f64) -> Option<f64> {
    match (a_us, b_us) {
        (a_us, _) if a_us <= 0.0 => None,
        // Both lose events so far down: no change to tell.
        (f64::INFINITY, f64::INFINITY) => Some(1.0),
        (a_us, b_us) => Some(b_us / a_us),
    }
}

fn middle_95(ratios: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let mut ratios: Vec<f64> = ratios.collect::<Option<_>>()?;
    ratios.sort_by(f64::total_cmp);
    let outside = ratios.len() / 40;
    Some((*ratios.get(outside)?, *ratios.get(ratios.len() - 1 - outside)?))
}

impl Ledger {
    /// The counted events for a comparison: what was dropped, failed or not seen at the stage is infinite.
    pub fn timed_latencies(&self, stage: Stage) -> Vec<TimedLatency> {
        let counted = self.entries().filter(|entry| entry.scheduled.counted);
        counted.map(|entry| TimedLatency { intended_us: entry.scheduled.intended_us, latency_us: finite(&entry, stage) }).collect()
    }
}

fn finite(entry: &Entry, stage: Stage) -> Option<i64> {
    if matches!(entry.outcome, Outcome::Dropped | Outcome::Failed) { None } else { entry.latency_us(stage) }
}

#[cfg(test)]
mod tests {
    use super::{Support, TimedLatency, compare};

    /// Twenty seconds at 1,000 events per second; `stalled` lists the seconds that begin with a pause of 200 ms.
    fn run(factor: i64, shift: i64, stalled: &[i64]) -> Vec<TimedLatency> {
        let latency = |event: i64| {
            let within = event % 1_000;
            let pause_us = if stalled.contains(&(event / 1_000)) && within < 200 { (200 - within) * 1_000 } else { 0 };
            (1_000 + (event * 7_919 + shift) % 1_000) * factor / 100 + pause_us
        };
        (0..20_000).map(|event| TimedLatency { intended_us: event * 1_000, latency_us: Some(latency(event)) }).collect()
    }

    #[test]
    fn equal_runs_are_no_regression() {
        let rows = compare(&run(100, 0, &[]), &run(100, 331, &[]), 0.02, 7);
        assert_eq!(rows.len(), 5);
        for row in rows {
            let (low, high) = row.interval.unwrap();
            assert!(!row.regression && low <= 1.01 && high >= 0.99, "{row:?}");
        }
    }

    #[test]
    fn a_tenth_slower_is_a_regression_at_five_percent_and_none_at_twenty() {
        let regressions =
            |tolerance: f64| compare(&run(100, 0, &[]), &run(110, 331, &[]), tolerance, 7).iter().filter(|row| row.regression).count();
        assert_eq!((regressions(0.05), regressions(0.2)), (5, 0));
        let faster = compare(&run(110, 0, &[]), &run(100, 331, &[]), 0.0, 7);
        assert!(faster.iter().all(|row| !row.regression));
    }

    #[test]
    fn one_stall_is_no_regression_but_one_every_other_second_is() {
        let far_tail = |stalled: &[i64]| compare(&run(100, 0, &[]), &run(100, 331, stalled), 0.05, 7)[3].clone();
        let once = far_tail(&[11]);
        assert!(once.ratio.unwrap() > 10.0 && !once.regression, "{once:?}");
        let often: Vec<i64> = (0..20).step_by(2).collect();
        assert!(far_tail(&often).regression);
    }

    #[test]
    fn what_a_run_can_not_support_has_no_interval() {
        let short: Vec<TimedLatency> = run(100, 0, &[]).into_iter().take(5_000).collect();
        let far = compare(&short, &run(300, 0, &[]), 0.05, 7)[4].clone();
        assert_eq!((far.interval, far.support, far.regression), (None, Support::OnlyMaximum, false));
        assert_eq!(far.name, "p99.99");
        assert_eq!(compare(&[], &short, 0.05, 7), []);
    }

    #[test]
    fn losses_are_infinite_ratios() {
        let mut lossy = run(100, 0, &[]);
        lossy.iter_mut().step_by(50).for_each(|event| event.latency_us = None);
        let rows = compare(&run(100, 0, &[]), &lossy, 0.05, 7);
        assert_eq!((rows[2].ratio, rows[2].regression), (Some(f64::INFINITY), true));
        let both = compare(&lossy, &lossy, 0.05, 7);
        assert_eq!((both[2].ratio, both[2].regression), (Some(1.0), false));
    }
}
