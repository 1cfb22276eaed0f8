//! A run of the command, and what it left.

use std::process::Command;

use serde_json::Value;

use crate::support::scratch::Scratch;

/// Where `make test` puts Kafka's jars.
const LIBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/kafka/libs");

pub struct Loaded {
    pub code: i32,
    /// Both streams.
    pub said: String,
    pub report: Value,
    directory: Scratch,
}

impl Loaded {
    /// `shasta load <words>`; the words name the servers.
    pub fn by(words: &[&str]) -> Self {
        let directory = Scratch::new("load");
        let out = directory.join("result");
        let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
        command.arg("load").args(words).arg("--out").arg(&out).current_dir(directory.path());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
        let report = std::fs::read_to_string(out.join("report.json")).ok();
        let report = report.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        Self { code: output.status.code().unwrap(), said, report, directory }
    }

    /// On servers of its own.
    pub fn locally(words: &[&str]) -> Self {
        let servers = ["--local", "--kafka-libs", LIBS, "--partitions", "4"];
        Self::by(&[words, &servers].concat())
    }

    pub fn account(&self, name: &str) -> u64 {
        self.report["accounts"][name].as_u64().unwrap_or_else(|| panic!("{name}: {}\n{}", self.report["accounts"], self.said))
    }

    /// Every equation holds, and nothing was lost, doubled, reordered or damaged.
    pub fn assert_right(&self) {
        let equations = self.report["accounts"]["equations"].as_array().unwrap_or_else(|| panic!("no report: {}", self.said));
        assert!(equations.len() >= 4 && equations.iter().all(|equation| equation["ok"] == true), "{equations:#?}");
        for fault in ["acknowledged_lost", "doubled", "reordered", "corrupt", "late", "negative"] {
            assert_eq!(self.account(fault), 0, "{fault}: {}", self.report["accounts"]);
        }
        assert!([0, 4, 98, 99].contains(&self.code), "exit {}: {}", self.code, self.said);
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.join("result").join(name)).unwrap()
    }

    pub fn stage(&self, name: &str) -> &Value {
        let stages = self.report["stages"].as_array().unwrap();
        stages.iter().find(|stage| stage["name"] == name).unwrap_or_else(|| panic!("no stage {name}"))
    }
}
