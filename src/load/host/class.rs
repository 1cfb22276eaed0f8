//! How the kernel schedules a thread.

use std::fmt;
use std::num::NonZeroU64;

use rustix::thread::set_current_timer_slack;
use serde::{Deserialize, Serialize};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// Above every ordinary thread, below the kernel's own (interrupts run at 50).
const PRIORITY: u8 = 10;
/// Nanoseconds by which the kernel may delay the end of a sleep so as to join it with others; its default is 50 us.
const TIMER_SLACK_NS: u64 = 1;

/// The class that a thread got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchedulingClass {
    /// SCHED_FIFO: runs as soon as it wakes, before all ordinary threads.
    Fifo { priority: u8 },
    /// SCHED_OTHER: shares the CPU with all others; `why` it got no better.
    Other { why: String },
}

impl SchedulingClass {
    /// Asks for SCHED_FIFO for this thread, and for sleeps that end exactly.
    pub(super) fn ask() -> Self {
        // Without it sleeps of an ordinary thread end 50 us late, which the slip shows.
        let _ = set_current_timer_slack(NonZeroU64::new(TIMER_SLACK_NS));
        match ask_for_fifo() {
            Ok(()) => Self::Fifo { priority: PRIORITY },
            Err(why) => Self::Other { why },
        }
    }
}

fn ask_for_fifo() -> Result<(), String> {
    let priority = ThreadPriorityValue::try_from(PRIORITY)?;
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(priority), policy).map_err(|error| match error {
        thread_priority::Error::OS(code) => {
            format!("{}; it takes CAP_SYS_NICE or `ulimit -r {PRIORITY}`", std::io::Error::from_raw_os_error(code))
        }
        other => format!("{other:?}"),
    })
}

impl fmt::Display for SchedulingClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fifo { priority } => write!(f, "SCHED_FIFO, priority {priority}"),
            Self::Other { why } => write!(f, "SCHED_OTHER ({why})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's own word for the class of this thread: the 41st field of its `stat`, 0 for SCHED_OTHER, 1 for SCHED_FIFO.
    fn policy_by_the_kernel() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit(')').next().unwrap().split_whitespace().nth(38).unwrap().to_owned()
    }

    #[test]
    fn the_class_that_is_said_is_the_one_that_the_kernel_says() {
        let told = std::thread::spawn(|| (SchedulingClass::ask(), policy_by_the_kernel())).join().unwrap();
        match told {
            (SchedulingClass::Fifo { .. }, policy) => assert_eq!(policy, "1"),
            (SchedulingClass::Other { why }, policy) => {
                assert_eq!(policy, "0");
                assert!(why.contains("CAP_SYS_NICE"), "{why}");
            }
        }
    }
}
