//! What lives on its own, and for how long.

use super::*;

#[tokio::test]
async fn a_replica_can_be_asked_at_any_time() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let client = Client::connect(world.url().as_str()).await.unwrap();
    let mut replica = client.replica(channel(1)).await.unwrap();
    assert_eq!(replica.get("n").unwrap().data(), "1");
    world.set(&channel(1), "n", "2");
    timeout(PATIENCE, async {
        while replica.get("n").unwrap().data() != "2" {
            replica.changed().await;
        }
    })
    .await
    .unwrap();
    assert_eq!((replica.channel(), replica.error().is_none()), (channel(1), true));
    assert_eq!(replica.snapshot(), client.snapshot(&channel(1)).await.unwrap());
}

#[tokio::test]
async fn no_task_is_left_behind() {
    let world = World::new();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    let (replica, all) = (client.replica(channel(2)).await.unwrap(), client.follow_all());
    assert!(tasks() > before);
    drop((client, room, replica, all));
    let give_up = Instant::now() + PATIENCE;
    while tasks() > before {
        assert!(Instant::now() < give_up, "{} tasks are left", tasks() - before);
        sleep(Duration::from_millis(5)).await;
    }
}
