//! Offsets, timestamps, and what waits behind markers of transactions.

use std::sync::atomic::{AtomicBool, Ordering};

use shasta::config::WatchedGroup;
use shasta::watch::look::{Isolation, TopicLook};

use super::{KEPT, PATIENCE, Scene, look, looker, reading, records, sample};
use crate::support::wait;

#[test]
fn offsets_and_the_timestamp_at_the_committed_one_are_exact() {
    let scene = Scene::new("exact", 3);
    scene.produce(0, &[1_000_500, 2_000_250, 3_000_000]);
    scene.produce(1, &[5_000_000]);
    scene.commit(0, 1);
    scene.commit(1, 1);
    let look = scene.look();
    let first = reading(&look, 0);
    assert_eq!((first.committed, first.end, first.start, first.high_watermark), (Some(1), Some(3), Some(0), Some(3)));
    assert_eq!((first.timestamp, first.effective_lag), (Some(2_000.25), None));
    let done = reading(&look, 1);
    assert_eq!((done.committed, done.end, done.timestamp), (Some(1), Some(1), None));
    let untouched = reading(&look, 2);
    assert_eq!((untouched.committed, untouched.end, untouched.timestamp), (Some(-1), Some(0), None));
    assert_eq!((look.header.partitions, look.header.topic.as_deref()), (3, Some(scene.topic.as_str())));
    assert_eq!(look.details.isolation, Isolation::ReadCommitted);

    scene.commit(0, 2);
    assert_eq!(reading(&scene.look(), 0).timestamp, Some(3_000.0), "it moves with the commit");
}

#[test]
fn lag_is_never_negative_however_fast_records_come_and_are_committed() {
    let scene = Scene::new("order", 1);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut committer = scene.committer();
            while !is_over.load(Ordering::Relaxed) {
                scene.produce(0, &[1_000]);
                committer.commit_one_more();
            }
        });
        let looks: Vec<_> = (0..100).map(|_| reading(&scene.look(), 0)).collect();
        is_over.store(true, Ordering::Relaxed);
        let moved = looks.last().unwrap().committed > looks[0].committed;
        assert!(moved && looks.iter().all(|reading| reading.committed <= reading.end), "{looks:?}");
    });
}

#[test]
fn what_was_never_committed_is_as_old_as_the_start_of_the_log() {
    let scene = Scene::new("never", 1);
    scene.produce(0, &[7_000, 8_000, 9_000]);
    assert_eq!(reading(&scene.look(), 0).timestamp, Some(7.0));
    scene.kafka.delete_records(&scene.topic, 0, 2);
    let look = scene.look();
    assert_eq!((reading(&look, 0).committed, reading(&look, 0).start, reading(&look, 0).timestamp), (Some(-1), Some(2), Some(9.0)));
}

#[test]
fn behind_markers_alone_nothing_waits_and_behind_a_record_it_does() {
    let scene = Scene::new("markers", 1);
    scene.kafka.produce_in_transaction(&scene.topic, &records(0, &[1_000, 2_000]), true);
    scene.commit(0, 2);
    let idle = reading(&scene.look(), 0);
    assert_eq!((idle.committed, idle.end, idle.effective_lag, idle.timestamp), (Some(2), Some(3), Some(0), None));
    scene.kafka.produce_in_transaction(&scene.topic, &records(0, &[4_000]), false);
    let aborted = reading(&scene.look(), 0);
    assert_eq!((aborted.end, aborted.effective_lag), (Some(5), Some(0)), "of an aborted transaction nothing is ever read");
    scene.produce(0, &[9_000]);
    let waits = reading(&scene.look(), 0);
    assert_eq!((waits.end, waits.effective_lag, waits.timestamp), (Some(6), None, Some(9.0)));
}

#[test]
fn a_transaction_that_hangs_holds_the_end_but_not_the_high_watermark() {
    let scene = Scene::new("hung", 1);
    scene.produce(0, &[1_000]);
    scene.commit(0, 1);
    let (transaction, _) = scene.kafka.open_transaction(&scene.topic, &records(0, &[2_000, 3_000, 4_000]));
    scene.produce(0, &[5_000]);
    let hung = reading(&scene.look(), 0);
    assert_eq!((hung.end, hung.high_watermark, hung.timestamp), (Some(1), Some(5), None));

    let uncommitted = WatchedGroup { read_committed: false, ..scene.watched() };
    let look = look(&looker(scene.kafka), &uncommitted).remove(0);
    let open = reading(&look, 0);
    assert_eq!((open.end, open.high_watermark, open.timestamp), (Some(5), Some(5), Some(2.0)));
    assert_eq!(look.details.isolation, Isolation::ReadUncommitted);

    transaction.commit();
    wait::until("the end to move", PATIENCE, || (reading(&scene.look(), 0).end == Some(6)).then_some(()));
    assert_eq!(reading(&scene.look(), 0).timestamp, Some(2.0));
}

#[test]
fn a_topic_that_grows_has_a_new_header_and_its_new_partitions_are_read() {
    let scene = Scene::new("grows", 1);
    scene.produce(0, &[1_000]);
    assert_eq!(sample(&scene.look()).partitions.len(), 1);
    scene.kafka.add_partitions(&scene.topic, 3);
    scene.produce(2, &[2_000]);
    let look = wait::until("the new partitions", PATIENCE, || Some(scene.look()).filter(|look| look.header.partitions == 3));
    assert_eq!((reading(&look, 1).end, reading(&look, 2).end, reading(&look, 2).timestamp), (Some(0), Some(1), Some(2.0)));
}

#[test]
fn a_topic_made_again_is_told_by_its_id_and_read_anew() {
    let scene = Scene::new("again", 1);
    scene.produce(0, &[1_000, 2_000]);
    scene.commit(0, 1);
    let before = scene.look();
    assert_eq!(reading(&before, 0).timestamp, Some(2.0));
    scene.kafka.delete_topic(&scene.topic);
    scene.kafka.create_topic(&scene.topic, 1, KEPT);
    scene.produce(0, &[3_000, 4_000, 5_000]);
    let is_new = |look: &TopicLook| look.details.topic_id.is_some() && look.details.topic_id != before.details.topic_id;
    let after = wait::until("the new topic", PATIENCE, || Some(scene.look()).filter(is_new));
    assert_eq!((after.header.partitions, reading(&after, 0).end), (1, Some(3)));
    // Whether the broker deleted what was committed by now does not matter here.
    let at = reading(&after, 0).committed.unwrap().max(0) as usize;
    wait::until("the new record", PATIENCE, || (reading(&scene.look(), 0).timestamp == Some([3.0, 4.0][at])).then_some(()));
}
