//! A link to Redis on which every answer takes a while: it makes a worker as slow as a test wants, whatever the machine does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

pub struct SlowLink {
    address: SocketAddr,
    delay_us: Arc<AtomicU64>,
}

impl SlowLink {
    /// In front of a server (`host:port`).
    pub fn start(server: String, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let delay_us = Arc::new(AtomicU64::new(0));
        let link = Self { address, delay_us };
        link.set(delay);
        let delay_us = Arc::clone(&link.delay_us);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).unwrap();
                [&client, &server].into_iter().for_each(|stream| stream.set_nodelay(true).unwrap());
                carry(client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::new(AtomicU64::new(0)));
                carry(server, client, Arc::clone(&delay_us));
            }
        });
        link
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// How long each answer takes from now on.
    pub fn set(&self, delay: Duration) {
        self.delay_us.store(delay.as_micros() as u64, Ordering::Relaxed);
    }

    pub fn delay(&self) -> Duration {
        Duration::from_micros(self.delay_us.load(Ordering::Relaxed))
    }
}

/// What is read comes out later, in its order; how much is on its way does not matter.
fn carry(mut from: TcpStream, mut to: TcpStream, delay_us: Arc<AtomicU64>) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let due = Instant::now() + Duration::from_micros(delay_us.load(Ordering::Relaxed));
            if sender.send((due, buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
