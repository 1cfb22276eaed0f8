//! Prometheus' own tools.

use std::path::Path;
use std::process::Command;

/// Runs promtool or amtool in `deploy/prometheus`; its standard output where it is content.
#[track_caller]
pub fn run(program: &str, arguments: &[&str]) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus");
    let output = Command::new(program).args(arguments).current_dir(directory).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: tests/setup.sh brings it"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned());
    assert!(output.status.success(), "{program} {arguments:?}: {stdout}{stderr}");
    stdout
}
