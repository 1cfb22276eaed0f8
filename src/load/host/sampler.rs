//! What the generator itself uses, and the processes beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::background::Background;
use super::error::HostError;
use super::machine::stolen_us;
use super::monotonic::Monotonic;
use super::process::ProcessUsage;
use super::run_delay::RunDelay;

const EVERY_US: i64 = 1_000_000;
/// More than a day.
const MOST_SAMPLES: usize = 100_000;
const MOST_PROCESSES: usize = 256;

/// This process at one moment. What grows is counted from its start: take differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSample {
    pub at_us: i64,
    /// CPU, in steps of 10 ms.
    pub cpu_us: u64,
    /// Waiting for a CPU, of all threads (of the first 1,024).
    pub run_delay_us: u64,
    /// Of all CPUs of the machine since its boot, in steps of 10 ms: its host ran somebody else. 0 on bare metal.
    pub stolen_us: u64,
    pub resident_bytes: u64,
    pub threads: u64,
}

/// Another process at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedSample {
    pub at_us: i64,
    /// CPU since its start, in steps of 10 ms.
    pub cpu_us: u64,
    pub resident_bytes: u64,
}

/// Another process, up to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedProcess {
    /// As it is called in a report.
    pub name: String,
    pub pid: u32,
    pub samples: Vec<WatchedSample>,
    started_ticks: u64,
}

/// All samples of a run, one each second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReport {
    pub samples: Vec<HostSample>,
    pub processes: Vec<WatchedProcess>,
    /// Samples left out because 100,000 were there.
    pub not_kept: u64,
}

/// A thread that looks each second. It ends when this is dropped.
#[derive(Debug)]
pub struct HostSampler {
    seen: Arc<Mutex<HostReport>>,
    thread: Background<()>,
}

impl HostSampler {
    /// # Errors
    /// [`HostError::Thread`]
    pub fn spawn(clock: Monotonic) -> Result<Self, HostError> {
        let seen = Arc::new(Mutex::new(HostReport::default()));
        let record = Arc::clone(&seen);
        let thread = Background::spawn("load-host", move |stop| {
            let mut delay = RunDelay::own();
            loop {
                let at_us = clock.now_us();
                let own = own_sample(at_us, &mut delay);
                lock(&record).take(at_us, own);
                if !stop.sleep_until(&clock, at_us + EVERY_US) {
                    break;
                }
            }
            let at_us = clock.now_us();
            let own = own_sample(at_us, &mut delay);
            lock(&record).take(at_us, own);
        })?;
        Ok(Self { seen, thread })
    }

    /// Watches another process from now on until it ends. False where there is none with this number, or 256 are watched already.
    pub fn watch(&self, pid: u32, name: &str) -> bool {
        let Some(usage) = ProcessUsage::of(pid) else { return false };
        let mut seen = lock(&self.seen);
        if seen.processes.len() >= MOST_PROCESSES {
            return false;
        }
        let process = WatchedProcess { name: name.to_owned(), pid, samples: Vec::new(), started_ticks: usage.started_ticks };
        seen.processes.push(process);
        true
    }

    /// The last sample of this process.
    pub fn latest(&self) -> Option<HostSample> {
        lock(&self.seen).samples.last().copied()
    }

    /// Ends it, with a last sample of all; blocks this thread for up to 100 ms.
    ///
    /// # Errors
    /// [`HostError::Broken`]
    pub fn finish(self) -> Result<HostReport, HostError> {
        self.thread.stop();
        self.thread.join()?;
        Ok(lock(&self.seen).clone())
    }
}

impl HostReport {
    fn take(&mut self, at_us: i64, own: Option<HostSample>) {
        if self.samples.len() >= MOST_SAMPLES {
            self.not_kept += 1;
            return;
        }
        self.samples.extend(own);
        for process in &mut self.processes {
            let usage = ProcessUsage::of(process.pid).filter(|usage| usage.started_ticks == process.started_ticks);
            process.samples.extend(usage.map(|usage| WatchedSample { at_us, cpu_us: usage.cpu_us, resident_bytes: usage.resident_bytes }));
        }
    }
}

fn own_sample(at_us: i64, delay: &mut RunDelay) -> Option<HostSample> {
    let ProcessUsage { cpu_us, resident_bytes, threads, .. } = ProcessUsage::own()?;
    Some(HostSample { at_us, cpu_us, run_delay_us: delay.read_us(), stolen_us: stolen_us().unwrap_or_default(), resident_bytes, threads })
}

fn lock(seen: &Mutex<HostReport>) -> MutexGuard<'_, HostReport> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn this_process_and_another_are_sampled_to_the_end() {
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        let sampler = HostSampler::spawn(Monotonic::start()).unwrap();
        assert!(sampler.watch(other.id(), "sleeper"));
        while sampler.latest().is_none() {
            std::thread::yield_now();
        }
        let report = sampler.finish().unwrap();
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(report.samples.len() >= 2 && report.samples.is_sorted_by_key(|sample| (sample.cpu_us, sample.run_delay_us)), "{report:?}");
        let watched = &report.processes[0];
        assert_eq!((watched.name.as_str(), watched.pid), ("sleeper", other.id()));
        assert!(watched.samples.last().is_some_and(|sample| sample.resident_bytes > 0), "{report:?}");
    }

    #[test]
    fn a_process_that_got_the_number_of_another_is_not_taken_for_it() {
        let pid = std::process::id();
        let started_ticks = ProcessUsage::own().unwrap().started_ticks;
        let watched = |started_ticks| WatchedProcess { name: "w".to_owned(), pid, samples: Vec::new(), started_ticks };
        let mut report = HostReport { processes: vec![watched(started_ticks), watched(started_ticks + 1)], ..HostReport::default() };
        report.take(7, None);
        assert_eq!(report.processes.iter().map(|process| process.samples.len()).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn no_more_than_a_day_is_kept() {
        let sample = HostSample { at_us: 0, cpu_us: 0, run_delay_us: 0, stolen_us: 0, resident_bytes: 0, threads: 1 };
        let mut report = HostReport::default();
        for at_us in 0..100_007 {
            report.take(at_us, Some(HostSample { at_us, ..sample }));
        }
        assert_eq!((report.samples.len(), report.not_kept), (100_000, 7));
    }

    #[test]
    fn a_process_that_is_not_there_is_refused() {
        assert!(!HostSampler::spawn(Monotonic::start()).unwrap().watch(u32::MAX, "nobody"));
    }
}
