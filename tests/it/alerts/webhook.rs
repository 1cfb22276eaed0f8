//! A webhook that takes everything and keeps it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::wait::until_ok;

pub struct Webhook {
    address: SocketAddr,
    alerts: Arc<Mutex<Vec<Value>>>,
}

impl Webhook {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, alerts) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&alerts);
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(take(&stream, &kept))));
        Self { address, alerts }
    }

    pub fn url(&self) -> String {
        format!("http://{}/alerts", self.address)
    }

    /// Everything that came, in its order.
    pub fn alerts(&self) -> Vec<Value> {
        self.alerts.lock().unwrap().clone()
    }

    /// Those of a kind.
    pub fn of(&self, kind: &str) -> Vec<Value> {
        self.alerts().into_iter().filter(|alert| alert["kind"] == kind).collect()
    }

    /// What calls somebody.
    pub fn pages(&self) -> Vec<Value> {
        self.alerts().into_iter().filter(|alert| alert["state"] == "open" && alert["severity"] == "page").collect()
    }

    #[track_caller]
    pub fn wait_for(&self, what: &str, limit: Duration, fits: impl Fn(&Value) -> bool) -> Value {
        until_ok(what, limit, || {
            let alerts = self.alerts();
            alerts.iter().find(|alert| fits(alert)).cloned().ok_or_else(|| format!("{alerts:#?}"))
        })
    }
}

fn take(stream: &TcpStream, alerts: &Mutex<Vec<Value>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    alerts.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}
