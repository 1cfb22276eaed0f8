use proptest::prelude::*;

use super::*;
use crate::core::properties::at_least;

fn pace(text: &str) -> Pace {
    text.parse().unwrap()
}

/// From, to and microseconds of each segment.
fn written_out(text: &str) -> Vec<(f64, f64, u64)> {
    pace(text).segments().iter().map(|segment| (segment.from(), segment.to(), segment.duration().as_micros() as u64)).collect()
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

const SECOND: u64 = 1_000_000;

#[test]
fn the_former_lists_are_read_as_they_were() {
    let expected = [(1000.0, 1000.0, 30), (1100.0, 1100.0, 30), (100.0, 100.0, 60), (2000.0, 2000.0, 30)];
    assert_eq!(written_out("1000:30,1100:30,100:60,2000:30"), expected.map(|(from, to, seconds)| (from, to, seconds * SECOND)));
    assert_eq!(pace("1000:30,1100:30,100:60,2000:30").events(), 129_000);
    assert_eq!(pace("1000:30,1100:30,100:60,2000:30").duration(), Duration::from_secs(150));
}

#[test]
fn every_form_of_a_segment_is_read() {
    let forms = [
        ("1000", (1000.0, 1000.0, 10 * SECOND)),
        ("0:60", (0.0, 0.0, 60 * SECOND)),
        ("0.5:30s", (0.5, 0.5, 30 * SECOND)),
        (".5:1.5", (0.5, 0.5, 1_500_000)),
        ("10:250us", (10.0, 10.0, 250)),
        ("10:500ms", (10.0, 10.0, 500_000)),
        ("10:5m", (10.0, 10.0, 300 * SECOND)),
        ("10:1h", (10.0, 10.0, 3_600 * SECOND)),
        ("10:1.5d", (10.0, 10.0, 129_600 * SECOND)),
        ("100-2000:5m", (100.0, 2000.0, 300 * SECOND)),
        ("2000-0.5:5", (2000.0, 0.5, 5 * SECOND)),
        ("0-100", (0.0, 100.0, 10 * SECOND)),
        ("  100 - 2000 : 5m ", (100.0, 2000.0, 300 * SECOND)),
        ("10000000:30d", (10_000_000.0, 10_000_000.0, 2_592_000 * SECOND)),
    ];
    for (text, segment) in forms {
        assert_eq!(written_out(text), [segment], "{text}");
    }
}

#[test]
fn repetitions_are_written_out_in_order() {
    let (five, ten) = ((0.0, 0.0, 5 * SECOND), (2000.0, 2000.0, 10 * SECOND));
    assert_eq!(written_out("0:5x3"), [five, five, five]);
    assert_eq!(written_out("2000x2"), [ten, ten]);
    assert_eq!(written_out("0:5s x2, 2000"), [five, five, ten]);
    assert_eq!(written_out("(0:5,2000:10)x2"), [five, ten, five, ten]);
    assert_eq!(written_out("(0:5,(2000)x2)x2,(0:5)"), [five, ten, ten, five, ten, ten, five]);
}

#[test]
fn a_pace_prints_as_briefly_as_it_was_put() {
    let printed = [
        ("1000", "1000:10s"),
        ("1000:90,5:120", "1000:90s,5:2m"),
        ("0.25 : 0.0005", "0.25:500us"),
        ("5-5:1d", "5:1d"),
        ("100-2000:1h x3", "100-2000:1hx3"),
        ("(0:5,(2000:10)x1)x4,1x1", "(0:5s,(2000:10s))x4,1:10s"),
    ];
    for (text, brief) in printed {
        assert_eq!(pace(text).to_string(), brief);
    }
}

#[test]
fn what_is_no_pace_is_refused_where_it_goes_wrong() {
    let unexpected = |expected, found| PaceProblem::Unexpected { expected, found };
    let (rate, ramp) = ("a rate in events per second", "the rate at the end of the ramp");
    let (duration, repeated) = ("a duration such as 30, 30s, 5m, 1h or 500ms", "how often it is repeated");
    let wrong = [
        ("", 1, unexpected(rate, None)),
        ("1000:30,", 9, unexpected(rate, None)),
        ("1000:30, ,5", 10, unexpected(rate, Some(','))),
        ("fast", 1, unexpected(rate, Some('f'))),
        ("-5", 1, unexpected(rate, Some('-'))),
        ("1.2.3", 1, unexpected(rate, Some('1'))),
        ("1e3", 2, unexpected("`,` or the end", Some('e'))),
        ("1000 30", 6, unexpected("`,` or the end", Some('3'))),
        ("5)", 2, unexpected("`,` or the end", Some(')'))),
        ("1-:5", 3, unexpected(ramp, Some(':'))),
        ("1:", 3, unexpected(duration, None)),
        ("1:-5", 3, unexpected(duration, Some('-'))),
        ("(1:5", 5, unexpected("`,` or `)`", None)),
        ("()", 2, unexpected(rate, Some(')'))),
        ("1x", 3, unexpected(repeated, None)),
        ("1x2x3", 4, unexpected("`,` or the end", Some('x'))),
        ("\u{a0}5,\u{a0}:", 5, unexpected(rate, Some(':'))),
        ("ünf", 1, unexpected(rate, Some('ü'))),
        ("1:5ü", 4, PaceProblem::UnknownUnit("ü".to_owned())),
        ("1:5M", 4, PaceProblem::UnknownUnit("M".to_owned())),
        ("1:5,2:5min", 8, PaceProblem::UnknownUnit("min".to_owned())),
        ("1,10000001", 3, PaceProblem::RateOutOfRange(10_000_001.0)),
        ("1-10000000.5:5", 1, PaceProblem::RateOutOfRange(10_000_000.5)),
        ("5:0", 1, PaceProblem::NoTime),
        ("5:0.4us", 1, PaceProblem::NoTime),
        ("1,5:31d", 5, PaceProblem::TooLong),
        ("5:16d,5:15d", 7, PaceProblem::TooLong),
        ("1,(5:16d)x2", 3, PaceProblem::TooLong),
        ("1:1,1:1x100000", 5, PaceProblem::TooManySegments),
        ("(1,((1:1us)x100000)x100000)x100000", 4, PaceProblem::TooManySegments),
        ("1x0", 3, PaceProblem::RepetitionOutOfRange),
        ("1x100001", 3, PaceProblem::RepetitionOutOfRange),
        ("1x99999999999999999999", 3, PaceProblem::RepetitionOutOfRange),
        ("(((((((((((((((((1)))))))))))))))))", 17, PaceProblem::TooDeep),
    ];
    for (text, column, problem) in wrong {
        let error = text.parse::<Pace>().unwrap_err();
        assert_eq!((error.column, &error.problem), (column, &problem), "{text}");
    }
}

#[test]
fn a_refusal_names_the_text_the_column_and_the_allowed_forms() {
    let told = "1000:30,fast".parse::<Pace>().unwrap_err().to_string();
    assert!(told.starts_with("pace `1000:30,fast`, column 9: expected a rate in events per second, found `f`; "), "{told}");
    assert!(told.contains("rate[:duration]") && told.contains("100-2000:5m") && told.contains("x4"), "{told}");
    let long = format!("{},fast", "1,".repeat(1_000)).parse::<Pace>().unwrap_err().to_string();
    assert!(long.len() < 500 && long.contains("column 2001"), "{long}");
}

#[test]
fn limits_are_reached_but_not_passed() {
    assert_eq!(pace("1:1sx100000").segments().len(), 100_000);
    assert_eq!(pace("10000000:30d").events(), 25_920_000_000_000);
    assert_eq!(Pace::constant(10_000_000.5, seconds(1.0)), Err(PaceProblem::RateOutOfRange(10_000_000.5)));
    assert!(matches!(Pace::constant(f64::NAN, seconds(1.0)), Err(PaceProblem::RateOutOfRange(_))));
    assert_eq!(Pace::constant(1.0, Duration::from_nanos(999)), Err(PaceProblem::NoTime));
    assert_eq!(Pace::constant(1.0, Duration::MAX), Err(PaceProblem::TooLong));
    assert_eq!(pace("1:20d").preceded_by(&pace("1:11d")), Err(PaceProblem::TooLong));
    assert_eq!(pace("1000").scaled(-1.0), Err(PaceProblem::RateOutOfRange(-1000.0)));
    assert_eq!(pace("1000").scaled(10_001.0), Err(PaceProblem::RateOutOfRange(10_001_000.0)));
}

#[test]
fn a_ramp_is_exact() {
    let up = pace("0-100:10");
    assert_eq!((up.events(), up.peak(), up.rate_at(seconds(2.5))), (500, 100.0, 25.0));
    assert_eq!(up.offered(seconds(5.0)), 125.0);
    assert_eq!(up.due(125.0), Some(seconds(5.0)));
    assert_eq!(up.due(0.0), Some(Duration::ZERO));
    assert_eq!(up.due(500.0), None);
    let down = pace("100-0:10");
    assert_eq!(down.due(375.0), Some(seconds(5.0)));
    // Here the rate is nearly 0, where an inverse is worst: 1 event before the end is sqrt(0.2) s before it.
    let near_end = down.due(499.0).unwrap().as_secs_f64();
    assert!((near_end - (10.0 - 0.2_f64.sqrt())).abs() < 2e-9, "{near_end}");
}

#[test]
fn what_falls_on_the_edge_of_a_pause_is_due_when_it_is_over() {
    let paused = pace("10:1,0:60,0:30,10:1,0:5");
    let due = |offered| paused.due(offered).map(|due| due.as_secs_f64());
    assert_eq!([due(0.0), due(9.5), due(10.0), due(15.0)], [0.0, 0.95, 91.0, 91.5].map(Some));
    assert_eq!([due(20.0), due(-0.1), due(f64::NAN)], [None; 3]);
    assert_eq!([0.5, 1.0, 40.0, 91.0, 91.5, 95.0, 99.0].map(|at| paused.offered(seconds(at))), [5.0, 10.0, 10.0, 10.0, 15.0, 20.0, 20.0]);
    assert_eq!([0.0, 1.0, 91.0, 92.0, 97.0].map(|at| paused.rate_at(seconds(at))), [10.0, 0.0, 10.0, 0.0, 0.0]);
    assert_eq!(pace("0:60").due(0.0), None);
}

#[test]
fn a_warm_up_is_at_the_first_rate_that_offers_anything() {
    let warmed = |text: &str| pace(text).warmed_up(seconds(10.0)).unwrap().to_string();
    assert_eq!(warmed("1000:30,2000:30"), "1000:10s,1000:30s,2000:30s");
    assert_eq!(warmed("0:5,200-100:30"), "200:10s,0:5s,200-100:30s");
    assert_eq!(warmed("0-1000:1m"), "500:10s,0-1000:1m");
    assert_eq!(warmed("0:5"), "0:5s");
    assert_eq!(pace("5:5").warmed_up(Duration::ZERO).unwrap(), pace("5:5"));
}

#[test]
fn scaling_keeps_the_shape() {
    assert_eq!(pace("(1000:30,0-10:5)x2").scaled(1.5).unwrap().to_string(), "(1500:30s,0-15:5s)x2");
    assert_eq!(pace("1000").scaled(0.0).unwrap(), pace("0"));
    assert_eq!(pace("0").scaled(-0.0).unwrap().to_string(), "0:10s");
}

fn segment_text() -> impl Strategy<Value = String> {
    let rate = prop_oneof![2 => (0..5_000_u32).prop_map(f64::from), 1 => 0.0..3_000.0, 1 => Just(0.0)];
    let unit = prop_oneof![Just(""), Just("s"), Just("ms"), Just("us"), Just("m")];
    (rate.clone(), prop::option::of(rate), 1..60_u32, unit).prop_map(|(from, to, length, unit)| match to {
        Some(to) => format!("{from}-{to}:{length}{unit}"),
        None => format!("{from}:{length}{unit}"),
    })
}

fn pace_text() -> impl Strategy<Value = String> {
    let repeated = (segment_text(), 1..4_u32).prop_map(|(segment, times)| format!("{segment}x{times}"));
    repeated.prop_recursive(3, 12, 4, |inner| {
        (prop::collection::vec(inner, 1..4), 1..3_u32).prop_map(|(terms, times)| format!("({})x{times}", terms.join(",")))
    })
}

proptest! {
    #![proptest_config(at_least(256))]

    #[test]
    fn no_text_makes_the_reader_fall(text in ".*") {
        if let Err(error) = text.parse::<Pace>() {
            prop_assert!(error.column <= text.chars().count() + 1);
        }
    }

    #[test]
    fn what_is_read_prints_as_what_is_read_as_the_same(text in "[0-9.:,x()smhud -]{0,24}") {
        if let Ok(read) = text.parse::<Pace>() {
            prop_assert_eq!(read.to_string().parse::<Pace>(), Ok(read));
        }
    }

    #[test]
    fn a_whole_pace_prints_as_what_is_read_as_the_same(text in pace_text(), factor in 0.0..3.0) {
        let read = pace(&text);
        prop_assert_eq!(read.to_string().parse::<Pace>(), Ok(read.clone()));
        let scaled = read.scaled(factor).unwrap();
        prop_assert_eq!(scaled.to_string().parse::<Pace>(), Ok(scaled));
    }

    #[test]
    fn due_is_the_inverse_of_offered(text in pace_text(), parts in prop::collection::vec(0.0..1.0, 1..20)) {
        let pace = pace(&text);
        for part in parts {
            let offered = part * pace.offered(pace.duration());
            let Some(due) = pace.due(offered) else { continue };
            prop_assert!(due <= pace.duration());
            // Due is cut to nanoseconds: at the highest rate here a nanosecond holds 5e-6 events.
            prop_assert!((pace.offered(due) - offered).abs() <= 1e-5 + offered * 1e-12, "{} at {:?} of {}", offered, due, pace);
        }
    }

    #[test]
    fn offered_grows_and_ends_at_the_sum_of_the_segments(text in pace_text(), mut parts in prop::collection::vec(0.0..1.0, 2..20)) {
        let pace = pace(&text);
        parts.sort_by(f64::total_cmp);
        let offered: Vec<f64> = parts.iter().map(|part| pace.offered(pace.duration().mul_f64(*part))).collect();
        prop_assert!(offered.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9 * pair[1]));
        let sum: f64 = pace.segments().iter().map(Segment::events).sum();
        prop_assert_eq!(pace.events(), sum.round() as u64);
        prop_assert!((pace.offered(pace.duration()) - sum).abs() <= 1e-9 * sum);
    }

    #[test]
    fn going_forward_gives_what_a_search_gives(text in pace_text(), parts in prop::collection::vec(0.0..1.1, 1..50)) {
        let pace = pace(&text);
        let mut begun = 0;
        let mut offered: Vec<f64> = parts.iter().map(|part| part * pace.total()).collect();
        // And at the edges of the segments, where a pause may lie.
        offered.extend(pace.starts.iter().map(|start| start.offered));
        offered.sort_by(f64::total_cmp);
        for offered in offered {
            prop_assert_eq!(pace.due_after(&mut begun, offered), pace.due(offered));
        }
    }
}
