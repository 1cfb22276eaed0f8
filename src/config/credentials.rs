//! Passwords that lie in files of their own.

use std::io;
use std::path::{Path, PathBuf};

use super::check::Findings;
use super::{Config, Secret};

/// Puts the content of each `password_file` into its `password`.
pub(super) fn resolve(config: &mut Config, directory: Option<&Path>, findings: &mut Findings) {
    let kafka = &mut config.kafka.security;
    let redis = &mut config.redis;
    let places = [
        ("kafka.security.password_file", &kafka.password_file, &mut kafka.password),
        ("redis.password_file", &redis.password_file, &mut redis.password),
    ];
    for (key, file, password) in places {
        let Some(file) = file else { continue };
        let path = located(file, directory);
        match read(&path) {
            // Both at once was found before, and is refused.
            Ok(secret) => *password = password.take().or(Some(secret)),
            Err(reason) => findings.add(&[key], format!("{}: {reason}", path.display())),
        }
    }
}

fn located(file: &Path, directory: Option<&Path>) -> PathBuf {
    directory.map_or_else(|| file.to_owned(), |directory| directory.join(file))
}

fn read(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() { Err("is empty".to_owned()) } else { Ok(Secret::new(line)) }
}
