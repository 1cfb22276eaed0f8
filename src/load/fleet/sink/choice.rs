//! Which events have a fault: chosen by a seed, spread over the run, one fault each.

use std::collections::BTreeMap;
use std::ops::Range;

use super::faults::{InvalidFaults, SinkFaults};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    Lose,
    Double,
    Reorder,
    Corrupt,
    Fail,
    Unanswered,
}

/// The events with a fault. The run is cut into as many parts as there are faults, and in each part one event is hit; which fault it has is
/// shuffled. So none is hit twice and all kinds are spread.
pub(super) fn choose(faults: &SinkFaults, events: Range<u64>, seed: u64) -> Result<BTreeMap<u64, Fault>, InvalidFaults> {
    let (count, length) = (faults.events(), events.end.saturating_sub(events.start));
    if count > length {
        return Err(InvalidFaults::TooMany { faults: count, events: length });
    }
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut kinds = kinds(faults);
    chance.shuffle(&mut kinds);
    let edge = |part: u64| events.start + (u128::from(part) * u128::from(length) / u128::from(count.max(1))) as u64;
    let chosen = (0..).zip(kinds).map(|(part, kind)| (chance.u64(edge(part)..edge(part + 1)), kind));
    Ok(chosen.collect())
}

fn kinds(faults: &SinkFaults) -> Vec<Fault> {
    let counts = [
        (Fault::Lose, faults.lose),
        (Fault::Double, faults.double),
        (Fault::Reorder, faults.reorder),
        (Fault::Corrupt, faults.corrupt),
        (Fault::Fail, faults.fail),
        (Fault::Unanswered, faults.unanswered),
    ];
    counts.into_iter().flat_map(|(kind, count)| std::iter::repeat_n(kind, count as usize)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_as_many_as_asked_within_the_run_and_the_same_for_a_seed(
            lose in 0u64..9, double in 0u64..9, reorder in 0u64..9, seed: u64, start in 0u64..1_000, more in 0u64..500,
        ) {
            let faults = SinkFaults { lose, double, reorder, ..SinkFaults::default() };
            let events = start..start + faults.events() + more;
            let chosen = choose(&faults, events.clone(), seed).unwrap();
            let count = |kind| chosen.values().filter(|chosen| **chosen == kind).count() as u64;
            prop_assert_eq!((count(Fault::Lose), count(Fault::Double), count(Fault::Reorder)), (lose, double, reorder));
            prop_assert!(chosen.keys().all(|event| events.contains(event)));
            prop_assert_eq!(&chosen, &choose(&faults, events, seed).unwrap());
        }
    }

    #[test]
    fn faults_are_spread_over_the_run() {
        let faults = SinkFaults { lose: 10, ..SinkFaults::default() };
        let chosen = choose(&faults, 0..1_000, 3).unwrap();
        assert!((0..1_000).step_by(100).all(|start| chosen.range(start..start + 100).count() == 1), "{chosen:?}");
    }

    #[test]
    fn more_faults_than_events_is_an_error() {
        let faults = SinkFaults { lose: 3, ..SinkFaults::default() };
        assert_eq!(choose(&faults, 5..7, 0), Err(InvalidFaults::TooMany { faults: 3, events: 2 }));
    }
}
