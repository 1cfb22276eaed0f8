//! What the load host did, as it is written down.

use super::finding::Findings;
use crate::core::load::figures::{Stage, percentile};
use crate::load::report::Generator;
use crate::load::run::Measured;

pub fn generator(findings: &Findings, measured: &Measured) -> Generator {
    let slips = measured.ledger.sorted_latencies(Stage::Sent);
    let figures = &findings.generator;
    let percent = |share: Option<f64>| share.map(|share| share * 100.0);
    Generator {
        slip_p50_us: percentile(&slips, 0.5),
        slip_p999_us: figures.slip_p999_us,
        slip_max_us: slips.last().map(|slip| *slip as f64),
        offered_per_s: Some(figures.offered),
        achieved_per_s: Some(figures.achieved),
        dropped: figures.dropped,
        cpu_percent: percent(figures.cpu_share),
        run_delay_percent: percent(figures.run_delay_share),
        hiccup_max_us: Some(measured.host.hiccups.longest_us as f64),
        priority: measured.host.pacer.as_ref().map(|pacer| pacer.class.to_string()),
        limits: findings.limits.iter().map(ToString::to_string).collect(),
    }
}
