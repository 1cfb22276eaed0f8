//! How far a partition is behind, and whether it falls further: what a worker says of itself.
//!
//! A partition falls behind where it consumes less than comes in, now and over the whole window, while records wait that are old enough
//! to matter. That a bit less is consumed only shows over a longer time; then a burst must be told from a slow bleed: after a burst the
//! last window is better than the one before.

use super::offset::NextOffset;
use super::rates::Buckets;

/// When a partition counts as falling behind, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagSettings {
    /// Over which rates are compared.
    pub window_ms: u64,
    /// How long consuming less than what comes in has to last.
    pub hold_ms: u64,
    /// Below this age of the oldest record that waits, nothing is falling behind.
    pub min_age_ms: u64,
}

/// One reading of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub position: NextOffset,
    /// The log's end; where only transaction markers are left to read, the position.
    pub end: NextOffset,
    /// The timestamp of the record at `position`, Unix milliseconds, where there is one and it is known.
    pub oldest_waiting_ms: Option<i64>,
}

/// What is known of a partition's lag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lag {
    /// The last reading failed, is too old, or there was none. Not zero.
    Unknown,
    Known(KnownLag),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownLag {
    /// Offsets between the position and the end.
    pub waiting: u64,
    /// The age of the oldest record that waits, 0 where none does; `None` where its timestamp is not known.
    pub age_ms: Option<u64>,
    /// Per second over the window before the last reading; `None` as long as there is too little of it.
    pub ingest: Option<f64>,
    pub consume: Option<f64>,
    pub falling_behind: bool,
}

/// The lag of one partition over time. `now_ms` is Unix time in milliseconds throughout, as records' timestamps are.
#[derive(Clone, Debug)]
pub struct PartitionLag {
    settings: LagSettings,
    last: Option<(u64, Reading)>,
    last_failed: bool,
    ingested: Buckets,
    consumed: Buckets,
    steep: Lasting,
    bleeding: Lasting,
    recovering: Lasting,
    falling_behind: bool,
}

// The short window in which a burst is over soon, and the long one in which a slow bleed shows: 30 s and 15 min at a window of 180 s.
const SHORTER: u64 = 6;
const LONGER: u64 = 5;
// Consuming this much less is falling behind at once; over the long window already a hundredth is.
const STEEP: f64 = 0.95;
const BLEED: f64 = 0.99;
// Consuming this much more is catching up, whatever the long window still holds.
const CATCHING_UP: f64 = 1.05;
// A reading older than this says nothing any more.
const UNKNOWN_AFTER_MS: u64 = 60_000;

impl PartitionLag {
    pub fn new(settings: LagSettings, now_ms: u64) -> Self {
        // A tenth of the short window: what a begun bucket adds to a rate stays below a tenth.
        let width_ms = settings.window_ms / SHORTER / 10;
        let buckets = Buckets::new(width_ms, settings.window_ms * LONGER, now_ms);
        Self {
            settings,
            last: None,
            last_failed: false,
            ingested: buckets.clone(),
            consumed: buckets,
            steep: Lasting::default(),
            bleeding: Lasting::default(),
            recovering: Lasting::default(),
            falling_behind: false,
        }
    }

    /// One more reading; `None` where it failed, which neither begins nor ends falling behind.
    pub fn observe(&mut self, reading: Option<Reading>, now_ms: u64) {
        self.last_failed = reading.is_none();
        let Some(reading) = reading else { return };
        match self.last {
            Some((at_ms, last)) if goes_on(&last, &reading) && now_ms.saturating_sub(at_ms) <= self.settings.window_ms => {
                self.ingested.add((reading.end.get() - last.end.get()).unsigned_abs(), now_ms);
                self.consumed.add((reading.position.get() - last.position.get()).unsigned_abs(), now_ms);
            }
            _ => self.restart(now_ms),
        }
        self.last = Some((now_ms, reading));
        self.judge(now_ms, age_ms(&reading, now_ms));
    }

    pub fn lag(&self, now_ms: u64) -> Lag {
        match self.last {
            Some((at_ms, reading)) if !self.last_failed && now_ms.saturating_sub(at_ms) <= UNKNOWN_AFTER_MS => Lag::Known(KnownLag {
                waiting: waiting(&reading),
                age_ms: age_ms(&reading, now_ms),
                ingest: self.ingested.rate(self.settings.window_ms, at_ms),
                consume: self.consumed.rate(self.settings.window_ms, at_ms),
                falling_behind: self.falling_behind,
            }),
            _ => Lag::Unknown,
        }
    }

