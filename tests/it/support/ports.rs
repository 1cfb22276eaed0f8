//! Free ports on 127.0.0.1.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::Mutex;

/// Below the range that the system takes outgoing ports from (32768 and up on Linux): a server that is down for a restart does not
/// lose its port to a client's connection.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

static TAKEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port that nobody listens on and that this process has not handed out before.
pub fn free_port() -> u16 {
    let mut guard = TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let taken = guard.get_or_insert_default();
    for _ in 0..1000 {
        let port = fastrand::u16(RANGE);
        if !taken.contains(&port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            taken.insert(port);
            return port;
        }
    }
    panic!("no free port in {RANGE:?} after 1000 tries");
}
