//! How much memory the process really uses.

use std::fs;

/// Bytes of the process that are in memory; `None` where the system does not say.
/// From `VmRSS` of `/proc/self/status`, in kilobytes: `/proc/self/statm` counts pages, whose size differs between machines (64 KiB on some ARM kernels).
pub fn resident_bytes() -> Option<u64> {
    fs::read_to_string("/proc/self/status").ok().as_deref().and_then(resident_in)
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_touched_is_resident() {
        const TOUCHED: usize = 64 << 20;
        let touched = vec![1u8; TOUCHED];
        let resident = resident_bytes().unwrap();
        assert!(resident >= TOUCHED as u64 && resident < 1 << 40, "{resident} with {} bytes touched", touched.len());
    }

    #[test]
    fn what_is_not_there_is_unknown() {
        assert_eq!(resident_in("Name:\tshasta\nVmRSS:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(resident_in("Name:\tshasta\n"), None);
        assert_eq!(resident_in("VmRSS:\tmuch\n"), None);
    }
}
