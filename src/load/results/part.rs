//! What one load host brings.

use std::collections::BTreeSet;
use std::path::Path;

use super::SHARE;
use crate::core::load::figures::Ledger;
use crate::load::findings::Findings;
use crate::load::raw::{RawError, Recording};
use crate::load::report::Report;

/// A host's run, judged by itself; its events are read again when they are joined.
#[derive(Debug)]
pub struct Part {
    pub recording: Recording,
    pub findings: Findings,
    pub report: Report,
    /// Of the whole run, the warm-up too.
    pub events: u64,
    pub producers: BTreeSet<u32>,
    /// Above every channel and follower that it names.
    pub channels: u32,
    pub followers: u16,
}

impl Part {
    /// # Errors
    /// Where its raw events can not be read.
    pub fn read(path: &Path) -> Result<Self, RawError> {
        let mut recording = Recording::read(path)?;
        let trailer = &recording.trailer;
        let (findings, report) = (Findings::of(&trailer.measured, trailer.question), trailer.report());
        let ledger = std::mem::take(&mut recording.trailer.measured.ledger);
        let above = |numbers: Option<u32>| numbers.map_or(0, |highest| highest + 1);
        Ok(Self {
            findings,
            report,
            events: ledger.len() as u64,
            producers: ledger.entries().map(|entry| entry.scheduled.producer).collect(),
            channels: above(ledger.entries().map(|entry| entry.scheduled.channel).max()),
            followers: followers(&ledger),
            recording,
        })
    }

    /// The directory of its results, as it was named.
    pub fn name(&self) -> String {
        self.recording.path.parent().map_or_else(String::new, |directory| directory.display().to_string())
    }

    /// The name of the load host.
    pub fn host(&self) -> &str {
        &self.report.machine.host
    }

    /// When it started, in microseconds since 1970 by its own real clock.
    pub fn started_us(&self) -> i64 {
        self.recording.trailer.measured.clock.real_us(0)
    }

    /// The share of the schedule that it sent: which of how many.
    pub fn share(&self) -> Option<(u32, u32)> {
        let (_, share) = self.report.ran.config.others.iter().find(|(name, _)| name == SHARE)?;
        let (host, hosts) = share.split_once('/')?;
        Some((host.parse().ok()?, hosts.parse().ok()?))
    }
}

fn followers(ledger: &Ledger) -> u16 {
    ledger.entries().filter_map(|entry| entry.follower).max().map_or(0, |highest| highest + 1)
}
