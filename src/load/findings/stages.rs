//! Latencies at each stage.

use super::finding::Findings;
use crate::core::load::figures::{Stage as Station, percentile, quantile_interval};
use crate::load::report::{Mark, Percentile, Point, Stage};
use crate::load::run::Measured;

const QUANTILES: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.999_99];
/// Points for each tenfold of 1/(1-q): a curve that looks like one.
const POINTS_PER_DECADE: i32 = 20;

pub fn stages(findings: &Findings, measured: &Measured) -> Vec<Stage> {
    let known = Station::ALL.into_iter().filter(|station| *station <= Station::Acknowledged || measured.watched.contains(station));
    let negative = &findings.accounts.counted.negative;
    let below_0 = |station| Station::ALL.iter().zip(negative).find(|(one, _)| **one == station).map_or(0, |(_, count)| *count);
    known.map(|station| stage(station, below_0(station), &measured.ledger.sorted_latencies(station))).collect()
}

fn stage(station: Station, negative: u64, sorted: &[i64]) -> Stage {
    let n = sorted.len() as u64;
    Stage {
        name: station.name().to_owned(),
        from: "intended".to_owned(),
        clock: (station == Station::Stored).then(|| "+-1 ms, Redis' clock".to_owned()),
        n,
        negative,
        percentiles: QUANTILES.into_iter().map(|quantile| percentile_of(sorted, quantile)).collect(),
        min_us: sorted.first().map(|us| *us as f64),
        mean_us: (n > 0).then(|| sorted.iter().map(|us| *us as f64).sum::<f64>() / n as f64),
        max_us: sorted.last().map(|us| *us as f64),
        curve: curve(sorted),
    }
}

fn percentile_of(sorted: &[i64], quantile: f64) -> Percentile {
    let interval = quantile_interval(sorted, quantile);
    Percentile {
        quantile,
        us: percentile(sorted, quantile),
        low_us: interval.map(|interval| interval.low as f64),
        high_us: interval.map(|interval| interval.high as f64),
        mark: Mark::of(sorted.len() as u64, quantile),
    }
}

/// Up to where one event is left above.
fn curve(sorted: &[i64]) -> Vec<Point> {
    let decades = (sorted.len().max(1) as f64).log10();
    let steps = (decades * f64::from(POINTS_PER_DECADE)).floor() as i32;
    let quantile = |step: i32| 1.0 - 10f64.powf(-f64::from(step) / f64::from(POINTS_PER_DECADE));
    (0..=steps).map(quantile).filter_map(|quantile| Some(Point { quantile, us: percentile(sorted, quantile)? })).collect()
}
