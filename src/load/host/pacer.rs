//! Open-loop pacing: each event is called when it is due, whatever became of those before.

use serde::{Deserialize, Serialize};

use super::background::{Background, StopFlag};
use super::class::SchedulingClass;
use super::error::HostError;
use super::monotonic::Monotonic;
use super::run_delay::RunDelay;

const NAME: &str = "load-pacer";
/// At high rates events that come due within so many microseconds share one wake-up: at most 20,000 wake-ups a second.
const TOGETHER_US: i64 = 50;

/// What the called function says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continue {
    Continue,
    /// This event was the last to be called.
    Stop,
}

/// Why pacing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// All events were called.
    Finished,
    /// The called function said [`Continue::Stop`].
    ByCall,
    /// [`PacerHandle::stop`].
    Stopped,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacerSummary {
    pub class: SchedulingClass,
    pub ended: Ended,
    /// Events that were called.
    pub called: u64,
    /// How often the thread slept; below `called` where events came together or late.
    pub sleeps: u64,
    /// The largest delay of a call after the moment it was due, in microseconds.
    pub largest_slip_us: i64,
    /// The two things that a slip is made of, each at its worst, in microseconds: the thread woke up late, or the call before held it up.
    pub latest_wake_us: i64,
    pub longest_call_us: i64,
    /// How long the thread was ready to run and had no processor, and how long it paced in all, in microseconds.
    pub run_delay_us: u64,
    pub paced_us: i64,
}

impl PacerSummary {
    /// Of nothing yet.
    const fn of(class: SchedulingClass) -> Self {
        let ended = Ended::Finished;
        Self { class, ended, called: 0, sleeps: 0, largest_slip_us: 0, latest_wake_us: 0, longest_call_us: 0, run_delay_us: 0, paced_us: 0 }
    }
}

/// Paces a schedule.
#[derive(Debug)]
pub struct Pacer;

/// The running pacer. It is stopped when this is dropped.
#[derive(Debug)]
pub struct PacerHandle(Background<PacerSummary>);

impl Pacer {
    /// Calls `call(event, sent_us)` for each event of the schedule, in its order, never before it is due, on a thread of its own. `sent_us` is the moment just before the call.
    ///
    /// An event that is due already is called at once and none is left out, so a `call` that takes long delays those after it: it must only hand over.
    /// Moments must not decrease; one that does is due already.
    ///
    /// # Errors
    /// [`HostError::Thread`]
    pub fn spawn<T, S, C>(clock: Monotonic, schedule: S, call: C) -> Result<PacerHandle, HostError>
    where
        S: IntoIterator<Item = (i64, T)> + Send + 'static,
        C: FnMut(T, i64) -> Continue + Send + 'static,
    {
        Background::spawn(NAME, move |stop| pace(&clock, schedule, call, stop)).map(PacerHandle)
    }
}

impl PacerHandle {
    /// Has it end before its next event, within 100 ms.
    pub fn stop(&self) {
        self.0.stop();
    }

    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// Waits for the end; blocks this thread.
    ///
    /// # Errors
    /// [`HostError::Broken`]
    pub fn join(self) -> Result<PacerSummary, HostError> {
        self.0.join()
    }
}

fn pace<T>(
    clock: &Monotonic,
    schedule: impl IntoIterator<Item = (i64, T)>,
    call: impl FnMut(T, i64) -> Continue,
    stop: &StopFlag,
) -> PacerSummary {
    let (began_us, waited_us) = (clock.now_us(), RunDelay::of_this_thread_us());
    let mut summary = pace_all(clock, schedule, call, stop);
    summary.paced_us = clock.now_us() - began_us;
    summary.run_delay_us = RunDelay::of_this_thread_us().saturating_sub(waited_us);
    summary
}

