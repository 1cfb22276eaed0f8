//! What systemd is told: ready, what is going on, alive, stopping. Without `NOTIFY_SOCKET` nothing is sent.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

/// The process does its work from now on.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
}

/// What `systemctl status` shows.
pub fn status(status: &str) {
    send(&[NotifyState::Status(&one_line(status))]);
}

pub fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// A line break would begin another assignment of the protocol.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A systemd that does not listen is no reason to stop.
fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not notified");
    }
}

/// Tells systemd's watchdog that there is progress, for as long as there is.
#[derive(Clone, Copy, Debug)]
pub struct WatchdogPinger {
    every: Duration,
}

impl WatchdogPinger {
    /// `None` where the unit has no `WatchdogSec`.
    pub fn from_environment() -> Option<Self> {
        let limit = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero())?;
        // Half of it, as sd_watchdog_enabled(3) recommends: one ping may be late.
        Some(Self { every: limit / 2 })
    }

    /// Pings while `alive` says so; never ends. Without a ping systemd kills the process and starts it again.
    pub async fn run(self, alive: impl Fn() -> bool) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if alive() {
                send(&[NotifyState::Watchdog]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The test that plays the service, in a process of its own: the protocol goes by environment variables.
    const SERVICE: &str = "telemetry::systemd::tests::a_service_tells_systemd_only_of_progress";

    fn serve() {
        let pinger = WatchdogPinger::from_environment().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let alive = AtomicBool::new(true);
        let run_for = |millis| {
            runtime.block_on(async {
                let _ = tokio::time::timeout(Duration::from_millis(millis), pinger.run(|| alive.load(Ordering::Relaxed))).await;
            });
        };
        ready("16 partitions\nWATCHDOG=trigger");
        run_for(250);
        alive.store(false, Ordering::Relaxed);
        status("stalled");
        run_for(250);
        stopping();
    }

    #[test]
    fn a_service_tells_systemd_only_of_progress() {
        if std::env::var_os("NOTIFY_SOCKET").is_some() {
            return serve();
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        systemd.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let service = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", SERVICE])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "200000")
            .env_remove("WATCHDOG_PID")
            .output()
            .unwrap();
        assert!(service.status.success(), "{service:?}");

        let mut buffer = [0; 4096];
        let messages: Vec<String> =
            std::iter::from_fn(|| systemd.recv(&mut buffer).ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned()))
                .collect();
        assert_eq!(messages.first().map(String::as_str), Some("READY=1\nSTATUS=16 partitions WATCHDOG=trigger\n"));
        assert_eq!(messages[messages.len() - 2..], ["STATUS=stalled\n", "STOPPING=1\n"]);
        let pings = &messages[1..messages.len() - 2];
        assert!(!pings.is_empty() && pings.iter().all(|message| message == "WATCHDOG=1\n"), "{messages:?}");
    }

    #[test]
    fn without_systemd_nothing_happens() {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            ready("ok");
            stopping();
            assert!(WatchdogPinger::from_environment().is_none());
        }
    }
}
