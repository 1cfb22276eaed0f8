use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_member_gets_partitions_only_after_the_first_has_committed_them() {
    let world = World::with_partitions(2);
    for partition in 0..2 {
        world.publish(partition, numbers(0..5)).await;
    }
    let mut first = world.join();
    let handles = first.assigned().await;
    assert_eq!(handles.len(), 2);
    let committer = first.consumer.committer();

    let mut second = world.join();
    let drain = async {
        let GroupEvent::Revoked(partitions, ack) = first.event().await else { panic!("no revoke") };
        for handle in handles.iter().filter(|handle| partitions.contains(&handle.partition())) {
            assert!(handle.is_revoked());
            assert!(matches!(handle.poll(), Some(Err(PartitionError::Revoked { .. }))));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let entries = partitions.iter().map(|partition| CommitEntry { partition: *partition, ..entry(3, "drained") }).collect();
        committer.commit(entries).await.unwrap();
        ack.done();
        partitions
    };
    let take = async {
        loop {
            let handles = second.assigned().await;
            if !handles.is_empty() {
                return handles;
            }
        }
    };
    let (revoked, taken) = tokio::time::timeout(PATIENCE, async { tokio::join!(drain, take) }).await.unwrap();
    assert_eq!(revoked, taken.iter().map(PartitionHandle::partition).collect::<Vec<_>>());
    assert_eq!(revoked.len(), 1);
    assert_eq!(taken[0].started_at(), at(3));
    assert_eq!(read(&taken[0], 2).await[0].0, 3);
    // The partition that stayed reads on through the queue it had.
    let kept = handles.iter().find(|handle| !handle.is_revoked()).unwrap();
    assert_eq!(read(kept, 5).await[4].0, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_that_never_comes_holds_a_rebalance_no_longer_than_the_deadline() {
    let world = World::with_partitions(2);
    let deadline = Duration::from_millis(500);
    let (consumer, events) = Consumer::join(&world.kafka, FetchBounds::default(), deadline).unwrap();
    let mut first = Member { consumer, events };
    let _handles = first.assigned().await;
    let mut second = world.join();
    let GroupEvent::Revoked(_, _held_for_ever) = first.event().await else { panic!("no revoke") };
    while second.assigned().await.is_empty() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn close_ends_within_its_limits_and_another_member_takes_over() {
    let world = World::with_partitions(1);
    for _ in 0..3 {
        let mut member = world.join();
        let handle = member.partition().await;
        drop(handle);
        let start = std::time::Instant::now();
        member.consumer.close().await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(member.events.recv().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn close_needs_nobody_who_reads_events() {
    let world = World::with_partitions(2);
    let mut first = world.join();
    let _handles = first.assigned().await;
    let second = world.join();
    // By then the first waits in its rebalance for an ack of an event that nobody takes.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let start = std::time::Instant::now();
    first.consumer.close().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    second.consumer.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_dropped_closes_by_itself() {
    let world = World::with_partitions(1);
    let mut first = world.join();
    drop(first.partition().await);
    // What still looks at the cluster keeps no membership.
    let _cluster = first.consumer.cluster();
    drop(first);
    let mut second = world.join();
    assert_eq!(second.assigned().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn close_does_not_wait_for_handles_that_are_still_held() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let handle = member.partition().await;
    member.consumer.close().await.unwrap();
    assert!(handle.is_revoked());
}

#[tokio::test(flavor = "multi_thread")]
async fn close_does_not_hang_while_the_cluster_is_gone() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let handle = member.partition().await;
    world.mock.set_down(true).unwrap();
    drop(handle);
    tokio::time::timeout(PATIENCE, member.consumer.close()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_gives_a_static_members_seat_up() {
    let mut world = World::with_partitions(1);
    world.kafka.instance_id = Some("host-1".to_owned());
    let mut first = world.join();
    drop(first.partition().await);
    first.consumer.leave().await.unwrap();
    world.kafka.instance_id = Some("host-2".to_owned());
    let mut second = world.join();
    let taken = tokio::time::timeout(Duration::from_secs(10), second.partition()).await.unwrap();
    assert_eq!(taken.partition(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_was_cut_off_loses_its_partitions_without_an_ack() {
    let mut world = World::with_partitions(1);
    world.kafka.session_timeout = Duration::from_secs(6);
    let mut member = world.join();
    let handle = member.partition().await;
    world.mock.set_down(true).unwrap();
    let GroupEvent::Lost(partitions) = member.event().await else { panic!("not lost") };
    assert_eq!(partitions, [0]);
    assert!(handle.is_revoked());
    world.mock.set_down(false).unwrap();
    let again = member.partition().await;
    // The earlier handle takes nothing from the later one.
    world.publish(0, numbers(0..1)).await;
    assert!(matches!(handle.poll(), Some(Err(PartitionError::Revoked { .. }))));
    assert_eq!(read(&again, 1).await[0].0, 0);
    drop(handle);
    world.publish(0, numbers(1..2)).await;
    assert_eq!(read(&again, 1).await[0].0, 1);
}
