//! Since when a condition has held without a break.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Lasting {
    since: Option<f64>,
}

impl Lasting {
    /// For how many seconds it has held; `None` where it does not. `now` is in seconds.
    pub fn lasts(&mut self, holds: bool, now: f64) -> Option<f64> {
        self.since = holds.then(|| self.since.unwrap_or(now));
        self.held_s(now)
    }

    /// For how many seconds it has held when it was looked at last.
    pub fn held_s(&self, now: f64) -> Option<f64> {
        self.since.map(|since| now - since)
    }

    /// Whether it has held for so many seconds.
    pub fn for_s(&mut self, holds: bool, seconds: f64, now: f64) -> bool {
        self.lasts(holds, now).is_some_and(|lasted| lasted >= seconds)
    }
}
