//! The user may not do what the scripts do, or may not log in any more: told with the user and the command, tried again without haste.

use std::thread::sleep;
use std::time::Duration;

use super::{LOSS, until_not_ready};
use crate::support::events::EventOptions;
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::worker::{Worker, WorkerConfig};

fn scene(label: &str, rights: &str) -> Scene {
    let acl = vec![format!("folder on >secret ~* &* {rights}"), "default off".to_owned()];
    Scene::with(label, EventOptions::default(), RedisOptions { acl, ..RedisOptions::default() })
}

fn config(scene: &Scene) -> WorkerConfig {
    scene.config().set("redis.username", "folder").set("redis.password", "secret")
}

fn set_user(scene: &Scene, words: &[&str]) {
    let _: String = scene.redis.command(&[&["ACL", "SETUSER", "folder"], words].concat());
}

fn lines(worker: &Worker, word: &str) -> usize {
    worker.log().lines().filter(|line| line.contains(word)).count()
}

#[test]
fn a_missing_right_is_told_at_the_start_and_waited_for() {
    let mut scene = scene("rights-start", "+@all -xadd -pexpireat -info");
    scene.publish(300);
    let mut worker = Worker::spawn(config(&scene));
    until_not_ready(&worker, &["folder", "+pexpireat", "+xadd"]);
    sleep(Duration::from_secs(2));
    for said in ["+xadd", "INFO is refused"] {
        assert_eq!(lines(&worker, said), 1, "{said}\n{}", worker.log());
    }
    set_user(&scene, &["+xadd", "+pexpireat"]);
    worker.wait_ready();
    scene.assert_exact();
}

#[test]
fn a_right_that_is_taken_away_is_told_and_waited_for_without_haste() {
    let mut scene = scene("rights-taken", "+@all");
    let mut worker = Worker::start(config(&scene));
    scene.publish(300);
    scene.settle();
    set_user(&scene, &["-xadd"]);
    scene.publish(300);
    until_not_ready(&worker, &["waits for denied", "folder", "XADD"]);
    let retries = || worker.metric("shasta_redis_retries_total", &["reason=\"denied\""]);
    let before = retries();
    sleep(Duration::from_secs(3));
    // Four partitions; waits grow to 2 s.
    let tried = retries() - before;
    assert!((1.0..=48.0).contains(&tried), "{tried} tries in 3 s");
    let said = lines(&worker, "redis call failed");
    assert!(said <= 2, "{said} lines\n{}", worker.log());
    assert_eq!(worker.metric("shasta_records_dead_lettered_total", &[]), 0.0);
    set_user(&scene, &["+xadd"]);
    scene.assert_exact();
    worker.wait_ready();
    assert!(!worker.log().contains(LOSS), "{}", worker.log());
}

#[test]
fn a_password_that_is_changed_is_told_busy_and_idle() {
    let mut scene = scene("password", "+@all");
    let mut worker = Worker::start(config(&scene));
    for events in [300, 0] {
        scene.publish(300);
        scene.settle();
        set_user(&scene, &["resetpass", ">another"]);
        let killed: u64 = scene.redis.command(&["CLIENT", "KILL", "USER", "folder"]);
        assert!(killed > 0);
        scene.publish(events);
        until_not_ready(&worker, &["waits for denied", "folder", "authentication failed"]);
        set_user(&scene, &[">secret"]);
        worker.wait_ready();
    }
    scene.assert_exact();
    worker.wait_ready();
}
