//! Nagle's algorithm, switched off from outside.
//!
//! rskafka leaves it on and gives no access to its sockets. A small request would then wait for the answer to the one before it, up to the
//! 40 ms after which a receiver acknowledges at the latest: the closed loop that a load test must not have. The process asks the kernel for
//! its own descriptors (`pidfd_getfd`) and sets `TCP_NODELAY` on each of its TCP sockets, which harms none.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use tokio::sync::Notify;

/// New connections of the same moment are served together.
const TOGETHER: Duration = Duration::from_millis(50);

/// Whether it is off, and the wish to switch it off again for new connections.
#[derive(Debug)]
pub(super) struct Nagle {
    failure: Mutex<Option<String>>,
    wanted: Notify,
}

impl Default for Nagle {
    fn default() -> Self {
        Self { failure: Mutex::new(Some("nobody switched it off".to_owned())), wanted: Notify::new() }
    }
}

impl Nagle {
    /// There may be a new connection.
    pub fn is_wanted(&self) {
        self.wanted.notify_one();
    }

    /// Switches it off for all TCP sockets of this process.
    pub fn switch_off(&self) {
        let failure = switch_off_everywhere().err().map(|error| error.to_string());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// Why it is still on: a kernel before 5.6, or a container that forbids it.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Switches it off whenever somebody wants that.
pub(super) async fn keep_off(nagle: std::sync::Arc<Nagle>) {
    loop {
        nagle.wanted.notified().await;
        nagle.switch_off();
        tokio::time::sleep(TOGETHER).await;
    }
}

fn switch_off_everywhere() -> io::Result<()> {
    let this_process = pidfd_open(getpid(), PidfdFlags::empty())?;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // What is closed meanwhile is no failure.
        let is_socket = std::fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"));
        if !is_socket {
            continue;
        }
        let socket = match pidfd_getfd(&this_process, number, PidfdGetfdFlags::empty()) {
            Err(Errno::BADF) => continue,
            other => other?,
        };
        // A socket of another kind has no such option.
        let _not_of_tcp = sockopt::set_tcp_nodelay(&socket, true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_that_somebody_else_made_sends_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!stream.nodelay().unwrap());
        let nagle = Nagle::default();
        nagle.switch_off();
        assert_eq!(nagle.failure(), None);
        assert!(stream.nodelay().unwrap());
    }
}
