//! Waiting, always with a deadline and a name for what is waited for.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// Asks `probe` every few milliseconds until it gives a value; panics after `limit`.
#[track_caller]
pub fn until<T>(what: impl Display, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    until_ok(what, limit, || probe().ok_or("not yet"))
}

/// The same for a probe that can say why not: the last reason is in the panic's message.
#[track_caller]
pub fn until_ok<T, E: Display>(what: impl Display, limit: Duration, mut probe: impl FnMut() -> Result<T, E>) -> T {
    let started = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match probe() {
            Ok(value) => return value,
            Err(reason) if started.elapsed() >= limit => panic!("waited {limit:?} for {what}: {reason}"),
            Err(_) => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
