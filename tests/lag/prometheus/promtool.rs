//! A promtool test: written, run, and what it said.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::claim::{Claim, Expected};
use super::trace::SCRAPE_S;

const RULES: &str = "deploy/prometheus";
/// What is asked for at the end, and expected to have no samples: promtool then tells what it got.
const PROBES: [&str; 2] = ["told:first_seconds", "told:held_seconds"];

/// What the rules said of a claim by the end: when first, and for how many seconds in all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    pub first: Option<f64>,
    pub held_s: f64,
}

#[derive(Debug, Default)]
pub struct Verdict {
    /// By claim.
    pub said: BTreeMap<String, Said>,
    /// What did not hold, in promtool's words.
    pub wrong: Vec<String>,
}

pub struct Test {
    directory: tempfile::TempDir,
    rules: Vec<PathBuf>,
    series: String,
}

impl Test {
    /// Rules of `deploy/prometheus`, with `retention_s` in place of the seven days that stand there.
    pub fn new(rules: &[&str], retention_s: Option<f64>, series: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let kept = retention_s.unwrap_or(1e9);
        let copy = |name: &&str| {
            let text = fs::read_to_string(Path::new(RULES).join(name)).unwrap();
            let path = directory.path().join(name);
            fs::write(&path, text.replace("* 604800", &format!("* {kept}"))).unwrap();
            path
        };
        Self { rules: rules.iter().map(copy).collect(), directory, series }
    }

    pub fn run(&self, claims: &[Claim], expected: &[Vec<Expected>], end: f64) -> Verdict {
        let mut checks: String =
            claims.iter().zip(expected).flat_map(|(claim, expected)| expected.iter().map(|at| check(claim, at))).collect();
        for probe in PROBES {
            let _ = writeln!(checks, "      - expr: {probe}\n        eval_time: {end}s\n        exp_samples: []");
        }
        self.write(claims, &checks);
        let file = self.directory.path().join("test.yml");
        let output = Command::new("promtool").args(["test", "rules"]).arg(file).output();
        let output = output.unwrap_or_else(|error| panic!("promtool: {error}: tests/setup.sh brings it"));
        let text = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat();
        verdict(&text)
    }

    fn write(&self, claims: &[Claim], checks: &str) {
        let told = self.directory.path().join("told.yml");
        fs::write(&told, told_rules(claims)).unwrap();
        let files: String = self.rules.iter().chain([&told]).map(|path| format!("  - '{}'\n", path.display())).collect();
        let test = format!(
            "rule_files:\n{files}evaluation_interval: {SCRAPE_S}s\ngroup_eval_order: [shasta-watch, shasta-offsets, told]\n\
             tests:\n  - interval: {SCRAPE_S}s\n    input_series:\n{}    promql_expr_test:\n{checks}",
            self.series
        );
        fs::write(self.directory.path().join("test.yml"), test).unwrap();
    }
}

fn check(claim: &Claim, at: &Expected) -> String {
    let (name, time, value) = (&claim.name, at.time, u8::from(at.fires));
    format!(
        "      - expr: 'told:now{{claim=\"{name}\"}} + 0'\n        eval_time: {time}s\n        \
         exp_samples: [{{labels: '{{claim=\"{name}\"}}', value: {value}}}]\n"
    )
}

/// Records for each claim whether its alerts fire, when they did first, and for how long in all.
fn told_rules(claims: &[Claim]) -> String {
    let mut text = "groups:\n  - name: told\n    rules:\n".to_owned();
    for Claim { name, alerts, .. } in claims {
        let of = |record: &str| format!("max({record}{{claim=\"{name}\"}})");
        let fires = format!("(count({alerts}) > bool 0 or vector(0))");
        let rules = [
            ("told:now", fires.clone()),
            ("told:first_seconds", format!("({} > 0) or time() * {fires}", of("told:first_seconds"))),
            ("told:held_seconds", format!("({} or vector(0)) + {SCRAPE_S} * {fires}", of("told:held_seconds"))),
        ];
        for (record, expression) in rules {
            let _ = writeln!(text, "      - record: '{record}'\n        expr: '{expression}'\n        labels: {{claim: '{name}'}}");
        }
    }
    text
}

/// Promtool tells each expression that failed as `expr:`, `exp:` and `got:`, a line each.
fn verdict(text: &str) -> Verdict {
    let mut verdict = Verdict::default();
    for failed in text.split("expr: ").skip(1) {
        match PROBES.into_iter().find(|probe| failed.trim_start_matches('"').starts_with(probe)) {
            Some(probe) => failed.split("{__name__=").skip(1).filter_map(sample).for_each(|(claim, value)| {
                let said = verdict.said.entry(claim).or_default();
                match probe {
                    "told:first_seconds" => said.first = Some(value).filter(|first| *first > 0.0),
                    _ => said.held_s = value,
                }
            }),
            None => verdict.wrong.push(failed.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
    if verdict.said.is_empty() {
        verdict.wrong.push(text.to_owned());
    }
    verdict
}

/// Claim and value of `"told:now", claim="stopped"} 1.95E+03`.
fn sample(text: &str) -> Option<(String, f64)> {
    let (claim, rest) = text.split_once("claim=\"")?.1.split_once("\"} ")?;
    Some((claim.to_owned(), rest.split([',', '\n']).next()?.trim().parse().ok()?))
}
