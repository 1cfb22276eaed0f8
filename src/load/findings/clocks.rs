//! What the clocks allow to be said.

use crate::core::load::figures::Stage;
use crate::load::report::{Clock, ClockStep};
use crate::load::run::Measured;

pub fn clocks(measured: &Measured) -> Vec<Clock> {
    let (host, watched) = (&measured.host, &measured.watched);
    let (source, offset_us, error_us) = match &host.tracking {
        Ok(tracking) => ("chrony".to_owned(), Some(-tracking.offset_us), Some(tracking.largest_error_us())),
        Err(reason) => (format!("not known to be right: {reason}"), None, None),
    };
    let steps = host.clock.steps.iter().map(|step| ClockStep { at_s: step.at_us as f64 / 1e6, by_us: step.by_us as f64 }).collect();
    let note = "latencies are of its monotonic clock alone, which nobody can set".to_owned();
    let own = Clock { host: host.machine.host.clone(), source, offset_us, error_us, steps, note: Some(note) };
    let redis = watched.contains(&Stage::Stored).then(|| Clock {
        host: "Redis".to_owned(),
        source: "Redis' clock".to_owned(),
        note: Some("when an event was stored is in whole milliseconds of it, against the load host's real clock: +-1 ms on one host, the difference of both clocks across hosts".to_owned()),
        ..Clock::default()
    });
    std::iter::once(own).chain(redis).collect()
}
