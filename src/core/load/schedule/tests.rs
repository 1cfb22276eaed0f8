use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::core::properties::at_least;

fn population(producers: u32) -> Population {
    Population::new(producers, 10, 3).unwrap()
}

fn schedule(pace: &str, model: Model, producers: u32, seed: u64) -> Schedule {
    Schedule::new(pace.parse().unwrap(), model, population(producers), seed)
}

fn burst_of(size: u32) -> Model {
    Model::Burst(NonZeroU32::new(size).unwrap())
}

fn moments(schedule: &Schedule) -> Vec<i64> {
    schedule.events().map(|due| due.at_us).collect()
}

fn by_producer(schedule: &Schedule) -> BTreeMap<u32, Vec<i64>> {
    let mut moments: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    schedule.events().for_each(|due| moments.entry(due.producer).or_default().push(due.at_us));
    moments
}

/// The chi-squared statistic of counts that should all be the same.
fn unevenness(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
}

#[test]
fn a_periodic_producer_sends_once_a_period() {
    let moments = by_producer(&schedule("1000:5", Model::Periodic, 1_000, 7));
    assert_eq!(moments.len(), 1_000);
    for moments in moments.values() {
        assert_eq!(moments.len(), 5);
        assert!(moments[0] < 1_000_000);
        assert!(moments.windows(2).all(|pair| (pair[1] - pair[0] - 1_000_000).abs() <= 1));
    }
}

#[test]
fn phases_are_spread_evenly_and_without_pattern() {
    let moments = moments(&schedule("10000:1", Model::Periodic, 10_000, 3));
    let mut counts = [0_u64; 50];
    moments.iter().for_each(|at_us| counts[(at_us / 20_000) as usize] += 1);
    // 49 degrees of freedom: below 23.98 or above 85.35 once in 1,000 times each.
    let unevenness = unevenness(&counts);
    assert!((23.98..85.35).contains(&unevenness), "{unevenness}");
}

#[test]
fn neighbours_in_number_are_no_neighbours_in_phase() {
    let first: Vec<f64> =
        by_producer(&schedule("1000:1", Model::Periodic, 1_000, 5)).values().map(|moments| moments[0] as f64 / 1e6).collect();
    let together: Vec<f64> = first.windows(2).map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5)).collect();
    // Uncorrelated, this mean has a standard deviation of 1 / (12 sqrt(999)) = 0.0026.
    let (mean, _) = mean_and_variance(&together);
    assert!(mean.abs() < 0.008, "{mean}");
}

#[test]
fn poisson_gaps_have_the_mean_and_variance_of_an_exponential() {
    let moments = moments(&schedule("1000:100", Model::Poisson, 50, 1));
    let gaps: Vec<f64> = moments.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let (mean, variance) = mean_and_variance(&gaps);
    // 100,000 gaps with mean 1,000 us: the mean is off by 3.2 us in the standard deviation, the variance by 0.9 %.
    assert!((mean - 1_000.0).abs() < 13.0, "{mean}");
    assert!((variance / 1e6 - 1.0).abs() < 0.036, "{variance}");
}

#[test]
fn poisson_counts_vary_as_much_as_their_mean() {
    let moments = moments(&schedule("1000:100", Model::Poisson, 50, 2));
    let mut counts = vec![0.0; 1_000];
    moments.iter().for_each(|at_us| counts[(at_us / 100_000) as usize] += 1.0);
    let (mean, variance) = mean_and_variance(&counts);
    assert!((variance / mean - 1.0).abs() < 0.18, "{}", variance / mean);
}

#[test]
fn poisson_draws_every_producer_as_often() {
    let counts: Vec<u64> = by_producer(&schedule("1000:100", Model::Poisson, 50, 3)).values().map(|moments| moments.len() as u64).collect();
    assert_eq!(counts.len(), 50);
    assert!((23.98..85.35).contains(&unevenness(&counts)), "{}", unevenness(&counts));
}

