//! What the ledger says of the catch-up.

use std::collections::BTreeMap;

use super::conduct::Marks;
use super::watcher::Told;
use crate::core::load::figures::{CatchUp, Entry, Stage, eta_errors, percentile};
use crate::load::report::{Backlog, Catchup, EtaError};
use crate::load::run::Measured;

const SECOND_US: i64 = 1_000_000;
const TWO_DAYS_S: f64 = 2.0 * 86_400.0;
/// As fast as before: at most so many times the median of before, and a little that every machine adds.
const FRESH_TIMES: f64 = 2.0;
const FRESH_PLUS_US: f64 = 5_000.0;
/// For so many seconds in a row.
const FRESH_SECONDS: usize = 5;

/// Counts of one second.
#[derive(Debug, Default)]
struct Counts {
    ingested: u64,
    consumed: u64,
    /// Latencies of the events that were due in it.
    latencies: Vec<i64>,
}

/// The section of the report. `None` where the workers were not stopped and started.
pub fn catch_up(measured: &Measured, marks: Marks, told: &[Told]) -> Option<Catchup> {
    let (stopped_us, restarted_us) = (measured.clock.from_real_us(marks.stopped?), measured.clock.from_real_us(marks.restarted?));
    let last = if measured.watched.contains(&Stage::Stored) { Stage::Stored } else { *measured.watched.last()? };
    let arrived = |entry: &Entry| entry.latency_us(last).map(|latency| entry.scheduled.intended_us + latency);
    let acknowledged = |entry: &Entry| entry.latency_us(Stage::Acknowledged).map(|latency| entry.scheduled.intended_us + latency);
    let (mut backlog, mut drained, mut first) = (0, None, None);
    for entry in measured.ledger.entries() {
        let Some(at) = acknowledged(&entry) else { continue };
        let here = arrived(&entry);
        if at < restarted_us && here.is_none_or(|here| here >= restarted_us) {
            backlog += 1;
            drained = drained.max(here);
        }
        first = here.filter(|here| *here >= restarted_us).into_iter().chain(first).min();
    }
    let drain_s = drained.map(|at| seconds(at - restarted_us));
    let by_second = by_second(measured, last);
    let pace = pace(measured, last, restarted_us, drained.unwrap_or(measured.offered_us));
    let at_s = |real_us: i64| seconds(measured.clock.from_real_us(real_us));
    let estimates: Vec<(f64, Option<f64>)> = told.iter().map(|told| (at_s(told.real_us), told.eta_s)).collect();
    let errors = drained.map(|end| eta_errors(&estimates, seconds(restarted_us), seconds(end)));
    let paged = told.iter().find(|told| told.pages && told.real_us >= marks.stopped.unwrap_or_default());
    Some(Catchup {
        outage_s: seconds(restarted_us - stopped_us),
        stopped_at_s: Some(seconds(stopped_us)),
        restarted_at_s: Some(seconds(restarted_us)),
        rate_per_s: pace.ingest,
        backlog,
        alert_s: paged.map(|told| at_s(told.real_us) - seconds(stopped_us)),
        first_stored_s: first.map(|at| seconds(at - restarted_us)),
        drain_s,
        fresh_s: fresh(&by_second, stopped_us, restarted_us),
        peak_per_s: peak(&by_second, restarted_us),
        mean_per_s: Some(pace.consume).filter(|consume| *consume > 0.0),
        ratio: CatchUp { consume: pace.consume, ingest: pace.ingest }.ratio().filter(|ratio| ratio.is_finite()),
        eta_errors: errors.into_iter().flatten().zip([10.0, 50.0, 90.0]).map(eta_error).collect(),
        two_days: Some(CatchUp { consume: pace.consume, ingest: pace.ingest }.sentence(TWO_DAYS_S)),
        curve: curve(&by_second, measured, told),
        ..Catchup::default()
    })
}

fn eta_error((error, done_percent): (Option<crate::core::load::figures::EtaError>, f64)) -> EtaError {
    EtaError { done_percent, foretold_s: error.map(|error| error.told_seconds), real_s: error.map(|error| error.real_seconds) }
}

