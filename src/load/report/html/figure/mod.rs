//! The pictures, each of one question. What a run has no figures for is not drawn.
//!
//! | chapter | asks |
//! |---|---|
//! | latency | how slow are the slowest (`percentiles`), where does the time go (`waterfall`) |
//! | tails | how far is each pair's tail from its median, and from the former system's (`pairs`), did the median stay (`drift`) |
//! | through the run | what came and went (`throughput`), how long it took (`latency`), what waited (`waiting`), was the load host on time (`slip`), what did it cost (`processors`, `memory`) |
//! | capacity, catch-up | where it breaks (`capacity`), how a backlog goes (`drain`) |

mod bucket;
mod capacity;
mod drain;
mod drift;
mod latency;
mod pairs;
mod percentiles;
mod resources;
mod slip;
mod support;
mod throughput;
mod timeline;
mod waiting;
mod waterfall;

use super::chart::Chart;
use crate::load::report::Report;
use crate::load::report::chapter::Kind;

pub fn charts(report: &Report, chapter: Kind) -> Vec<Chart> {
    let charts = match chapter {
        Kind::Latency => vec![percentiles::chart(report), waterfall::chart(report, 0.5), waterfall::chart(report, 0.99)],
        Kind::Tails => report.tails.iter().flat_map(|tails| [pairs::chart(tails), drift::chart(tails)]).collect(),
        Kind::Time => vec![
            throughput::chart(report),
            latency::chart(report),
            waiting::chart(report),
            slip::chart(report),
            resources::processors(report),
            resources::memory(report),
        ],
        Kind::Capacity => vec![capacity::chart(report)],
        Kind::Catchup => vec![drain::waiting(report), drain::rates(report)],
        _ => Vec::new(),
    };
    charts.into_iter().flatten().collect()
}
