use super::dispersion::{BLOCK_US, blocks, dispersion};
use super::miss::{Cause, Miss};
use super::objective::Objective;
use super::poisson::{lower_bound, upper_bound};
use super::stalls::{Clusters, stalls};

/// What a run says about its objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    Inconclusive,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// The evidence of a run.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'run> {
    /// The counted events, sent or not.
    pub scheduled: u64,
    /// From [`super::Ledger::misses`], in the order of their intended time.
    pub misses: &'run [Miss],
    /// Where counting begins, in microseconds from the start of the run.
    pub begin_us: i64,
    /// Where it ends.
    pub end_us: i64,
    /// When the load host itself did not run, (begin, end).
    pub hiccups: &'run [(i64, i64)],
}

/// A verdict with all that it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// One sentence.
    pub why: String,
    pub objective: Objective,
    pub scheduled: u64,
    pub missed: u64,
    /// How many of each, in the order of [`Cause::ALL`].
    pub causes: [u64; 6],
    /// How many may miss.
    pub allowed: f64,
    /// At least 1: by how much bursts widen the bounds.
    pub dispersion: f64,
    /// The bounds, one-sided 95 % each, of the number of misses to be expected.
    pub plausible: (f64, f64),
    /// A stall of less than ten seconds without which the run would have kept the objective.
    pub decided_by_one_stall: bool,
    pub clusters: Clusters,
}

/// Judges by counting misses out of all scheduled events, never by an estimated percentile.
///
/// A count of `k` out of `n` that comes in bursts is worth `k / dispersion` independent ones: the Poisson bounds of that number, times the
/// dispersion, bound the expected misses. PASS if even the upper bound is allowed, FAIL if even the lower one is not. One stall shorter than
/// a block that alone makes the difference is INCONCLUSIVE, however many events it hit: it happened once. What lasts longer than a block is
/// no stall but an outage, and counts as it is.
///
/// A PASS knows only of bursts that happened: a run that is too short to meet a rare stall passes without it.
pub fn judge(objective: Objective, evidence: &Evidence<'_>) -> Judgement {
    let blocks = blocks(evidence.misses, evidence.begin_us, evidence.end_us);
    let clusters = Clusters::of(evidence.misses, &blocks, evidence.hiccups);
    let all_stalls = stalls(evidence.misses, &[]);
    let dispersion = dispersion(&blocks, all_stalls.iter().map(|stall| stall.events));
    let missed = evidence.misses.len() as u64;
    let effective = missed as f64 / dispersion;
    let plausible = (lower_bound(effective) * dispersion, upper_bound(effective) * dispersion);
    let allowed = objective.allowed(evidence.scheduled);
    let decided_by_one_stall = plausible.1 > allowed && one_stall_decides(&clusters, missed, plausible.0, allowed);
    let verdict = verdict(plausible, allowed, decided_by_one_stall);
    let mut judgement = Judgement {
        verdict,
        why: String::new(),
        objective,
        scheduled: evidence.scheduled,
        missed,
        causes: Cause::ALL.map(|cause| evidence.misses.iter().filter(|miss| miss.cause == cause).count() as u64),
        allowed,
        dispersion,
        plausible,
        decided_by_one_stall,
        clusters,
    };
    judgement.why = judgement.explain();
    judgement
}

fn verdict(plausible: (f64, f64), allowed: f64, decided_by_one_stall: bool) -> Verdict {
    let (lower, upper) = plausible;
    if upper <= allowed {
        Verdict::Pass
    } else if lower > allowed && !decided_by_one_stall {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    }
}

fn one_stall_decides(clusters: &Clusters, missed: u64, lower: f64, allowed: f64) -> bool {
    clusters.largest.is_some_and(|stall| {
        let without = missed - stall.events;
        // One event too many is no stall worth telling, unless it would fail the run.
        let matters = stall.events > 1 || lower > allowed;
        matters && stall.end_us - stall.begin_us < BLOCK_US && missed as f64 > allowed && without as f64 <= allowed
    })
}

#[cfg(test)]
mod tests {
    use super::{Cause, Evidence, Judgement, Miss, Objective, Verdict, judge};

    const MINUTE_US: i64 = 60_000_000;

    fn at(intended_us: i64) -> Miss {
        Miss { intended_us, until_us: intended_us + 150_000, cause: Cause::Slow }
    }

    fn spread_evenly(count: i64) -> Vec<Miss> {
        (0..count).map(|index| at(MINUTE_US / count.max(1) * index + 1_000)).collect()
    }

    fn stall(begin_us: i64, events: i64) -> Vec<Miss> {
        (0..events).map(|event| at(begin_us + event * 1_000)).collect()
    }

