//! What systemd hears.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use super::PATIENCE;
use crate::support::scene::Scene;
use crate::support::scratch::Scratch;
use crate::support::wait::until_ok;
use crate::support::worker::Worker;

#[test]
fn systemd_hears_of_the_start_the_state_and_the_stop() {
    let mut scene = Scene::new("systemd");
    scene.publish(200);
    let dir = Scratch::new("notify");
    let path = dir.join("socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let heard = || {
        let mut buffer = [0; 4_096];
        let message = || socket.recv(&mut buffer).ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned());
        std::iter::from_fn(message).collect::<Vec<String>>()
    };
    let env = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "2000000")];
    let mut worker = Worker::spawn_with(scene.config(), &env);
    worker.wait_ready();
    scene.settle();
    let mut messages = Vec::new();
    until_ok("a status with a known lag, and the watchdog's ping", PATIENCE, || {
        messages.extend(heard());
        let has = |start: &str| messages.iter().any(|message| message.starts_with(start));
        if has("STATUS=4 partitions, lag 0") && has("WATCHDOG=1") { Ok(()) } else { Err(format!("{messages:?}")) }
    });
    assert_eq!(messages.iter().filter(|message| message.starts_with("READY=1\nSTATUS=")).count(), 1, "{messages:?}");
    assert!(worker.stop().success());
    assert!(heard().contains(&"STOPPING=1\n".to_owned()));
    scene.assert_exact();
}