fn by_second(measured: &Measured, last: Stage) -> BTreeMap<i64, Counts> {
    let mut seconds: BTreeMap<i64, Counts> = BTreeMap::new();
    for entry in measured.ledger.entries() {
        let intended_us = entry.scheduled.intended_us;
        let second = |at_us: i64| at_us.div_euclid(SECOND_US);
        if let Some(latency) = entry.latency_us(Stage::Acknowledged) {
            seconds.entry(second(intended_us + latency)).or_default().ingested += 1;
        }
        if let Some(latency) = entry.latency_us(last) {
            seconds.entry(second(intended_us + latency)).or_default().consumed += 1;
            seconds.entry(second(intended_us)).or_default().latencies.push(latency);
        }
    }
    seconds.values_mut().for_each(|counts| counts.latencies.sort_unstable());
    seconds
}

/// Events per second while it drained.
struct Pace {
    consume: f64,
    ingest: f64,
}

/// From the restart to the end of the drain.
fn pace(measured: &Measured, last: Stage, from_us: i64, to_us: i64) -> Pace {
    let span = from_us..to_us.max(from_us + 1);
    let reached = |stage: Stage| {
        let at = |entry: Entry| Some(entry.scheduled.intended_us + entry.latency_us(stage)?);
        measured.ledger.entries().filter_map(at).filter(|at| span.contains(at)).count() as f64
    };
    let length = seconds(span.end - span.start);
    Pace { consume: reached(last) / length, ingest: reached(Stage::Acknowledged) / length }
}

/// The most that was consumed within a second after the restart.
fn peak(by_second: &BTreeMap<i64, Counts>, restarted_us: i64) -> Option<f64> {
    by_second.range(restarted_us.div_euclid(SECOND_US)..).map(|(_, counts)| counts.consumed as f64).reduce(f64::max)
}

/// Seconds from the restart until new events were as fast as before the stop, and stayed so.
fn fresh(by_second: &BTreeMap<i64, Counts>, stopped_us: i64, restarted_us: i64) -> Option<f64> {
    let stopped = stopped_us.div_euclid(SECOND_US);
    let mut before: Vec<i64> = by_second.range(stopped / 2..stopped).flat_map(|(_, counts)| counts.latencies.clone()).collect();
    before.sort_unstable();
    let limit_us = percentile(&before, 0.5)? * FRESH_TIMES + FRESH_PLUS_US;
    let after: Vec<(&i64, &Counts)> =
        by_second.range(restarted_us.div_euclid(SECOND_US)..).filter(|(_, counts)| !counts.latencies.is_empty()).collect();
    let is_fresh = |counts: &Counts| percentile(&counts.latencies, 0.5).is_some_and(|median| median <= limit_us);
    let window = after.windows(FRESH_SECONDS).find(|window| window.iter().all(|(_, counts)| is_fresh(counts)))?;
    let (second, _) = window.first()?;
    Some(seconds(*second * SECOND_US - restarted_us).max(0.0))
}

