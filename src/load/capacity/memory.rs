//! Whether a process of the system is on its way to the end of its memory.

use std::fs;
use std::path::Path;

use crate::core::load::figures::MemoryOutlook;
use crate::load::host::WatchedProcess;
use crate::load::run::Measured;

/// A limit that would be reached within so long at the pace of a step: whoever runs at this rate for a while falls over it, and a cache that fills
/// in the step itself is flat by then.
const HORIZON_S: f64 = 600.0;

/// The names of processes whose memory rises to its limit soon, by the second half of what counted: the first fills caches.
pub fn reaching_limit(measured: &Measured, begin_us: i64) -> Vec<String> {
    let middle_us = i64::midpoint(begin_us, measured.offered_us);
    let reaches = |process: &&WatchedProcess| {
        let limit = limit_bytes(process.pid).unwrap_or(measured.host.machine.memory_bytes);
        outlook(process, middle_us, measured.offered_us, limit as f64).is_some_and(|outlook| outlook.reaches_limit_within(HORIZON_S))
    };
    measured.host.usage.processes.iter().filter(reaches).map(|process| process.name.clone()).collect()
}

fn outlook(process: &WatchedProcess, from_us: i64, to_us: i64, limit: f64) -> Option<MemoryOutlook> {
    let within = process.samples.iter().filter(|sample| (from_us..=to_us).contains(&sample.at_us));
    let points: Vec<(f64, f64)> = within.map(|sample| (sample.at_us as f64 / 1e6, sample.resident_bytes as f64)).collect();
    MemoryOutlook::of(&points, limit)
}

/// The limit of the process' control group (version 2), as a container or a unit of systemd has one.
fn limit_bytes(pid: u32) -> Option<u64> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let limit = fs::read_to_string(Path::new("/sys/fs/cgroup").join(group).join("memory.max")).ok()?;
    limit.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::host::{HostReport, HostSampler, Monotonic, WatchedSample};

    /// A process that was really watched, with samples of our own.
    fn watched(bytes: impl Fn(i64) -> u64) -> WatchedProcess {
        let sampler = HostSampler::spawn(Monotonic::start()).unwrap();
        assert!(sampler.watch(std::process::id(), "worker"));
        let HostReport { mut processes, .. } = sampler.finish().unwrap();
        let samples = (0..60).map(|second| WatchedSample { at_us: second * 1_000_000, cpu_us: 0, resident_bytes: bytes(second) });
        let mut process = processes.remove(0);
        process.samples = samples.collect();
        process
    }

    #[test]
    fn a_cache_that_has_filled_is_not_on_its_way_to_the_limit() {
        let outlook = |process: &WatchedProcess, from_s: i64| outlook(process, from_s * 1_000_000, 60_000_000, 1e9).unwrap();
        let leaking = watched(|second| 100_000_000 + second.unsigned_abs() * 2_000_000);
        assert!(outlook(&leaking, 30).reaches_limit_within(HORIZON_S));
        let filling = watched(|second| 100_000_000 + second.min(30).unsigned_abs() * 5_000_000);
        assert!(outlook(&filling, 0).reaches_limit_within(HORIZON_S));
        assert!(!outlook(&filling, 30).reaches_limit_within(HORIZON_S));
    }
}
