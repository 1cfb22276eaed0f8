//! The layer of the command line: `--set kafka.brokers=...`.

use super::super::catalog::Catalog;
use super::super::error::Problem;
use super::super::origin::Origin;
use super::Reading;

pub fn read(assignments: &[String], reading: &mut Reading) {
    for assignment in assignments {
        match assignment.split_once('=') {
            Some((path, text)) => reading.take_text(Catalog::get().split(path.trim()), text, Origin::Flag, str::to_owned),
            // Not repeated: it might be a secret.
            None => reading.problems.push(Problem::without_key(Origin::Flag, "expected KEY=VALUE, found no \"=\"")),
        }
    }
}
