//! What a partition says of itself, as the rules of lag take it.
//!
//! Committed is the position in Redis: what readers see, which is what the lag is about. Kafka's committed offset follows it at
//! `worker.commit_interval`. All that the position has passed is covered, but for what Kafka had deleted.

use crate::core::lag::Reading;
use crate::core::offset::NextOffset;
use crate::worker::status::Progress;

/// A partition's log; `None`: not asked for, or no answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    pub start: Option<NextOffset>,
    pub end: Option<NextOffset>,
}

/// When nothing waited last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    caught_up_s: Option<f64>,
}

impl Waiting {
    /// At `now_s`, seconds since 1970. Not known is `None`, never 0.
    pub fn reading(&mut self, progress: &Progress, log: &Log, now_s: f64) -> Reading {
        let mut reading = Reading {
            committed: progress.position.map(NextOffset::get),
            end: log.end.map(NextOffset::get),
            // What Kafka deleted above the position may be in the worker's queue: what is lost is known when it comes there.
            start: log.start.map(|start| progress.position.map_or(start, |position| start.min(position)).get()),
            owned: Some(true),
            covered: progress.position.map(|position| position.get() - progress.lost),
            lost: Some(progress.lost),
            ..Reading::default()
        };
        match waiting(&reading) {
            Some(0) => self.caught_up_s = Some(now_s),
            Some(_) => reading.timestamp = self.oldest_s(progress),
            None => {}
        }
        reading
    }

    /// The timestamp of the first record that waits: known of the one in hand. Else it is younger than the last one that was applied, and
    /// came in after nothing waited.
    fn oldest_s(&self, progress: &Progress) -> Option<f64> {
        let seconds = |ms: i64| ms as f64 / 1e3;
        let bounds = progress.applied_ms.map(seconds).into_iter().chain(self.caught_up_s);
        progress.in_hand_since_ms.map(seconds).or_else(|| bounds.reduce(f64::max))
    }
}

/// Records that wait, as far as both ends are known.
pub fn waiting(reading: &Reading) -> Option<u64> {
    let waits = reading.end? - reading.committed?;
    Some(u64::try_from(waits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_700_000_000.0;

    fn at(offset: i64) -> Option<NextOffset> {
        NextOffset::at(offset)
    }

    fn log(end: i64) -> Log {
        Log { start: at(0), end: at(end) }
    }

    fn progress(position: i64) -> Progress {
        Progress { position: at(position), lost: 0, in_hand_since_ms: None, applied_ms: None }
    }

    #[test]
    fn the_position_is_what_is_committed_and_covered() {
        let reading = Waiting::default().reading(&Progress { lost: 30, ..progress(100) }, &log(150), NOW);
        assert_eq!((reading.committed, reading.end, reading.start), (Some(100), Some(150), Some(0)));
        assert_eq!((reading.covered, reading.lost, reading.owned), (Some(70), Some(30), Some(true)));
        assert_eq!(waiting(&reading), Some(50));
    }

    #[test]
    fn what_kafka_deleted_above_the_position_is_not_lost_before_the_worker_misses_it() {
        let log = Log { start: at(140), end: at(150) };
        assert_eq!(Waiting::default().reading(&progress(100), &log, NOW).start, Some(100));
        assert_eq!(Waiting::default().reading(&Progress { lost: 40, ..progress(140) }, &log, NOW).start, Some(140));
    }

    #[test]
    fn what_is_not_known_is_not_0() {
        let unread = Waiting::default().reading(&progress(100), &Log::default(), NOW);
        assert_eq!((unread.end, unread.timestamp, waiting(&unread)), (None, None, None));
        let unstarted = Waiting::default().reading(&Progress { position: None, ..progress(0) }, &log(150), NOW);
        assert_eq!((unstarted.committed, unstarted.covered, waiting(&unstarted)), (None, None, None));
    }

    #[test]
    fn the_record_in_hand_tells_how_old_the_oldest_is() {
        let in_hand = Progress { in_hand_since_ms: Some(1_699_999_000_000), applied_ms: Some(1_699_999_990_000), ..progress(100) };
        assert_eq!(Waiting::default().reading(&in_hand, &log(150), NOW).timestamp, Some(NOW - 1_000.0));
    }

    #[test]
    fn between_two_batches_of_a_backlog_the_last_applied_record_tells() {
        let between = Progress { applied_ms: Some(1_699_999_000_000), ..progress(100) };
        assert_eq!(Waiting::default().reading(&between, &log(150), NOW).timestamp, Some(NOW - 1_000.0));
    }

    #[test]
    fn a_record_that_comes_after_a_pause_is_not_as_old_as_the_pause() {
        let mut waiting = Waiting::default();
        let idle = Progress { applied_ms: Some(1_699_990_000_000), ..progress(150) };
        assert_eq!(waiting.reading(&idle, &log(150), NOW).timestamp, None, "nothing waits");
        assert_eq!(waiting.reading(&idle, &log(151), NOW + 2.0).timestamp, Some(NOW));
    }
}