#[test]
fn a_jittered_event_stays_in_its_window_and_uses_all_of_it() {
    let (periodic, jittered) = (schedule("100:50", Model::Periodic, 100, 9), schedule("100:50", Model::Jitter(0.5), 100, 9));
    let (periodic, jittered) = (by_producer(&periodic), by_producer(&jittered));
    let mut shifts = Vec::new();
    for (producer, moments) in &jittered {
        let phase = periodic[producer][0];
        // The nearest periodic time, one period being 1 s.
        shifts.extend(moments.iter().map(|at_us| ((at_us - phase + 500_000).rem_euclid(1_000_000) - 500_000) as f64 / 1e6));
    }
    assert!(shifts.iter().all(|shift| shift.abs() <= 0.250_002));
    let (mean, variance) = mean_and_variance(&shifts);
    assert!(mean.abs() < 0.01 && (variance - 0.25 / 12.0).abs() < 0.001, "{mean} {variance}");
}

#[test]
fn jitter_leaves_the_first_and_the_last_moments_as_full_as_the_others() {
    let moments = moments(&schedule("10000:3", Model::Jitter(1.0), 10_000, 4));
    let mut counts = [0_u64; 60];
    moments.iter().for_each(|at_us| counts[(at_us / 50_000) as usize] += 1);
    // 500 expected in each, with a standard deviation of 22.
    assert!(counts.iter().all(|count| (400..600).contains(count)), "{counts:?}");
}

#[test]
fn no_jitter_and_a_burst_of_one_are_periodic() {
    let periodic: Vec<Due> = schedule("70:3,0:5,0-90:7", Model::Periodic, 13, 8).events().collect();
    for model in [Model::Jitter(0.0), burst_of(1)] {
        assert_eq!(schedule("70:3,0:5,0-90:7", model, 13, 8).events().collect::<Vec<_>>(), periodic);
    }
}

#[test]
fn a_burst_is_of_one_producer_at_one_instant_and_the_rate_is_kept() {
    let burst = schedule("1000:60", burst_of(50), 20, 8);
    let dues: Vec<Due> = burst.events().collect();
    for burst in dues.chunks(50) {
        assert!(burst.iter().all(|due| (due.at_us, due.producer) == (burst[0].at_us, burst[0].producer)));
        assert!(burst.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
    }
    assert_eq!(dues.len(), 60_000);
}

#[test]
fn events_follow_the_pace() {
    let text = "500:5,0:3,100-900:10,(300:1,1000:1)x3";
    let pace: Pace = text.parse().unwrap();
    for model in [Model::Periodic, Model::Poisson, Model::Jitter(0.3), burst_of(5)] {
        let moments = moments(&schedule(text, model, 40, 6));
        for second in 1..=24_u64 {
            let sent = moments.partition_point(|at_us| *at_us < second as i64 * 1_000_000) as f64;
            let offered = pace.offered(Duration::from_secs(second));
            assert!((sent - offered).abs() < 5.0 * offered.sqrt() + 40.0, "{model} by second {second}: {sent} of {offered}");
        }
        assert!(moments.iter().all(|at_us| !(5_000_000..8_000_000).contains(at_us)), "{model}: an event in the pause");
    }
}

#[test]
fn the_seed_decides_all() {
    for model in [Model::Periodic, Model::Poisson, Model::Jitter(0.3), burst_of(5)] {
        let with_seed = |seed| schedule("300:5", model, 40, seed).events().collect::<Vec<_>>();
        assert_eq!(with_seed(1), with_seed(1));
        assert_ne!(with_seed(1), with_seed(2));
    }
}

#[test]
fn a_recording_is_sent_as_it_was() {
    let replay = Replay::parse("0\n5,3\n5\n1000.25,3").unwrap();
    let recorded = Schedule::recorded(replay, population(4)).unwrap();
    let sent: Vec<_> = recorded.events().map(|due| (due.event, due.at_us, due.producer, due.sequence)).collect();
    assert_eq!(sent, [(0, 0, 0, 0), (1, 5_000, 3, 0), (2, 5_000, 2, 0), (3, 1_000_250, 3, 1)]);
    assert_eq!(recorded.len(), 4);
}

#[test]
fn who_is_not_there_is_refused() {
    let replay = Replay::parse("0\n# four producers\n5,4").unwrap();
    let error = Schedule::recorded(replay, population(4)).unwrap_err();
    assert_eq!(error, InvalidSchedule::UnknownProducer { line: 3, producer: 4, producers: 4 });
    let whole = schedule("10", Model::Periodic, 4, 1);
    assert_eq!(whole.share(2, 2).unwrap_err(), InvalidSchedule::UnknownHost { host: 2, hosts: 2 });
    assert_eq!(whole.share(0, 0).unwrap_err(), InvalidSchedule::UnknownHost { host: 0, hosts: 0 });
    assert_eq!(whole.share(4, 5).unwrap_err(), InvalidSchedule::IdleHost { host: 4, hosts: 5, producers: 4 });
}

#[test]
fn a_pace_of_nothing_has_no_event() {
    for model in [Model::Periodic, Model::Poisson, Model::Jitter(1.0), burst_of(5)] {
        assert!(schedule("0:60", model, 3, 1).is_empty());
        assert!(!schedule("1:60", model, 3, 1).is_empty());
    }
}

fn any_model() -> impl Strategy<Value = Model> {
    let jitter = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0].prop_map(Model::Jitter);
    prop_oneof![Just(Model::Periodic), Just(Model::Poisson), jitter, (1..30_u32).prop_map(burst_of)]
}

