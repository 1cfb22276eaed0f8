//! A cluster that hangs or is gone.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use shasta::core::lag::GroupState;
use shasta::watch::look::{LIMIT, TopicLook};

use super::{PATIENCE, look, looker, records, sample, watched};
use crate::support::kafka::{KafkaBroker, KafkaOptions, block_on};
use crate::support::wait;

/// Beside the limit: a busy machine.
const SLACK: Duration = Duration::from_secs(4);

#[test]
fn a_cluster_that_hangs_or_is_gone_is_an_error_within_the_limit_and_holds_up_no_other() {
    let mut kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("tags", 4, &[]);
    kafka.produce("tags", &records(0, &[1_000]));
    kafka.commit_as("group", "tags", 0, 0, "");
    let (hangs, well) = (looker(&kafka), super::Scene::new("well", 4));
    let group = watched("group", &["tags"]);
    wait::until("the record", PATIENCE, || {
        (look(&hangs, &group)[0].sample.as_ref().ok()?.partitions[0].timestamp == Some(1.0)).then_some(())
    });

    kafka.freeze();
    let started = Instant::now();
    let (frozen, (other, took)) = block_on(async {
        let other = async { (well.looker.look(&well.watched()).await, started.elapsed()) };
        tokio::join!(hangs.look(&group), other)
    });
    let elapsed = started.elapsed();
    kafka.thaw();
    assert!(elapsed < LIMIT + SLACK, "{elapsed:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(other[0].sample.is_ok());
    let error = frozen[0].sample.as_ref().unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("answer"), "{error}");
    assert_eq!(frozen[0].header.partitions, 4, "what was known stays known");
    wait::until("a look after the thaw", PATIENCE, || look(&hangs, &group)[0].sample.is_ok().then_some(()));

    kafka.stop();
    let started = Instant::now();
    let gone = look(&hangs, &group);
    assert!(started.elapsed() < LIMIT + SLACK, "{:?}", started.elapsed());
    let error = gone[0].sample.as_ref().unwrap_err();
    assert!(error.to_string().contains("Connection refused"), "it says why: {error}");
    assert_eq!(gone[0].details.state, None);
    let never_read = look(&looker(&kafka), &group);
    assert_eq!((never_read[0].topic.as_str(), never_read[0].header.partitions), ("tags", 0));
    assert!(never_read[0].sample.is_err());

    kafka.restart();
    // Who is in the group is known a while after its offsets are.
    let is_back = |look: &TopicLook| look.sample.as_ref().is_ok_and(|sample| sample.state == Some(GroupState::Empty));
    wait::until("all to be known again", PATIENCE, || is_back(&look(&hangs, &group)[0]).then_some(()));
}

#[test]
fn of_two_brokers_each_answers_for_its_own_and_one_that_hangs_costs_no_more() {
    const PARTITIONS: usize = 8;
    const GROUPS: usize = 6;
    let first = KafkaBroker::start(KafkaOptions::default());
    let second = first.start_beside();
    wait::until("two brokers", PATIENCE, || (first.broker_count() == 2).then_some(()));
    first.create_topic("tags", PARTITIONS as i32, &[]);
    let is_of_first: Vec<bool> = first.leaders("tags").into_iter().map(|leader| leader == 1).collect();
    assert!(is_of_first.contains(&true) && is_of_first.contains(&false));
    // Their coordinators are on both brokers too.
    let groups: Vec<_> = (0..GROUPS).map(|group| watched(&format!("group-{group}"), &["tags"])).collect();
    for group in &groups {
        first.commit_all_as(&group.group, "tags", PARTITIONS as i32, 0);
    }
    let looker = looker(&first);
    for group in &groups {
        let look = look(&looker, group).remove(0);
        assert!(sample(&look).partitions.iter().all(|reading| reading.committed == Some(0) && reading.end == Some(0)));
        assert_eq!(sample(&look).state, Some(GroupState::Empty));
    }

    second.freeze();
    let frozen = Instant::now();
    let looks: Vec<_> = block_on(join_all(groups.iter().map(|group| looker.look(group)))).into_iter().flatten().collect();
    let took = frozen.elapsed();
    second.thaw();
    assert!(took < LIMIT + SLACK, "{took:?}");
    let (known, unknown): (Vec<_>, Vec<_>) = looks.iter().partition(|look| look.sample.is_ok());
    assert!(!known.is_empty() && !unknown.is_empty(), "{looks:?}");
    for look in known {
        let is_known: Vec<bool> = sample(look).partitions.iter().map(|reading| reading.end.is_some()).collect();
        assert_eq!(is_known, is_of_first);
        assert!(sample(look).partitions.iter().all(|reading| reading.committed == Some(0)));
    }
}

#[test]
fn brokers_that_hold_answers_back_are_told_by_how_much() {
    let kafka = KafkaBroker::start(KafkaOptions::default());
    kafka.create_topic("tags", 1, &[]);
    let (looker, group) = (looker(&kafka), watched("group", &["tags"]));
    let throttled = || look(&looker, &group)[0].details.throttle_ms;
    assert_eq!(throttled(), None, "not known is not 0");
    assert_eq!(wait::until("the first statistics", PATIENCE, throttled), 0);
    kafka.throttle("shasta-observer");
    wait::until("a throttle", PATIENCE, || throttled().filter(|milliseconds| *milliseconds > 0));
}
