//! How many CPUs this process may use.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::thread::sched_getaffinity;
use serde::{Deserialize, Serialize};

const CGROUPS: &str = "/sys/fs/cgroup";

/// What bounds the CPU of this process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AllowedCpus {
    /// The CPUs that it may run on: all, or what `taskset` or a cpuset left.
    Affinity { cpus: usize },
    /// A quota of its cgroup, or of one around it.
    Quota { cpus: f64, file: PathBuf },
}

impl AllowedCpus {
    /// Those of this process now.
    pub fn now() -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let affinity = sched_getaffinity(None).map_or(1, |set| usize::try_from(set.count()).unwrap_or(1).max(1));
        match smallest_quota(Path::new(CGROUPS), &own) {
            Some((cpus, file)) if cpus < affinity as f64 => Self::Quota { cpus, file },
            _ => Self::Affinity { cpus: affinity },
        }
    }

    /// Seconds of CPU per second.
    pub const fn cpus(&self) -> f64 {
        match self {
            Self::Affinity { cpus } => *cpus as f64,
            Self::Quota { cpus, .. } => *cpus,
        }
    }
}

impl fmt::Display for AllowedCpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Affinity { cpus } => write!(f, "{cpus} CPUs"),
            Self::Quota { cpus, file } => write!(f, "{cpus:.2} CPUs ({})", file.display()),
        }
    }
}

/// The smallest quota from the process' own cgroup, of either version, up to the root, and the file that sets it.
fn smallest_quota(root: &Path, own: &str) -> Option<(f64, PathBuf)> {
    own.lines().flat_map(|line| directories(root, line)).filter_map(|directory| quota(&directory)).min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The directories that a line of `/proc/self/cgroup`, such as `0::/a/b` or `4:cpu,cpuacct:/a/b`, stands for.
/// In a container the path may be one of the host that can not be seen; the root is the container's own then.
fn directories(root: &Path, line: &str) -> Vec<PathBuf> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { return Vec::new() };
    let mounts = match controllers {
        "" => vec![root.to_owned(), root.join("unified")],
        some if some.split(',').any(|controller| controller == "cpu") => vec![root.join(some), root.join("cpu")],
        _ => return Vec::new(),
    };
    let path = Path::new(path.trim_start_matches('/'));
    mounts.iter().flat_map(|mount| path.ancestors().map(|ancestor| mount.join(ancestor))).collect()
}

/// In CPUs.
fn quota(directory: &Path) -> Option<(f64, PathBuf)> {
    let read = |name: &str| fs::read_to_string(directory.join(name)).ok();
    if let Some(text) = read("cpu.max") {
        let (quota, period) = text.trim().split_once(' ')?;
        return Some((share(quota, period)?, directory.join("cpu.max")));
    }
    let (quota, period) = (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?);
    Some((share(quota.trim(), period.trim())?, directory.join("cpu.cfs_quota_us")))
}

/// `None` where there is no limit, which is `max` or -1.
fn share(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn the_smallest_quota_on_the_way_up_counts() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a/b/cpu.max", "max 100000\n");
        write(root.path(), "a/cpu.max", "150000 100000\n");
        write(root.path(), "other/cpu.max", "1000 100000\n");
        let found = smallest_quota(root.path(), "0::/a/b\n");
        assert_eq!(found, Some((1.5, root.path().join("a/cpu.max"))));
        assert_eq!(smallest_quota(root.path(), "0::/elsewhere\n"), None);
    }

    #[test]
    fn the_first_version_of_cgroups_is_read_too() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n");
        write(root.path(), "cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
        write(root.path(), "cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        write(root.path(), "cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        let own = "9:name=systemd:/a\n4:cpu,cpuacct:/a\n3:cpuset:/a\n0::/\n";
        assert_eq!(smallest_quota(root.path(), own).map(|(cpus, _)| cpus), Some(0.5));
    }

    #[test]
    fn a_container_sees_its_own_quota_at_the_root() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "cpu.max", "200000 100000");
        assert_eq!(smallest_quota(root.path(), "0::/docker/0123\n").map(|(cpus, _)| cpus), Some(2.0));
        assert_eq!(smallest_quota(root.path(), "nonsense\n\n0:\n"), None);
    }

    #[test]
    fn no_more_is_allowed_than_the_system_says() {
        let allowed = AllowedCpus::now();
        assert!(allowed.cpus() > 0.0 && allowed.cpus() <= std::thread::available_parallelism().unwrap().get() as f64 + 1.0, "{allowed}");
    }
}
