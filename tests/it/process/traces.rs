//! Traces of batches, as a collector gets them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::PATIENCE;
use crate::support::scene::Scene;
use crate::support::worker::Worker;

/// Every push as it came, headers and body.
fn collector() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (seen, pushes) = mpsc::channel();
    thread::spawn(move || listener.incoming().flatten().all(|stream| take_push(stream).is_none_or(|push| seen.send(push).is_ok())));
    (endpoint, pushes)
}

fn take_push(mut stream: TcpStream) -> Option<Vec<u8>> {
    let mut push = Vec::new();
    let mut chunk = [0; 65_536];
    while !is_whole(&push) {
        match stream.read(&mut chunk) {
            Ok(read) if read > 0 => push.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").ok()?;
    Some(push)
}

fn is_whole(push: &[u8]) -> bool {
    let Some(end) = push.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&push[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| push.len() - end - 4 >= length)
}

#[test]
fn a_traced_batch_has_a_part_for_the_node_that_answered() {
    let (endpoint, pushes) = collector();
    let mut scene = Scene::new("traces");
    let mut worker = Worker::start(scene.config().set("otlp.endpoint", endpoint).set("otlp.trace_ratio", 1.0));
    scene.publish(200);
    scene.assert_exact();
    assert!(worker.stop().success(), "{}", worker.log());
    let address = scene.redis.address();
    let has = |push: &[u8], text: &str| push.windows(text.len()).any(|window| window == text.as_bytes());
    let whole =
        |push: Vec<u8>| push.starts_with(b"POST /v1/traces ") && ["batch", "pipeline", &address].iter().all(|text| has(&push, text));
    assert!(std::iter::from_fn(|| pushes.recv_timeout(PATIENCE).ok()).any(whole));
}