fn curve(by_second: &BTreeMap<i64, Counts>, measured: &Measured, told: &[Told]) -> Vec<Backlog> {
    let (mut ingested, mut consumed) = (0_u64, 0_u64);
    let eta_at = |second: i64| {
        let within = |told: &&Told| measured.clock.from_real_us(told.real_us).div_euclid(SECOND_US) == second;
        told.iter().find(within).and_then(|told| told.eta_s)
    };
    let point = |(second, counts): (&i64, &Counts)| {
        ingested += counts.ingested;
        consumed += counts.consumed;
        Backlog {
            at_s: *second as f64,
            waiting: Some(ingested.saturating_sub(consumed)),
            consumed_per_s: Some(counts.consumed as f64),
            ingested_per_s: Some(counts.ingested as f64),
            eta_s: eta_at(*second),
        }
    };
    by_second.iter().map(point).collect()
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::load::figures::{Ledger, Observation, Scheduled, What};
    use crate::load::host::{AllowedCpus, ClockReport, HiccupReport, HostReport, Machine, Monotonic};
    use crate::load::observe::Owners;
    use crate::load::run::{HostEvidence, Sources};

    /// 100 events a second for 40 s, each acknowledged after 1 ms. Up to 10 s and from the end of the backlog on they are stored after
    /// 3 ms; from 20 s on what waits is stored at 500 a second.
    fn measured() -> Measured {
        let mut ledger = Ledger::new();
        for event in 0..4_000_u64 {
            let intended_us = event as i64 * 10_000;
            ledger.push(Scheduled { intended_us, producer: 0, sequence: event as u32, channel: 0, counted: true });
            let drained_us = 20_000_000 + (event as i64 - 1_000) * 2_000;
            let stored_us = if event < 1_000 { intended_us + 3_000 } else { drained_us.max(intended_us + 3_000) };
            let mut observe = |at_us, what| ledger.observe(&Observation { event, at_us, what });
            observe(intended_us, What::Sent);
            observe(intended_us + 1_000, What::Acknowledged { partition: 0, offset: event as i64 });
            observe(stored_us, What::Stored { partition: 0, offset: event as i64, owner: 0 });
        }
        let host = HostEvidence {
            machine: Machine::this(),
            allowed: AllowedCpus::now(),
            pacer: None,
            usage: HostReport::default(),
            hiccups: HiccupReport::default(),
            clock: ClockReport::default(),
            tracking: Err("chronyc is not installed".to_owned()),
        };
        Measured {
            ledger,
            recorder: None,
            sources: Sources::this("here"),
            clock: Monotonic::start(),
            offered_us: 40_000_000,
            deadline_us: 41_000_000,
            watched: vec![Stage::Stored],
            owners: Arc::new(Owners::default()),
            host,
            unanswered: 0,
            outstanding: Vec::new(),
            connections: 0,
            retries: None,
            restarts: 0,
            is_cut_short: false,
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_catch_up_is_what_the_ledger_says() {
        let measured = measured();
        let at = |s: i64| measured.clock.real_us(s * 1_000_000);
        let marks = Marks { stopped: Some(at(10)), restarted: Some(at(20)), ..Marks::default() };
        let told = [(18, false, None), (19, true, None), (21, true, Some(1.4)), (22, false, Some(0.6))];
        let told = told.map(|(s, pages, eta_s)| Told { real_us: at(s), pages, eta_s });
        let catchup = catch_up(&measured, marks, &told).unwrap();
        assert_eq!((catchup.outage_s, catchup.backlog, catchup.alert_s), (10.0, 1_000, Some(9.0)));
        assert_eq!(catchup.first_stored_s, Some(0.0));
        // 1,000 at 500 a second: the last of them, whose number is one less, at 1.998 s.
        assert_eq!(catchup.drain_s, Some(1.998));
        assert!((catchup.mean_per_s.unwrap() - 500.0).abs() < 1.0, "{catchup:?}");
        assert!((catchup.ratio.unwrap() - 5.0).abs() < 0.05, "{catchup:?}");
        // New events wait until all is drained: 1,000 and 100 a second more, at 500 a second.
        assert_eq!(catchup.fresh_s, Some(2.0));
        assert_eq!(catchup.two_days.as_deref(), Some("an outage of 2 d at this rate takes 12 h"));
        let halfway = &catchup.eta_errors[1];
        assert_eq!((halfway.done_percent, halfway.foretold_s, halfway.real_s), (50.0, None, None));
        let late = &catchup.eta_errors[2];
        assert_eq!((late.done_percent, late.foretold_s), (90.0, Some(1.4)));
        assert_eq!(catchup.curve.iter().map(|point| point.waiting.unwrap()).max(), Some(1_000));
    }

    #[test]
    fn without_a_restart_there_is_no_catch_up() {
        let measured = measured();
        assert_eq!(catch_up(&measured, Marks { stopped: Some(0), ..Marks::default() }, &[]), None);
    }
}
