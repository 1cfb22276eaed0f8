//! Laws over generated groups.

use proptest::prelude::*;
use shasta::core::lag::{Change, Kind, Severity};

use super::outcome::run;
use super::scenario::{HOUR, Scenario, daily};

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_catches_up_is_not_called_for_falling_behind(
        seed: u64, partitions in 1usize..6, rate in 0.5f64..2_000.0, stop_s in 600.0f64..7_200.0, capacity in 0.8f64..6.0, noise in 0.0f64..0.1,
    ) {
        let stops = move |time: f64| (HOUR..HOUR + stop_s).contains(&time);
        let scenario = Scenario {
            partitions,
            rate,
            noise,
            ingest: Box::new(daily),
            capacity: Box::new(move |time| if stops(time) { 0.0 } else { capacity }),
            ..Scenario::new("drains", 5.0)
        };
        let outcome = run(&scenario, seed);
        let mut before = None;
        for event in outcome.events.iter().filter(|event| event.incident == "c/g/progress/t") {
            let calls = event.severity == Severity::Page && before != Some(Severity::Page) && event.kind == Kind::FallingBehind;
            let catches_up = event.speed.is_some_and(|speed| speed > 1.0);
            // Of a group whose oldest partition catches up another one may well fall behind: then it is told alone.
            let is_whole = event.partitions.len() == event.of;
            prop_assert!(!(calls && catches_up && is_whole), "{event:?}");
            before = Some(event.severity).filter(|_| event.event != Change::Close);
        }
    }

    #[test]
    fn enough_capacity_is_quiet(
        seed: u64, partitions in 1usize..8, rate in 0.01f64..5_000.0, commit_s in 1.0f64..300.0, missing in 0.0f64..0.1, clock_s in -5.0f64..5.0,
    ) {
        let scenario = Scenario {
            partitions,
            rate,
            commit_s,
            missing,
            clock_s,
            ingest: Box::new(daily),
            capacity: Box::new(|_| 1.3 * 1.6),
            ..Scenario::new("well", 4.0)
        };
        let outcome = run(&scenario, seed);
        prop_assert!(outcome.events.is_empty(), "{:#?}", outcome.story());
    }
}
