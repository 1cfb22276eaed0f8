//! A link to Redis that lets one answer through at a time: who waits for each works at a constant pace, whatever the machine does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub struct PacedLink {
    address: SocketAddr,
    every_us: Arc<AtomicU64>,
}

impl PacedLink {
    /// In front of a server (`host:port`); at first it holds nothing back.
    pub fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Self { address: listener.local_addr().unwrap(), every_us: Arc::default() };
        let every_us = Arc::clone(&link.every_us);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).unwrap();
                [&client, &server].into_iter().for_each(|stream| stream.set_nodelay(true).unwrap());
                carry(client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::default());
                carry(server, client, Arc::clone(&every_us));
            }
        });
        link
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on an answer each so often. Time that passed without one is not made up for.
    pub fn pace(&self, every: Duration) {
        self.every_us.store(every.as_micros() as u64, Ordering::Relaxed);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, every_us: Arc<AtomicU64>) {
    thread::spawn(move || {
        let (mut buffer, mut due) = ([0; 65_536], Instant::now());
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let every = Duration::from_micros(every_us.load(Ordering::Relaxed));
            // A late thread makes up for what it is late, of a few answers at most.
            due = (due + every).max(Instant::now() - 20 * every);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&buffer[..length]).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
