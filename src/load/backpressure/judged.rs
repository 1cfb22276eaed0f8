//! All trials together.

use super::trial::{Publisher, Trial};
use super::tried::Tried;
use crate::core::load::figures::{ExitCode, stable};
use crate::load::report::Cell;

/// The matrix, and what it says of Shasta's publisher with a bound. What has no bound, and the rival, are told and not judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub cells: Vec<Cell>,
    pub exit: ExitCode,
    /// One sentence.
    pub why: String,
}

/// `wanted`: trials that were to be run, some of which may not have been.
pub fn judged(wanted: usize, tried: &[(Trial, Tried)]) -> Judged {
    let cells: Vec<Cell> = tried.iter().map(|(trial, one)| Cell { stable: kept_pace(trial, one, tried), ..one.cell.clone() }).collect();
    let own = || tried.iter().zip(&cells).filter(|((trial, _), _)| trial.publisher == Publisher::Shasta && trial.bound.is_some());
    let broken: Vec<String> = own().flat_map(|((trial, one), cell)| broken(trial, one, cell)).collect();
    let unbalanced: Vec<String> = complaints(tried, |one| &one.unbalanced);
    let limits: Vec<String> = complaints(tried, |one| &one.limits);
    let (exit, why) = match () {
        () if !unbalanced.is_empty() => (ExitCode::Accounts, format!("accounts do not add up: {}", unbalanced.join("; "))),
        () if !limits.is_empty() => (ExitCode::Generator, format!("the load host itself was the limit: {}", limits.join("; "))),
        () if !broken.is_empty() => (ExitCode::Missed, broken.join("; ")),
        () if tried.len() < wanted => (ExitCode::Inconclusive, format!("stopped after {} of {wanted} trials", tried.len())),
        () if own().all(|(_, cell)| cell.truthful == Some(true) && cell.bounded == Some(true)) && own().count() > 0 => {
            (ExitCode::Pass, "Shasta's publisher with a bound kept its promises in every trial".to_owned())
        }
        () => (ExitCode::Inconclusive, "too short to see whether memory grew, or nothing with a bound was tried".to_owned()),
    };
    Judged { cells, exit, why }
}

/// Against the lowest overload of the same kind; that one itself has nothing to be measured against.
fn kept_pace(trial: &Trial, one: &Tried, all: &[(Trial, Tried)]) -> Option<bool> {
    let alike = all.iter().filter(|(other, _)| other.is_like(trial) && other.overload < trial.overload);
    let (_, reference) = alike.min_by(|(left, _), (right, _)| left.overload.total_cmp(&right.overload))?;
    Some(stable(reference.cell.durable_per_s?, one.cell.durable_per_s?).holds)
}

fn broken(trial: &Trial, one: &Tried, cell: &Cell) -> Vec<String> {
    let promises = [(cell.truthful, "truthful"), (cell.bounded, "bounded"), (cell.stable, "stable")];
    let numbers = one.why.join(", ");
    let missed = promises.into_iter().filter(|(held, _)| *held == Some(false));
    missed.map(|(_, name)| format!("{trial} was not {name} ({numbers})")).collect()
}

fn complaints(tried: &[(Trial, Tried)], of: impl Fn(&Tried) -> &Vec<String>) -> Vec<String> {
    tried.iter().filter(|(_, one)| !of(one).is_empty()).map(|(trial, one)| format!("{trial}: {}", of(one).join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(trial: &str, durable_per_s: f64) -> (Trial, Tried) {
        let cell = Cell { truthful: Some(true), bounded: Some(true), durable_per_s: Some(durable_per_s), ..Cell::default() };
        (trial.parse().unwrap(), Tried { cell, ..Tried::default() })
    }

    #[test]
    fn stable_is_measured_against_the_same_publisher_without_overload() {
        let tried = [one("shasta:500:block:1", 1_000.0), one("shasta:500:block:3", 951.0), one("shasta:500:reject:3", 1.0)];
        let judged = judged(3, &tried);
        assert_eq!(judged.cells.iter().map(|cell| cell.stable).collect::<Vec<_>>(), [None, Some(true), None]);
        assert_eq!(judged.exit, ExitCode::Pass);
        let slowed = [one("shasta:500:block:1", 1_000.0), one("shasta:500:block:3", 949.0)];
        let judged = super::judged(2, &slowed);
        assert_eq!(judged.exit, ExitCode::Missed);
        assert!(judged.why.contains("shasta:500:block:3 was not stable"), "{}", judged.why);
    }

    #[test]
    fn what_has_no_bound_is_told_and_not_judged() {
        let mut tried = [one("shasta:none:block:1", 1.0), one("shasta:500:block:1", 1.0), one("bare:none:block:1", 1.0)];
        tried[0].1.cell.bounded = Some(false);
        tried[2].1.cell.truthful = Some(false);
        assert_eq!(judged(3, &tried).exit, ExitCode::Pass);
        tried[1].1.cell.bounded = Some(false);
        assert_eq!(judged(3, &tried).exit, ExitCode::Missed);
    }

    #[test]
    fn the_gravest_reason_is_told() {
        let mut tried = [one("shasta:500:block:1", 1.0)];
        assert_eq!(judged(2, &tried).exit, ExitCode::Inconclusive);
        tried[0].1.cell.truthful = Some(false);
        assert_eq!(judged(2, &tried).exit, ExitCode::Missed);
        tried[0].1.limits.push("cpu".to_owned());
        assert_eq!(judged(2, &tried).exit, ExitCode::Generator);
        tried[0].1.unbalanced.push("sent".to_owned());
        assert_eq!(judged(2, &tried).exit, ExitCode::Accounts);
    }
}
