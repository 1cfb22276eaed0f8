//! `[lag]`

use std::time::Duration;

use super::{DAY, Findings};
use crate::config::Lag;

pub(super) fn check(lag: &Lag, findings: &mut Findings) {
    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);
    findings.lasting("lag.interval", lag.interval, SECOND..=MINUTE);
    findings.lasting("lag.freshness", lag.freshness, MINUTE / 2..=DAY);
    findings.lasting("lag.longest_drain", lag.longest_drain, MINUTE..=7 * DAY);
    findings.within("lag.margin", lag.margin, 0.01..=0.5);
    findings.within("lag.least_backlog", lag.least_backlog, 1..=1_000_000_000);
    findings.lasting("lag.young", lag.young, Duration::ZERO..=DAY);
}