    fn judge(&mut self, now_ms: u64, age_ms: Option<u64>) {
        let LagSettings { window_ms, hold_ms, min_age_ms } = self.settings;
        let (Some(age_ms), Some(now), Some(short)) = (age_ms, self.share(window_ms, now_ms), self.share(window_ms / SHORTER, now_ms))
        else {
            return;
        };
        let long = self.share(window_ms * LONGER, now_ms).filter(|_| self.ingested.covers(window_ms * LONGER, now_ms));
        let old = age_ms >= min_age_ms;
        let bleeds = long.is_some_and(|share| share < BLEED);

        let steep_ms = self.steep.lasts(old && now < STEEP && short < STEEP, now_ms);
        let bleeding_ms = self.bleeding.lasts(old && bleeds, now_ms);
        // Longer than the window: by then a burst has left it, and what is in it is the drain.
        let has_bled = bleeding_ms >= Some(window_ms + hold_ms) && now < 1.0;
        // Half of what it takes to begin, in age and in time, so that it does not flap.
        let moves = self.consumed.sum(window_ms / SHORTER, now_ms) > 0;
        let catches_up = now > CATCHING_UP || (now >= 1.0 && short >= 1.0 && !bleeds);
        let recovers = age_ms < min_age_ms / 2 || (moves && catches_up);
        let recovering_ms = self.recovering.lasts(recovers, now_ms);

        if steep_ms >= Some(hold_ms) || has_bled {
            self.falling_behind = true;
        } else if recovering_ms >= Some(hold_ms / 2) {
            self.falling_behind = false;
        }
    }

    /// Consumed per ingested over a window that has been counted for the short window at least; 1 where neither moved.
    fn share(&self, window_ms: u64, now_ms: u64) -> Option<f64> {
        let [ingested, consumed] = [&self.ingested, &self.consumed].map(|buckets| buckets.sum(window_ms, now_ms));
        let share = if ingested == consumed { 1.0 } else { consumed as f64 / ingested as f64 };
        self.ingested.covers(self.settings.window_ms / SHORTER, now_ms).then_some(share)
    }

    fn restart(&mut self, now_ms: u64) {
        self.ingested.restart(now_ms);
        self.consumed.restart(now_ms);
        (self.steep, self.bleeding, self.recovering) = Default::default();
    }
}

/// Since when a condition has held without a break.
#[derive(Clone, Copy, Debug, Default)]
struct Lasting {
    since_ms: Option<u64>,
}

impl Lasting {
    /// How long it has held; `None` where it does not.
    fn lasts(&mut self, holds: bool, now_ms: u64) -> Option<u64> {
        self.since_ms = holds.then(|| self.since_ms.unwrap_or(now_ms));
        self.since_ms.map(|since_ms| now_ms.saturating_sub(since_ms))
    }
}

/// False after a rewind, or where the log's end went back: rates over such a step mean nothing.
fn goes_on(last: &Reading, reading: &Reading) -> bool {
    reading.position >= last.position && reading.end >= last.end
}

fn waiting(reading: &Reading) -> u64 {
    u64::try_from(reading.end.get() - reading.position.get()).unwrap_or(0)
}

