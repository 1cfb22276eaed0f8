//! The rules that others ship: a threshold on lag or on age, over it for five minutes.

use shasta::core::lag::Sample;

use super::outcome::Episode;

const FOR_S: f64 = 300.0;

/// Calls while a number is above a threshold for five minutes.
pub struct Threshold {
    above: f64,
    since: Option<f64>,
    pub episodes: Vec<Episode>,
}

impl Threshold {
    pub fn new(above: f64) -> Self {
        Self { above, since: None, episodes: Vec::new() }
    }

    pub fn take(&mut self, time: f64, value: f64) {
        self.since = (value > self.above).then(|| self.since.unwrap_or(time));
        let Some(since) = self.since.filter(|since| time - since >= FOR_S) else { return };
        match self.episodes.last_mut().filter(|(from, _)| *from >= since) {
            Some(last) => last.1 = time,
            None => self.episodes.push((time, time)),
        }
    }
}

pub fn lag(sample: &Sample) -> f64 {
    sample.partitions.iter().map(|reading| (reading.end.unwrap_or(0) - reading.committed.unwrap_or(0)) as f64).sum()
}

pub fn age(time: f64, sample: &Sample) -> f64 {
    sample.partitions.iter().filter_map(|reading| reading.timestamp).map(|timestamp| time - timestamp).fold(0.0, f64::max)
}
