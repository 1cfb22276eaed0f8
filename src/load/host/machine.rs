//! What the load host is: a result without its machine means nothing.

use std::fs;

use rustix::param::clock_ticks_per_second;
use rustix::system::{sysinfo, uname};
use serde::{Deserialize, Serialize};

/// Facts of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub host: String,
    /// That are online, whoever may use them.
    pub cpus: usize,
    /// `None` where the system does not say, as on most ARM.
    pub cpu_model: Option<String>,
    pub architecture: String,
    pub memory_bytes: u64,
    /// Its release.
    pub kernel: String,
}

impl Machine {
    /// Memory that could still be used without swapping; `None` where the kernel does not say.
    pub fn free_bytes() -> Option<u64> {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
    }

    /// This one.
    pub fn this() -> Self {
        let (names, memory) = (uname(), sysinfo());
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            host: names.nodename().to_string_lossy().into_owned(),
            cpus: cpus(&processors),
            cpu_model: cpu_model(&processors),
            architecture: names.machine().to_string_lossy().into_owned(),
            memory_bytes: memory.totalram.saturating_mul(u64::from(memory.mem_unit)),
            kernel: names.release().to_string_lossy().into_owned(),
        }
    }
}

/// Microseconds since the boot, over all CPUs, in which the machine's host ran somebody else though this machine had work: 0 on bare metal.
/// `None` where the system does not say.
pub(super) fn stolen_us() -> Option<u64> {
    stolen_ticks(&fs::read_to_string("/proc/stat").ok()?).map(|ticks| ticks.saturating_mul(1_000_000) / clock_ticks_per_second().max(1))
}

/// The eighth number of the first line, see `man proc_stat`.
fn stolen_ticks(stat: &str) -> Option<u64> {
    stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().nth(7)?.parse().ok()
}

fn cpus(processors: &str) -> usize {
    processors.lines().filter(|line| line.starts_with("processor")).count().max(1)
}

fn cpu_model(processors: &str) -> Option<String> {
    let line = processors.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_counted_and_named() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC 9R14\n\nprocessor\t: 1\nmodel name\t: AMD EPYC 9R14\n";
        assert_eq!((cpus(text), cpu_model(text).as_deref()), (2, Some("AMD EPYC 9R14")));
        assert_eq!((cpus("processor\t: 0\n"), cpu_model("processor\t: 0\n")), (1, None));
    }

    #[test]
    fn stolen_time_is_the_eighth_of_all_cpus_together() {
        assert_eq!(stolen_ticks("cpu  1 2 3 4 5 6 7 88 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"), Some(88));
        assert_eq!(stolen_ticks("cpu0 1 2 3 4 5 6 7 8 9 10\n"), None);
    }

    #[test]
    fn this_machine_has_what_every_machine_has() {
        let machine = Machine::this();
        assert_eq!(machine.host, fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim());
        assert_eq!(machine.kernel, fs::read_to_string("/proc/sys/kernel/osrelease").unwrap().trim());
        assert!(machine.cpus >= std::thread::available_parallelism().unwrap().get());
        assert!(machine.memory_bytes > 256 << 20, "{machine:?}");
    }
}
