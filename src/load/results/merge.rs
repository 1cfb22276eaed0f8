//! The runs of several load hosts as one run.
//!
//! All events go through one ledger, so that every figure of the fleet is made as that of one host: accounts are summed up event by event,
//! latencies are pooled, the pairs of the tails are (host, destination), misses are counted over all, and a second is a second of real time.
//! Each host is judged by itself before: its accounts have to balance, and it must not have been the limit.

use std::sync::Arc;

use super::error::MergeError;
use super::part::Part;
use super::shift::Shift;
use super::whole::whole;
use crate::core::load::figures::Ledger;
use crate::load::findings::{Findings, Question};
use crate::load::host::{ClockReport, HiccupReport, HostReport};
use crate::load::observe::Owners;
use crate::load::raw::{Row, pass};
use crate::load::report::Report;
use crate::load::run::{HostEvidence, Measured, Source, Sources};

/// A load of several hosts.
#[derive(Debug)]
pub struct Merged {
    /// All events, on the clock of the host that started first.
    pub measured: Measured,
    pub findings: Findings,
    pub report: Report,
}

/// Joins the hosts' runs; see [`fit`](super::fit()) for whether they belong together.
///
/// # Errors
/// Where the raw events can not be read a second time as they were the first.
pub fn merge(parts: Vec<Part>) -> Result<Merged, MergeError> {
    let (shifts, workers) = Shift::of(&parts);
    let mut ledger = Ledger::with_capacity(parts.iter().map(|part| part.events as usize).sum());
    for (part, shift) in parts.iter().zip(&shifts) {
        pass(&part.recording.path, |row| take(&mut ledger, shift.row(row)))?;
        if ledger.len() as u64 != shift.events.end {
            return Err(MergeError::Changed { part: part.name() });
        }
    }
    let Some(question) = question(&parts, &shifts) else { return Err(MergeError::TooFew) };
    let Some(measured) = measured(&parts, &shifts, ledger, workers) else { return Err(MergeError::TooFew) };
    let of_hosts: Vec<(&str, &Findings)> = parts.iter().map(|part| (part.host(), &part.findings)).collect();
    let findings = Findings::of(&measured, question).with_hosts(&of_hosts);
    let report = whole(&parts, &shifts, &measured, findings.report(&measured));
    Ok(Merged { measured, findings, report })
}

fn take(ledger: &mut Ledger, row: Row) {
    match row {
        Row::Scheduled { scheduled, .. } => ledger.push(scheduled),
        Row::Observed(observation) => ledger.observe(&observation),
        Row::End { .. } => {}
    }
}

/// Counting begins with the first host that counts.
fn question(parts: &[Part], shifts: &[Shift]) -> Option<Question> {
    let asked = parts.first()?.recording.trailer.question;
    let begins = parts.iter().zip(shifts).map(|(part, shift)| part.recording.trailer.question.begin_us + shift.at_us);
    Some(Question { begin_us: begins.min()?, ..asked })
}

fn measured(parts: &[Part], shifts: &[Shift], ledger: Ledger, workers: Vec<String>) -> Option<Measured> {
    let runs = || parts.iter().map(|part| &part.recording.trailer.measured);
    let moved = || runs().zip(shifts);
    let first = runs().min_by_key(|run| run.clock.real_us(0))?;
    let notes = parts.iter().zip(runs()).flat_map(|(part, run)| run.notes.iter().map(|note| format!("{}: {note}", part.host())));
    Some(Measured {
        ledger,
        recorder: None,
        sources: sources(parts, shifts),
        clock: first.clock,
        offered_us: moved().map(|(run, shift)| run.offered_us + shift.at_us).max()?,
        deadline_us: moved().map(|(run, shift)| run.deadline_us + shift.at_us).max()?,
        watched: runs().max_by_key(|run| run.watched.len())?.watched.clone(),
        owners: Arc::new(Owners::named(workers)),
        host: evidence(first, &moved().collect::<Vec<_>>()),
        unanswered: runs().map(|run| run.unanswered).sum(),
        // A fleet's own, at moments of its own.
        outstanding: Vec::new(),
        connections: runs().map(|run| run.connections).sum(),
        retries: runs().map(|run| run.retries).sum(),
        restarts: runs().map(|run| run.restarts).sum(),
        is_cut_short: runs().any(|run| run.is_cut_short),
        notes: notes.collect(),
    })
}

fn sources(parts: &[Part], shifts: &[Shift]) -> Sources {
    let highest = parts.iter().zip(shifts).filter_map(|(part, shift)| Some(part.producers.last()? + shift.producers)).max();
    let mut of_producers = vec![0; highest.map_or(0, |highest| highest as usize + 1)];
    for (number, (part, shift)) in (0..).zip(parts.iter().zip(shifts)) {
        for producer in &part.producers {
            if let Some(host) = of_producers.get_mut((producer + shift.producers) as usize) {
                *host = number;
            }
        }
    }
    let hosts = parts.iter().flat_map(|part| part.recording.trailer.measured.sources.hosts.iter().take(1).cloned());
    Sources { hosts: hosts.collect::<Vec<Source>>(), of_producers }
}

/// Hiccups, clock steps and watched processes of all hosts; CPU and memory of a process are told for each second, not as one sum.
fn evidence(first: &Measured, runs: &[(&Measured, &Shift)]) -> HostEvidence {
    let mut hiccups = HiccupReport::default();
    let (mut usage, mut clock) = (HostReport::default(), ClockReport::default());
    for (run, shift) in runs {
        let host = &run.host;
        hiccups
            .hiccups
            .extend(host.hiccups.hiccups.iter().map(|one| crate::load::host::Hiccup { begin_us: one.begin_us + shift.at_us, ..*one }));
        hiccups.not_kept += host.hiccups.not_kept;
        hiccups.total_us += host.hiccups.total_us;
        hiccups.longest_us = hiccups.longest_us.max(host.hiccups.longest_us);
        usage.processes.extend(host.usage.processes.iter().cloned().map(|mut process| {
            process.samples.iter_mut().for_each(|sample| sample.at_us += shift.at_us);
            process
        }));
        clock.samples += host.clock.samples;
    }
    hiccups.hiccups.sort_by_key(|hiccup| hiccup.begin_us);
    HostEvidence {
        machine: first.host.machine.clone(),
        allowed: first.host.allowed.clone(),
        pacer: None,
        usage,
        hiccups,
        clock,
        tracking: first.host.tracking.clone(),
    }
}
