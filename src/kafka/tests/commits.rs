use super::super::mock::MockFault;
use super::*;

async fn committed(world: &World) -> Option<Committed> {
    let cluster = Cluster::connect(&world.kafka, &world.kafka.group).unwrap();
    cluster.committed(TOPIC, &[0]).await.unwrap().remove(&0).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_read_back_with_its_metadata_by_the_next_member() {
    let world = World::with_partitions(1);
    world.publish(0, numbers(0..10)).await;
    let mut first = world.join();
    let handle = first.partition().await;
    assert_eq!(handle.committed(), &Ok(None));
    let metadata = format!("1;1024;{};-;{}", "x".repeat(22), "A".repeat(172));
    first.consumer.committer().commit(vec![entry(4, &metadata)]).await.unwrap();
    drop(handle);
    first.consumer.close().await.unwrap();

    let mut second = world.join();
    let mut handle = second.partition().await;
    let expected = handle.committed().clone().unwrap().unwrap();
    assert_eq!((expected.next, expected.metadata.as_slice()), (at(4), metadata.as_bytes()));
    assert_eq!(handle.started_at(), at(4));
    assert_eq!(read(&handle, 6).await[0].0, 4);
    assert_eq!(handle.fetch_committed().await, Ok(Some(expected)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_goes_back() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let _handle = member.partition().await;
    let committer = member.consumer.committer();
    for next in [9, 2, 0] {
        committer.commit(vec![entry(next, "")]).await.unwrap();
        assert_eq!(committed(&world).await.unwrap().next, at(next));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_is_no_text_is_read_as_bytes() {
    let world = World::with_partitions(1);
    let cluster = Cluster::connect(&world.kafka, &world.kafka.group).unwrap();
    commit_bytes(&cluster, b"\xff\xfe\x00odd");
    let found = cluster.committed(TOPIC, &[0]).await.unwrap().remove(&0).unwrap().unwrap().unwrap();
    assert_eq!(found.next, at(5));
    assert!(found.metadata.starts_with(b"\xff\xfe"), "{:?}", found.metadata);
    let mut member = world.join();
    let handle = member.partition().await;
    assert_eq!(handle.committed().as_ref().unwrap().as_ref().unwrap().metadata, found.metadata);
}

fn commit_bytes(cluster: &Cluster, metadata: &[u8]) {
    use rdkafka::consumer::{CommitMode, Consumer as _};
    let mut list = rdkafka::TopicPartitionList::new();
    let mut line = list.add_partition(TOPIC, 0);
    line.set_offset(rdkafka::Offset::Offset(5)).unwrap();
    raw::set_metadata_bytes(&mut line, metadata);
    cluster.client.consumer().commit(&list, CommitMode::Sync).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_an_old_generation_is_not_ours() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let _handle = member.partition().await;
    world.mock.fail(MockFault::CommitIllegalGeneration, 1).unwrap();
    let error = member.consumer.committer().commit(vec![entry(1, "")]).await.unwrap_err();
    assert!(matches!(error, CommitError::NotOurs { .. }), "{error:?}");
    assert!(!error.is_retryable());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loading_coordinator_is_waited_for_or_retryable() {
    let world = World::with_partitions(1);
    let mut member = world.join();
    let _handle = member.partition().await;
    world.mock.fail(MockFault::CommitCoordinatorLoading, 1).unwrap();
    match member.consumer.committer().commit(vec![entry(1, "")]).await {
        Ok(()) => assert_eq!(committed(&world).await.unwrap().next, at(1)),
        Err(error) => assert!(error.is_retryable(), "{error:?}"),
    }
}