fn any_pace() -> impl Strategy<Value = String> {
    let segment = (0..400_u32, 0..400_u32, 1..3_000_u32).prop_map(|(from, to, millis)| format!("{from}-{to}:{millis}ms"));
    let level = (0..400_u32, 1..3_000_u32).prop_map(|(rate, millis)| format!("{rate}:{millis}ms"));
    prop::collection::vec(prop_oneof![segment, level, Just("0:2".to_owned())], 1..5).prop_map(|segments| segments.join(","))
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let recorded =
        (prop::collection::vec((0..5_000_u32, prop::option::of(0..5_u32)), 1..200), 5..20_u32).prop_map(|(mut lines, producers)| {
            lines.sort_unstable();
            let line = |(millis, producer): (u32, Option<u32>)| {
                producer.map_or(format!("{millis}\n"), |producer| format!("{millis},{producer}\n"))
            };
            let text: String = lines.into_iter().map(line).collect();
            Schedule::recorded(Replay::parse(&text).unwrap(), population(producers)).unwrap()
        });
    let seeded = (any_pace(), any_model(), 1..60_u32, any::<u64>());
    prop_oneof![
        5 => seeded.prop_map(|(pace, model, producers, seed)| schedule(&pace, model, producers, seed)),
        1 => recorded,
    ]
}

proptest! {
    #![proptest_config(at_least(256))]

    #[test]
    fn a_schedule_is_in_order_complete_and_as_long_as_it_says(schedule in any_schedule()) {
        let dues: Vec<Due> = schedule.events().collect();
        prop_assert_eq!(schedule.len(), dues.len() as u64);
        prop_assert!(dues.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
        let mut sequences = BTreeMap::new();
        for (event, due) in dues.iter().enumerate() {
            prop_assert_eq!(due.event, event as u64);
            let sequence = sequences.entry(due.producer).or_insert(0);
            prop_assert_eq!(due.sequence, *sequence);
            *sequence += 1;
            prop_assert_eq!((due.channel, due.object), schedule.population().place(due.producer, due.sequence));
        }
    }

    #[test]
    fn the_shares_of_a_fleet_are_together_the_whole(schedule in any_schedule(), hosts in 1..6_u32) {
        let hosts = hosts.min(schedule.population().producers());
        let mut events = 0;
        for host in 0..hosts {
            let share = schedule.share(host, hosts).unwrap();
            let own: Vec<Due> = share.events().collect();
            let of_the_whole = schedule.events().filter(|due| due.producer % hosts == host);
            let renumbered: Vec<Due> = of_the_whole.zip(0..).map(|(due, event)| Due { event, ..due }).collect();
            prop_assert_eq!(&own, &renumbered);
            prop_assert_eq!(share.len(), own.len() as u64);
            events += share.len();
        }
        prop_assert_eq!(events, schedule.len());
    }
}
