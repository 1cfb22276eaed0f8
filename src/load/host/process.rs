//! What a process uses, by `/proc/<pid>/stat`.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};

/// Use of a process at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessUsage {
    /// CPU since its start, of all its threads, in steps of 10 ms.
    pub cpu_us: u64,
    pub resident_bytes: u64,
    pub threads: u64,
    /// In clock ticks since the boot: tells a process from another that got its number later.
    pub started_ticks: u64,
}

impl ProcessUsage {
    /// `None` where there is no such process (any more).
    pub fn of(pid: u32) -> Option<Self> {
        Self::read(&pid.to_string())
    }

    /// That of this process.
    pub fn own() -> Option<Self> {
        Self::read("self")
    }

    fn read(process: &str) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        Self::parse(&stat, clock_ticks_per_second(), page_size() as u64)
    }

    /// The name, in brackets, may hold anything, brackets too; the state after it is field 3 of `man proc_pid_stat`.
    fn parse(stat: &str, ticks_per_second: u64, page_size: u64) -> Option<Self> {
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        // A dead process that nobody waited for has an entry still.
        if fields.first() == Some(&"Z") {
            return None;
        }
        let ticks = field(14)?.saturating_add(field(15)?);
        Some(Self {
            cpu_us: ticks.saturating_mul(1_000_000) / ticks_per_second.max(1),
            resident_bytes: field(24)?.saturating_mul(page_size),
            threads: field(20)?,
            started_ticks: field(22)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4242 (a) (b 7) S 1 1 1 0 -1 4194304 100 0 0 0 150 50 9 9 20 0 7 0 123456 1000000 2048 18446744073709551615 1 1 0";

    #[test]
    fn a_name_full_of_brackets_moves_no_field() {
        let usage = ProcessUsage::parse(STAT, 100, 4_096).unwrap();
        let told = ProcessUsage { cpu_us: 2_000_000, resident_bytes: 2_048 * 4_096, threads: 7, started_ticks: 123_456 };
        assert_eq!(usage, told);
        assert_eq!(ProcessUsage::parse(&STAT.replace(") S", ") Z"), 100, 4_096), None);
        assert_eq!(ProcessUsage::parse("4242 (a) S 1 1", 100, 4_096), None);
    }

    #[test]
    fn this_process_uses_what_it_touches_and_burns() {
        let before = ProcessUsage::own().unwrap();
        let touched = vec![1u8; 32 << 20];
        let mut burnt = 0u64;
        while ProcessUsage::own().unwrap().cpu_us < before.cpu_us + 20_000 {
            burnt = touched.iter().fold(burnt, |sum, byte| sum.wrapping_add(u64::from(*byte)));
        }
        let after = ProcessUsage::of(std::process::id()).unwrap();
        assert!(after.resident_bytes >= 32 << 20, "{after:?} after {burnt}");
        assert_eq!(after.started_ticks, before.started_ticks);
    }

    #[test]
    fn no_process_uses_nothing() {
        assert_eq!(ProcessUsage::of(u32::MAX), None);
    }
}
