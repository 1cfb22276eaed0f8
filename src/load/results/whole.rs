//! The report of several load hosts, where it is more than that of all their events.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use super::SHARE;
use super::part::Part;
use super::shift::Shift;
use crate::load::report::{Clock, Generator, LoadHost, Mode, Ran, Report, Second};
use crate::load::run::Measured;

/// Hosts that started further apart made no one load.
const TOGETHER_US: i64 = 1_000_000;

/// `found` is what the joined events say.
pub fn whole(parts: &[Part], shifts: &[Shift], measured: &Measured, found: Report) -> Report {
    let Some(first) = parts.iter().min_by_key(|part| part.started_us()) else { return found };
    let mut report = Report {
        ran: ran(first, measured),
        machine: first.report.machine.clone(),
        servers: first.report.servers.clone(),
        load_hosts: parts.iter().map(load_host).collect(),
        clocks: clocks(parts),
        generator: found.generator.map(|generator| generator_of(parts, generator)),
        left_behind: parts.iter().flat_map(|part| part.report.left_behind.iter().cloned()).collect(),
        notes: found.notes.into_iter().chain(apart(shifts)).collect(),
        ..found
    };
    report.left_behind.dedup();
    add_hosts(&mut report.series, parts, shifts);
    name_events(&mut report, parts, shifts);
    report
}

fn ran(first: &Part, measured: &Measured) -> Ran {
    let mut ran = Ran { mode: Mode::Merge, duration_s: measured.offered_us as f64 / 1e6, ..first.report.ran.clone() };
    ran.config.others.retain(|(name, _)| name != SHARE);
    ran
}

fn load_host(part: &Part) -> LoadHost {
    LoadHost {
        host: part.host().to_owned(),
        first_producer: part.producers.first().copied().map_or(0, u64::from),
        producers: part.producers.len() as u64,
        scheduled: part.findings.accounts.counted.scheduled,
        started_at: Some(started_at(part)),
    }
}

fn started_at(part: &Part) -> String {
    let since = Duration::from_micros(part.started_us().max(0).unsigned_abs());
    humantime::format_rfc3339_micros(UNIX_EPOCH + since).to_string()
}

/// That of each host; the servers' once.
fn clocks(parts: &[Part]) -> Vec<Clock> {
    let mut all: Vec<Clock> = Vec::new();
    for (index, clock) in parts.iter().flat_map(|part| part.report.clocks.iter().enumerate()) {
        if index == 0 || !all.iter().any(|known| known.host == clock.host) {
            all.push(clock.clone());
        }
    }
    all
}

/// Any host that was the limit was the limit of all.
fn generator_of(parts: &[Part], generator: Generator) -> Generator {
    let of_hosts = || parts.iter().filter_map(|part| Some((part.host(), part.report.generator.as_ref()?)));
    let mut priorities: Vec<String> = of_hosts().filter_map(|(_, one)| one.priority.clone()).collect();
    priorities.sort_unstable();
    priorities.dedup();
    Generator {
        priority: (!priorities.is_empty()).then(|| priorities.join("; ")),
        limits: of_hosts().flat_map(|(host, one)| one.limits.iter().map(move |limit| format!("{host}: {limit}"))).collect(),
        ..generator
    }
}

fn apart(shifts: &[Shift]) -> Option<String> {
    let latest_us = shifts.iter().map(|shift| shift.at_us).max().filter(|latest_us| *latest_us > TOGETHER_US)?;
    Some(format!(
        "the load hosts started up to {:.1} s apart, by their own clocks: the load was not the schedule's as a whole; --start-at starts them together",
        latest_us as f64 / 1e6
    ))
}

/// CPU and memory of all load hosts' processes.
fn add_hosts(series: &mut [Second], parts: &[Part], shifts: &[Shift]) {
    let mut by_second: BTreeMap<i64, (f64, u64)> = BTreeMap::new();
    for (part, shift) in parts.iter().zip(shifts) {
        for second in &part.report.series {
            let at_s = (second.at_s + shift.at_us as f64 / 1e6).floor() as i64;
            if let (Some(cpu), Some(rss)) = (second.cpu_percent, second.rss_bytes) {
                let sums = by_second.entry(at_s).or_default();
                *sums = (sums.0 + cpu, sums.1 + rss);
            }
        }
    }
    for second in series {
        if let Some((cpu, rss)) = by_second.get(&(second.at_s as i64)) {
            (second.cpu_percent, second.rss_bytes) = (Some(*cpu), Some(*rss));
        }
    }
}

/// Events that went wrong by the number that they have on their own host.
fn name_events(report: &mut Report, parts: &[Part], shifts: &[Shift]) {
    for event in report.accounts.lists.iter_mut().flat_map(|list| &mut list.events) {
        let home = parts.iter().zip(shifts).find(|(_, shift)| shift.events.contains(&event.event));
        let Some((part, shift)) = home else { continue };
        event.event -= shift.events.start;
        event.producer = event.producer.map(|producer| producer - u64::from(shift.producers));
        event.note = Some(format!(
            "of {} ({}){}",
            part.host(),
            part.name(),
            event.note.as_ref().map_or_else(String::new, |note| format!("; {note}"))
        ));
    }
}