/// Producers' clocks may run ahead: a record from the future is of age 0.
fn age_ms(reading: &Reading, now_ms: u64) -> Option<u64> {
    if waiting(reading) == 0 {
        return Some(0);
    }
    reading.oldest_waiting_ms.map(|timestamp| u64::try_from(timestamp).map_or(now_ms, |timestamp| now_ms.saturating_sub(timestamp)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    const SETTINGS: LagSettings = LagSettings { window_ms: 180_000, hold_ms: 60_000, min_age_ms: 30_000 };
    // A day of Unix time that is on no round number.
    const START: u64 = 1_700_000_123_456;
    const STEP_S: u64 = 5;

    /// A partition that is fed and drained by rates per second, and looked at every 5 s.
    struct Trace {
        lag: PartitionLag,
        second: u64,
        ingested: f64,
        consumed: f64,
        /// When the log had how many records.
        log: VecDeque<(f64, u64)>,
        /// The seconds at which falling behind began and ended.
        changes: Vec<(u64, bool)>,
    }

    impl Trace {
        fn new() -> Self {
            Self {
                lag: PartitionLag::new(SETTINGS, START),
                second: 0,
                ingested: 0.0,
                consumed: 0.0,
                log: VecDeque::new(),
                changes: Vec::new(),
            }
        }

        /// For so many seconds, `ingest` and at most `capacity` records per second, as functions of the second.
        fn run(&mut self, seconds: u64, ingest: impl Fn(u64) -> f64, capacity: impl Fn(u64) -> f64) -> &mut Self {
            for second in self.second..self.second + seconds {
                self.ingested += ingest(second);
                self.log.push_back((self.ingested, second));
                self.consumed = self.ingested.min(self.consumed + capacity(second));
                if second % STEP_S == 0 {
                    self.observe(second);
                }
            }
            self.second += seconds;
            self
        }

        fn observe(&mut self, second: u64) {
            while self.log.front().is_some_and(|(count, _)| *count <= self.consumed) {
                self.log.pop_front();
            }
            let oldest = self.log.front().map(|(_, at)| (START + at * 1_000) as i64);
            // The log begins far above 0, so that a backlog can be given by a negative count.
            let at = |count: f64| NextOffset::at(1_000_000 + count as i64).unwrap();
            let reading = Reading { position: at(self.consumed), end: at(self.ingested), oldest_waiting_ms: oldest };
            self.lag.observe(Some(reading), START + second * 1_000);
            let before = self.changes.last().is_some_and(|(_, behind)| *behind);
            let behind = self.known(second).falling_behind;
            if behind != before {
                self.changes.push((second, behind));
            }
        }

        fn known(&self, second: u64) -> KnownLag {
            match self.lag.lag(START + second * 1_000) {
                Lag::Known(known) => known,
                Lag::Unknown => panic!("unknown at {second} s"),
            }
        }

        fn fail(&mut self, seconds: u64) -> &mut Self {
            self.second += seconds;
            self.lag.observe(None, START + self.second * 1_000);
            self
        }
    }

    /// Noise of the second, -1 to 1, the same in every run.
    fn noise(second: u64, seed: u64) -> f64 {
        let mixed = (second ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 40) as f64 / f64::from(1 << 23) - 1.0
    }

    #[test]
    fn a_partition_that_keeps_up_is_never_behind() {
        for seed in 0..5 {
            let mut trace = Trace::new();
            trace.run(7_200, |second| 100.0 + 50.0 * noise(second / 7, seed), |second| 150.0 + 40.0 * noise(second / 11, seed + 9));
            assert_eq!(trace.changes, []);
            let known = trace.known(7_199);
            assert!((known.ingest.unwrap() - 100.0).abs() < 15.0 && known.age_ms.unwrap() < 30_000, "{known:?}");
        }
    }

    #[test]
    fn an_idle_partition_is_never_behind() {
        let mut trace = Trace::new();
        trace.run(7_200, |second| f64::from(u8::from(second % 600 == 0)), |_| 1.0);
        assert_eq!(trace.changes, []);
        assert_eq!((trace.known(7_199).waiting, trace.known(7_199).age_ms), (0, Some(0)));
    }

    #[test]
    fn a_burst_that_drains_is_no_falling_behind() {
        for drain in [300.0, 120.0] {
            let mut trace = Trace::new();
            trace.run(1_000, |_| 100.0, |_| drain).run(10, |_| 2_000.0, |_| drain).run(3_000, |_| 100.0, |_| drain);
            assert_eq!(trace.changes, [], "at {drain}/s");
        }
    }

    #[test]
    fn an_outage_is_told_when_old_records_waited_for_the_hold_and_ends_with_the_drain() {
        let mut trace = Trace::new();
        trace.run(1_000, |_| 100.0, |_| 400.0).run(600, |_| 100.0, |_| 0.0).run(3_000, |_| 100.0, |_| 400.0);
        let [(began, true), (ended, false)] = trace.changes[..] else { panic!("{:?}", trace.changes) };
        assert!((1_090..=1_100).contains(&began), "began at {began}");
        assert!((1_630..=1_700).contains(&ended), "ended at {ended}");
    }

    #[test]
    fn an_outage_from_the_first_reading_on_is_told_too() {
        let mut trace = Trace::new();
        trace.run(300, |_| 100.0, |_| 0.0);
        assert!(matches!(trace.changes[..], [(90..=100, true)]), "{:?}", trace.changes);
    }

    #[test]
    fn a_blip_shorter_than_age_and_hold_is_not_told() {
        let mut trace = Trace::new();
        for _ in 0..20 {
            trace.run(300, |_| 100.0, |_| 400.0).run(45, |_| 100.0, |_| 0.0);
        }
        assert_eq!(trace.changes, []);
    }

    #[test]
    fn an_outage_does_not_end_because_nothing_comes_in_any_more() {
        let mut trace = Trace::new();
        trace.run(300, |_| 100.0, |_| 0.0).run(3_000, |_| 0.0, |_| 0.0);
        assert!(matches!(trace.changes[..], [(_, true)]), "{:?}", trace.changes);
        trace.run(300, |_| 0.0, |_| 400.0);
        assert!(matches!(trace.changes[..], [(_, true), (3_300..=3_340, false)]), "{:?}", trace.changes);
    }

    #[test]
    fn a_slow_bleed_is_told_once_and_with_noise() {
        for (seed, lasting, size) in (0..10).map(|seed| if seed < 5 { (seed, 5, 0.15) } else { (seed, 60, 0.05) }) {
            let rate = |mean: f64, seed| move |second| mean * (1.0 + size * noise(second / lasting, seed));
            let mut trace = Trace::new();
            trace.run(1_000, |_| 100.0, |_| 120.0).run(7_000, rate(100.0, seed), rate(97.0, seed + 100));
            let [(began, true)] = trace.changes[..] else { panic!("{:?}", trace.changes) };
            // A deficit of 3 % makes records 30 s old after about 1,000 s.
            assert!((2_000..=3_500).contains(&began), "began at {began}");
        }
    }

    #[test]
    fn a_backlog_that_shrinks_is_not_falling_behind() {
        let mut trace = Trace::new();
        trace.run(600, |_| 100.0, |_| 0.0).run(60, |_| 100.0, |_| 400.0);
        let waiting = trace.known(659).waiting;
        trace.run(100, |_| 100.0, |_| 400.0);
        let known = trace.known(759);
        assert!(known.waiting < waiting && !known.falling_behind && known.age_ms > Some(30_000), "{known:?}");
    }

    #[test]
    fn an_unknown_lag_is_unknown_and_changes_nothing() {
        let mut lag = PartitionLag::new(SETTINGS, START);
        assert_eq!(lag.lag(START), Lag::Unknown);
        lag.observe(None, START);
        assert_eq!(lag.lag(START), Lag::Unknown);

        let mut trace = Trace::new();
        trace.run(200, |_| 100.0, |_| 0.0);
        assert!(trace.known(199).falling_behind);
        assert_eq!(trace.lag.lag(START + 300_000), Lag::Unknown, "an old reading says nothing");
        trace.fail(10);
        assert_eq!(trace.lag.lag(START + 210_000), Lag::Unknown, "neither does a failed one");
        trace.fail(600).run(5, |_| 100.0, |_| 400.0);
        let known = trace.known(814);
        assert!(known.falling_behind && known.ingest.is_none(), "what is not known does not end it: {known:?}");
    }

    #[test]
    fn a_pause_in_a_drain_is_not_falling_behind_as_long_as_the_window_gained() {
        let mut trace = Trace::new();
        trace.consumed = -200_000.0;
        trace.log.push_back((0.0, 0));
        trace.run(300, |_| 100.0, |_| 400.0).run(100, |_| 100.0, |_| 0.0).run(300, |_| 100.0, |_| 400.0);
        assert_eq!(trace.changes, []);
    }

    #[test]
    fn a_moments_gain_does_not_end_it() {
        let mut trace = Trace::new();
        trace.run(400, |_| 100.0, |_| 90.0).run(5, |_| 100.0, |_| 560.0).run(15, |_| 100.0, |_| 0.0).run(100, |_| 100.0, |_| 90.0);
        assert!(matches!(trace.changes[..], [(300..=399, true)]), "{:?}", trace.changes);
    }

    #[test]
    fn an_age_that_is_not_known_is_not_zero() {
        let mut lag = PartitionLag::new(SETTINGS, START);
        let reading = |timestamp| Reading { position: NextOffset::ZERO, end: NextOffset::at(9).unwrap(), oldest_waiting_ms: timestamp };
        for (timestamp, age_ms) in [(None, None), (Some(START as i64 - 7), Some(7)), (Some(START as i64 + 7), Some(0))] {
            lag.observe(Some(reading(timestamp)), START);
            assert!(matches!(lag.lag(START), Lag::Known(KnownLag { age_ms: age, waiting: 9, .. }) if age == age_ms));
        }
    }

    #[test]
    fn a_rewind_starts_the_rates_again() {
        let mut trace = Trace::new();
        trace.run(600, |_| 100.0, |_| 400.0);
        trace.consumed = 0.0;
        trace.run(5, |_| 100.0, |_| 0.0);
        assert_eq!(trace.known(604).consume, None);
        trace.run(30, |_| 100.0, |_| 1_000.0);
        assert!((trace.known(634).consume.unwrap() - 1_000.0).abs() < 150.0, "{:?}", trace.known(634));
    }
}
