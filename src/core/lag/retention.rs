//! When retention deletes records that were never read.

use serde::{Deserialize, Serialize};

use super::history::Window;

/// What the topic keeps. `None`: for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    pub seconds: Option<f64>,
    /// Of one partition.
    pub bytes: Option<f64>,
}

/// The backlog of a partition, as retention sees it.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    pub records: f64,
    /// Of the oldest record that waits, by its own timestamp, in seconds.
    pub age: f64,
    /// Bytes of a record of this partition in the log, where they are known.
    pub bytes_per_record: Option<f64>,
}

impl Retention {
    /// Seconds until the first record that waits is deleted, at the pace of the window; `None`: never at this pace, or not known.
    pub fn time_to_loss(&self, backlog: &Backlog, window: &Window) -> Option<f64> {
        [self.by_time(backlog, window), self.by_bytes(backlog, window)].into_iter().flatten().min_by(f64::total_cmp)
    }

    fn by_time(&self, backlog: &Backlog, window: &Window) -> Option<f64> {
        let left = (self.seconds? - backlog.age).max(0.0);
        // A speed below 0 is a window in which an older record came to the head: no worse than standing still.
        (window.speed < 1.0).then(|| left / (1.0 - window.speed.max(0.0)))
    }

    /// By how much the backlog grows, not by all that comes in: a consumer that holds its distance loses nothing.
    fn by_bytes(&self, backlog: &Backlog, window: &Window) -> Option<f64> {
        let bytes_per_record = backlog.bytes_per_record?;
        let left = (self.bytes? - bytes_per_record * backlog.records).max(0.0);
        let grows = bytes_per_record * (window.ingest - window.consume);
        (grows > 0.0).then(|| left / grows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_comes_when_the_head_reaches_the_retention() {
        let retention = Retention { seconds: Some(1_000.0), bytes: Some(1_000_000.0) };
        let backlog = Backlog { records: 5_000.0, age: 400.0, bytes_per_record: Some(100.0) };
        let stopped = Window { seconds: 180.0, ingest: 10.0, consume: 0.0, speed: 0.0, aged: 180.0 };
        assert_eq!(retention.time_to_loss(&backlog, &stopped), Some(500.0), "by bytes");
        let by_time = Retention { bytes: None, ..retention };
        assert_eq!(by_time.time_to_loss(&backlog, &stopped), Some(600.0));
        let half = Window { speed: 0.5, consume: 5.0, ..stopped };
        assert_eq!(retention.time_to_loss(&backlog, &half), Some(1_000.0));
        let catching_up = Window { speed: 1.5, consume: 15.0, ..stopped };
        assert_eq!(retention.time_to_loss(&backlog, &catching_up), None);
        assert_eq!(Retention::default().time_to_loss(&backlog, &stopped), None);
    }
}