    fn judged(misses: &[Miss]) -> Judgement {
        let objective: Objective = "p99.99<100ms".parse().unwrap();
        judge(objective, &Evidence { scheduled: 60_000, misses, begin_us: 0, end_us: MINUTE_US, hiccups: &[(5_040_000, 5_060_000)] })
    }

    #[test]
    fn independent_misses_pass_up_to_one_and_fail_from_eleven_on() {
        for count in 0..=40 {
            let expected = match count {
                0..=1 => Verdict::Pass,
                2..=10 => Verdict::Inconclusive,
                _ => Verdict::Fail,
            };
            let judgement = judged(&spread_evenly(count));
            assert_eq!(judgement.verdict, expected, "{count}: {}", judgement.why);
        }
    }

    #[test]
    fn one_stall_that_decides_alone_is_inconclusive() {
        for events in [8, 11, 100, 1_000, 9_000] {
            let judgement = judged(&stall(5_000_000, events));
            assert_eq!(judgement.verdict, Verdict::Inconclusive, "{events}: {}", judgement.why);
            assert!(judgement.decided_by_one_stall && judgement.why.contains("one stall decides alone"), "{}", judgement.why);
        }
        let with_company = [at(1_000_000), at(31_000_000)].into_iter().chain(stall(45_000_000, 300)).collect::<Vec<_>>();
        assert_eq!(judged(&with_company).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn stalls_that_come_back_fail() {
        let each_ten_seconds: Vec<Miss> = (0..6).flat_map(|block| stall(block * 10_000_000 + 3_000_000, 100)).collect();
        assert_eq!(judged(&each_ten_seconds).verdict, Verdict::Fail);
        let three: Vec<Miss> = [5, 25, 45].into_iter().flat_map(|second| stall(second * 1_000_000, 100)).collect();
        assert_eq!(judged(&three).verdict, Verdict::Fail);
    }

    #[test]
    fn two_small_bursts_are_two_pieces_of_evidence() {
        let judgement = judged(&[stall(15_000_000, 8), stall(45_000_000, 8)].concat());
        assert!(!judgement.decided_by_one_stall);
        assert_eq!(judgement.verdict, Verdict::Inconclusive, "{}", judgement.why);
        assert_eq!(judged(&spread_evenly(16)).verdict, Verdict::Fail);
    }

    #[test]
    fn an_outage_is_no_stall() {
        let half_the_run = stall(20_000_000, 30_000);
        assert_eq!(judged(&half_the_run).verdict, Verdict::Fail);
        assert_eq!(judged(&stall(0, 60_000)).verdict, Verdict::Fail);
    }

    #[test]
    fn the_sentence_names_numbers_and_causes() {
        let mut misses = spread_evenly(12);
        misses[3].cause = Cause::Lost;
        let judgement = judged(&misses);
        assert_eq!(judgement.causes, [11, 1, 0, 0, 0, 0]);
        assert_eq!(
            judgement.why,
            "12 of 60000 events missed p99.99<100ms, 6 may; not even the 6.9 that are plausible at 95 % would be allowed (11 slow, 1 lost)"
        );
    }

    #[test]
    fn a_run_that_can_not_prove_its_objective_says_so() {
        let objective: Objective = "p99.99<100ms".parse().unwrap();
        let judgement = judge(objective, &Evidence { scheduled: 10_000, misses: &[], begin_us: 0, end_us: MINUTE_US, hiccups: &[] });
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert!(judgement.why.contains("too few events"), "{}", judgement.why);
    }

    #[test]
    fn one_slow_event_does_not_fail_a_run_that_is_too_short() {
        let objective: Objective = "p99.99<100ms".parse().unwrap();
        let judgement = judge(objective, &Evidence { scheduled: 300, misses: &[at(7)], begin_us: 0, end_us: 3_000_000, hiccups: &[] });
        assert!(judgement.plausible.0 > judgement.allowed);
        assert_eq!(judgement.verdict, Verdict::Inconclusive, "{}", judgement.why);
        assert!(!judged(&spread_evenly(7)).decided_by_one_stall);
    }

    #[test]
    fn clusters_say_when_and_whether_the_host_itself_slept() {
        let misses = [stall(5_000_000, 50), stall(41_000_000, 20), vec![at(55_000_000)]].concat();
        let clusters = judged(&misses).clusters;
        assert_eq!((clusters.windows, clusters.windows_with_misses, clusters.stalls, clusters.stalls_with_hiccup), (6, 3, 3, 1));
        let first = clusters.listed[0];
        assert_eq!((first.begin_us, first.end_us, first.until_us, first.events), (5_000_000, 5_049_000, 5_199_000, 50));
        assert!(first.with_hiccup && clusters.largest == Some(first));
    }
}
