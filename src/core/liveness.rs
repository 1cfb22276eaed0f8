//! Whether a partition's task is alive: it is, as long as it gets on, has nothing to do, or waits for something that it can name and
//! tries again. Anything else for longer than the limit is a stall, and the process should end.

/// The last sign of life of one partition's task. Times are milliseconds of one monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liveness {
    limit_ms: u64,
    sign: Sign,
    at_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Progress,
    NothingToDo,
    Try(&'static str),
}

/// What to make of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Alive,
    /// It waits for this, and its last try is young.
    Waiting(&'static str),
    /// No sign of life since then.
    Stalled {
        since_ms: u64,
    },
}

impl Liveness {
    /// A task that begins now; `limit_ms` is how long it may go without a sign of life.
    pub fn new(limit_ms: u64, now_ms: u64) -> Self {
        Self { limit_ms, sign: Sign::Progress, at_ms: now_ms }
    }

    /// The position moved.
    pub fn progressed(&mut self, now_ms: u64) {
        self.show(Sign::Progress, now_ms);
    }

    /// A poll found nothing, and nothing is known to wait. A poll that finds nothing while the log's end is known to be ahead is no
    /// sign of life: a fetcher that went silent looks like that.
    pub fn nothing_to_do(&mut self, now_ms: u64) {
        self.show(Sign::NothingToDo, now_ms);
    }

    /// One more try of something that must succeed before the task can go on: out of memory, dead letters refused. `reason` is a fixed
    /// text, as it becomes a label. To be told at every try, not once.
    pub fn tried(&mut self, reason: &'static str, now_ms: u64) {
        self.show(Sign::Try(reason), now_ms);
    }

    /// A sign of life counts up to the limit, the limit included.
    pub fn verdict(&self, now_ms: u64) -> Verdict {
        if now_ms.saturating_sub(self.at_ms) > self.limit_ms {
            return Verdict::Stalled { since_ms: self.at_ms };
        }
        match self.sign {
            Sign::Progress | Sign::NothingToDo => Verdict::Alive,
            Sign::Try(reason) => Verdict::Waiting(reason),
        }
    }

    fn show(&mut self, sign: Sign, now_ms: u64) {
        self.sign = sign;
        self.at_ms = self.at_ms.max(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 60_000;

    #[test]
    fn progress_within_the_limit_is_life() {
        let mut liveness = Liveness::new(LIMIT, 1_000);
        assert_eq!(liveness.verdict(61_000), Verdict::Alive);
        assert_eq!(liveness.verdict(61_001), Verdict::Stalled { since_ms: 1_000 });
        liveness.progressed(50_000);
        assert_eq!(liveness.verdict(61_001), Verdict::Alive);
        assert_eq!(liveness.verdict(110_001), Verdict::Stalled { since_ms: 50_000 });
    }

    #[test]
    fn an_idle_partition_lives_as_long_as_it_is_polled() {
        let mut liveness = Liveness::new(LIMIT, 0);
        for now_ms in (0..10 * LIMIT).step_by(1_000) {
            liveness.nothing_to_do(now_ms);
            assert_eq!(liveness.verdict(now_ms), Verdict::Alive);
        }
        assert!(matches!(liveness.verdict(11 * LIMIT), Verdict::Stalled { .. }), "a task that hangs after an idle poll is not idle");
    }

    #[test]
    fn a_named_wait_is_no_stall_while_its_tries_are_young() {
        let mut liveness = Liveness::new(LIMIT, 0);
        for now_ms in (0..10 * LIMIT).step_by(30_000) {
            liveness.tried("redis out of memory", now_ms);
            assert_eq!(liveness.verdict(now_ms + 29_999), Verdict::Waiting("redis out of memory"));
        }
        let last_try = 10 * LIMIT - 30_000;
        assert_eq!(liveness.verdict(last_try + LIMIT + 1), Verdict::Stalled { since_ms: last_try });
        liveness.progressed(11 * LIMIT);
        assert_eq!(liveness.verdict(11 * LIMIT), Verdict::Alive);
    }

    #[test]
    fn work_that_came_after_an_idle_poll_has_the_whole_limit_from_that_poll() {
        let mut liveness = Liveness::new(LIMIT, 0);
        liveness.nothing_to_do(30_000);
        assert_eq!(liveness.verdict(90_000), Verdict::Alive);
        assert_eq!(liveness.verdict(90_001), Verdict::Stalled { since_ms: 30_000 });
    }

    #[test]
    fn a_look_from_before_the_last_sign_is_no_stall() {
        let mut liveness = Liveness::new(LIMIT, 100_000);
        assert_eq!(liveness.verdict(0), Verdict::Alive);
        liveness.tried("dead letters refused", 50_000);
        assert_eq!(liveness.verdict(160_000), Verdict::Waiting("dead letters refused"), "time does not go back");
    }
}