fn pace_all<T>(
    clock: &Monotonic,
    schedule: impl IntoIterator<Item = (i64, T)>,
    mut call: impl FnMut(T, i64) -> Continue,
    stop: &StopFlag,
) -> PacerSummary {
    let class = SchedulingClass::ask();
    let mut summary = PacerSummary::of(class);
    let (mut now_us, mut woken_us) = (clock.now_us(), i64::MIN);
    for (due_us, event) in schedule {
        if due_us > now_us {
            summary.sleeps += 1;
            let wake_us = due_us.max(woken_us.saturating_add(TOGETHER_US));
            stop.sleep_until(clock, wake_us);
            woken_us = clock.now_us();
            summary.latest_wake_us = summary.latest_wake_us.max(woken_us - wake_us);
        }
        if stop.is_set() {
            summary.ended = Ended::Stopped;
            return summary;
        }
        let sent_us = clock.now_us();
        summary.called += 1;
        summary.largest_slip_us = summary.largest_slip_us.max(sent_us - due_us);
        let next = call(event, sent_us);
        now_us = clock.now_us();
        summary.longest_call_us = summary.longest_call_us.max(now_us - sent_us);
        if next == Continue::Stop {
            summary.ended = Ended::ByCall;
            return summary;
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    type Called = (i64, i64);

    fn run(schedule: Vec<i64>) -> (PacerSummary, Vec<Called>) {
        let (send, receive) = mpsc::channel();
        let events = schedule.into_iter().map(|due_us| (due_us, due_us));
        let call = move |due_us, sent_us| {
            send.send((due_us, sent_us)).unwrap();
            Continue::Continue
        };
        let summary = Pacer::spawn(Monotonic::start(), events, call).unwrap().join().unwrap();
        (summary, receive.iter().collect())
    }

    #[test]
    fn every_event_is_called_in_order_and_none_early() {
        let schedule: Vec<i64> = (0..300).map(|event| event * 300).collect();
        let (summary, called) = run(schedule.clone());
        assert_eq!(called.iter().map(|(due_us, _)| *due_us).collect::<Vec<_>>(), schedule);
        assert!(called.iter().all(|(due_us, sent_us)| sent_us >= due_us), "{called:?}");
        assert!(called.is_sorted_by_key(|(_, sent_us)| *sent_us));
        assert_eq!((summary.ended, summary.called), (Ended::Finished, 300));
        assert_eq!(summary.largest_slip_us, called.iter().map(|(due_us, sent_us)| sent_us - due_us).max().unwrap());
    }

    #[test]
    fn what_is_due_already_is_called_at_once_and_never_left_out() {
        let (summary, called) = run(vec![-2_000_000; 1_000]);
        assert_eq!((called.len(), summary.sleeps), (1_000, 0));
        assert!(summary.largest_slip_us >= 2_000_000);
    }

    #[test]
    fn a_burst_shares_wake_ups() {
        let (summary, called) = run((0..20_000).collect());
        assert_eq!(called.len(), 20_000);
        assert!(called.iter().all(|(due_us, sent_us)| sent_us >= due_us));
        assert!(summary.sleeps <= 20_000 / TOGETHER_US.unsigned_abs() + 1, "{}", summary.sleeps);
    }

    #[test]
    fn the_call_may_end_it() {
        let schedule = (0..).map(|event: i64| (event, event));
        let call = |event, _| if event == 7 { Continue::Stop } else { Continue::Continue };
        let summary = Pacer::spawn(Monotonic::start(), schedule, call).unwrap().join().unwrap();
        assert_eq!((summary.ended, summary.called), (Ended::ByCall, 8));
    }

    #[test]
    fn a_call_that_takes_long_is_told_from_a_late_wake_up() {
        let clock = Monotonic::start();
        let call = move |event, sent_us| {
            if event == 1 {
                clock.sleep_until(sent_us + 300_000);
            }
            Continue::Continue
        };
        let summary = Pacer::spawn(clock, [(0, 0), (1_000, 1), (2_000, 2)], call).unwrap().join().unwrap();
        assert!(summary.longest_call_us >= 300_000 && summary.largest_slip_us >= 299_000, "{summary:?}");
        assert!(summary.latest_wake_us < summary.longest_call_us, "{summary:?}");
    }

    #[test]
    fn a_stop_ends_even_a_long_sleep() {
        let pacer = Pacer::spawn(Monotonic::start(), [(3_600_000_000, ())], |(), _| Continue::Continue).unwrap();
        pacer.stop();
        let summary = pacer.join().unwrap();
        assert_eq!((summary.ended, summary.called), (Ended::Stopped, 0));
    }

    #[test]
    fn a_call_that_panics_is_told() {
        let pacer = Pacer::spawn(Monotonic::start(), [(0, ())], |(), _| panic!("as meant")).unwrap();
        assert!(matches!(pacer.join(), Err(HostError::Broken { name: NAME })));
    }
}
