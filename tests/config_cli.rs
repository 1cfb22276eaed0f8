//! `shasta config` and the command line itself, as a user meets them.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output, Stdio};

fn shasta(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shasta"));
    command.args(arguments).env_clear();
    command
}

fn output(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_right_configuration_is_ok() {
    let (code, stdout, stderr) = output(shasta(&["config", "check", "--config", "config/local.toml", "--set", "kafka.topic=rooms"]));
    assert_eq!(stdout, "ok: topic rooms at 127.0.0.1:9092, group shasta-tags, into redis at 127.0.0.1:6379 under shasta:\n");
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_right_watcher_says_what_it_watches_and_whom_it_tells() {
    let flags = ["watch.clusters.eu.brokers=a:1", "watch.groups.billing.topics=x", "alerts.channels.a.type=log"];
    let flags = flags.iter().flat_map(|flag| ["--set", flag]);
    let (code, stdout, stderr) = output(shasta(&["config", "check"].into_iter().chain(flags).collect::<Vec<_>>()));
    assert_eq!(stdout.split_once('\n').unwrap().1, "ok: watches billing in eu (eu at a:1)\nok: tells a by log\n");
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_wrong_configuration_exits_78_with_all_that_is_wrong() {
    let mut command = shasta(&["--set", "redis.slices=0", "config", "check", "--set", "kafka.batch=1"]);
    command.env("SHASTA_KAFKA__BROKERS", "a:1").env("SHASTA__FOLD__TTL", "1");
    let (code, stdout, stderr) = output(command);
    assert_eq!((code, stdout.as_str()), (78, ""));
    let starts = [
        "SHASTA_KAFKA__BROKERS: not a variable",
        "SHASTA__FOLD__TTL: fold.ttl: expected",
        "--set: kafka.batch: unknown",
        "--set: redis.slices: 0",
    ];
    assert_eq!(stderr.lines().count(), starts.len(), "{stderr}");
    for (line, start) in stderr.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn the_file_may_come_from_the_environment() {
    let mut command = shasta(&["config", "check"]);
    command.env("SHASTA_CONFIG", "no-such.toml");
    let (code, _, stderr) = output(command);
    assert_eq!((code, stderr.as_str()), (78, "no-such.toml: cannot be read: No such file or directory (os error 2)\n"));
}

#[test]
fn show_redacts_secrets_names_places_and_can_be_loaded() {
    let mut command = shasta(&["config", "show", "--set", "kafka.topic=rooms"]);
    command.env("SHASTA__REDIS__PASSWORD", "007");
    let (code, stdout, _) = output(command);
    assert_eq!(code, 0);
    assert!(stdout.contains("topic = \"rooms\"  # --set\n"), "{stdout}");
    assert!(stdout.contains("password = \"[redacted]\"  # SHASTA__REDIS__PASSWORD\n"), "{stdout}");
    assert!(stdout.contains("\ngroup = \"shasta-tags\"\n"), "{stdout}");
    assert!(!stdout.contains("007"));

    let directory = tempfile::tempdir().unwrap();
    let shown = directory.path().join("shown.toml");
    std::fs::write(&shown, stdout).unwrap();
    let (code, again, stderr) = output(shasta(&["config", "show", "--config", shown.to_str().unwrap()]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(again.contains("topic = \"rooms\""));
}

#[test]
fn show_needs_no_password_file_and_check_does() {
    let (code, stdout, _) = output(shasta(&["config", "show", "--config", "config/msk-memorydb.toml"]));
    assert_eq!(code, 0);
    assert!(stdout.contains("password_file = \"redis-password\"  # config/msk-memorydb.toml:"), "{stdout}");
    let (code, _, stderr) = output(shasta(&["config", "check", "--config", "config/msk-memorydb.toml"]));
    assert_eq!(code, 78);
    assert!(stderr.contains(": redis.password_file: redis-password: cannot be read: "), "{stderr}");
    for example in ["config/msk-memorydb.toml", "config/load.toml"] {
        let (code, _, stderr) = output(shasta(&["config", "check", "--without-secrets", "--config", example]));
        assert_eq!((code, stderr.as_str()), (0, ""), "{example}");
    }
}

#[test]
fn defaults_are_the_file_and_the_schema_is_json() {
    let (code, stdout, _) = output(shasta(&["config", "defaults"]));
    assert_eq!((code, stdout.as_str()), (0, include_str!("../config/shasta.toml")));
    let (code, stdout, _) = output(shasta(&["config", "schema"]));
    let schema: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, schema["title"].as_str()), (0, Some("Config")));
    assert_eq!(schema["$defs"]["Kafka"]["properties"]["session_timeout"]["x-expected"], "a duration such as \"250ms\"");
}

#[test]
fn a_wrong_command_line_exits_2() {
    for line in [&["config", "chek"][..], &["nothing"], &["config", "check", "--wat"], &["completions", "tcl"], &[]] {
        let (code, stdout, _) = output(shasta(line));
        assert_eq!((code, stdout.as_str()), (2, ""), "{line:?}");
    }
}

#[test]
fn the_version_says_which_build_it_is() {
    let (code, stdout, _) = output(shasta(&["--version"]));
    assert_eq!(code, 0);
    let build = stdout.strip_prefix(concat!("shasta ", env!("CARGO_PKG_VERSION"), " (")).unwrap();
    let sha = build.strip_suffix(")\n").unwrap();
    assert!(sha == "unknown" || sha.len() >= 7 && sha.chars().all(|c| c.is_ascii_hexdigit()), "{stdout}");
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = output(shasta(&["completions", shell]));
        assert_eq!(code, 0);
        assert!(stdout.contains("completions") && stdout.contains("config"), "{shell}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for command in [["config", "schema"], ["config", "defaults"], ["completions", "bash"]] {
        let mut child = shasta(&command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let Output { status, stderr, .. } = child.wait_with_output().unwrap();
        assert_eq!((status.code(), stderr.as_slice()), (Some(0), &b""[..]), "{command:?}");
    }
}
