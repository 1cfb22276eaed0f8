//! How long the threads of this process waited for a CPU though they could have run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

const THREADS: &str = "/proc/self/task";
/// Each takes about 10 us to ask.
const MOST_THREADS: usize = 1_024;

/// Adds up what `/proc/<pid>/task/<thread>/schedstat` says, also of threads that ended meanwhile.
#[derive(Debug)]
pub(super) struct RunDelay {
    threads: PathBuf,
    last_ns: HashMap<u32, u64>,
    total_ns: u64,
}

impl RunDelay {
    /// Of this process.
    pub fn own() -> Self {
        Self::below(Path::new(THREADS))
    }

    /// Microseconds that the calling thread has waited since it began; 0 where the kernel does not say.
    pub fn of_this_thread_us() -> u64 {
        let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        waited_ns(&text).unwrap_or(0) / 1_000
    }

    fn below(threads: &Path) -> Self {
        Self { threads: threads.to_owned(), last_ns: HashMap::new(), total_ns: 0 }
    }

    /// Microseconds of waiting since the start of the process, of the first 1,024 threads, without what a thread waited after it was last asked.
    pub fn read_us(&mut self) -> u64 {
        let entries = fs::read_dir(&self.threads).into_iter().flatten().flatten().take(MOST_THREADS);
        let waits: HashMap<u32, u64> = entries.filter_map(|entry| wait_ns(&entry.path())).collect();
        for (thread, wait_ns) in &waits {
            let before_ns = self.last_ns.get(thread).copied().unwrap_or_default();
            // Less than before is another thread with the number of one that ended.
            self.total_ns += if *wait_ns >= before_ns { wait_ns - before_ns } else { *wait_ns };
        }
        self.last_ns = waits;
        self.total_ns / 1_000
    }
}

/// The second number of `schedstat`: nanoseconds of waiting on a run queue.
fn wait_ns(thread: &Path) -> Option<(u32, u64)> {
    let number = thread.file_name()?.to_str()?.parse().ok()?;
    let text = fs::read_to_string(thread.join("schedstat")).ok()?;
    Some((number, waited_ns(&text)?))
}

fn waited_ns(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(directory: &Path, thread: u32, wait_ns: u64) {
        fs::create_dir_all(directory.join(thread.to_string())).unwrap();
        fs::write(directory.join(format!("{thread}/schedstat")), format!("99 {wait_ns} 7\n")).unwrap();
    }

    #[test]
    fn a_thread_that_ends_takes_nothing_back() {
        let threads = tempfile::tempdir().unwrap();
        let mut delay = RunDelay::below(threads.path());
        waited(threads.path(), 1, 5_000);
        waited(threads.path(), 2, 70_000);
        assert_eq!(delay.read_us(), 75);
        waited(threads.path(), 1, 6_000);
        fs::remove_dir_all(threads.path().join("2")).unwrap();
        assert_eq!(delay.read_us(), 76);
        waited(threads.path(), 1, 2_000);
        waited(threads.path(), 2, 1_000);
        assert_eq!(delay.read_us(), 79);
    }

    #[test]
    fn a_process_always_waited_a_little() {
        let mut delay = RunDelay::own();
        let before = delay.read_us();
        assert!(delay.read_us() >= before);
    }
}
