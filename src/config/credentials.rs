//! Passwords, keys and URLs that lie in files of their own.

use std::io;
use std::path::{Path, PathBuf};

use super::check::{Findings, NOT_A_URL, is_http};
use super::{Config, KafkaSecurity, Secret};

/// A secret that may come from a file.
struct Place<'a> {
    key: String,
    file: &'a Option<PathBuf>,
    secret: &'a mut Option<Secret>,
    is_url: bool,
}

/// Puts the content of each such file into its secret.
pub(super) fn resolve(config: &mut Config, directory: Option<&Path>, findings: &mut Findings) {
    for Place { key, file, secret, is_url } in places(config) {
        let Some(file) = file else { continue };
        let path = located(file, directory);
        match read(&path) {
            Ok(found) if is_url && !is_http(found.expose()) => findings.add(&[&key], format!("{}: {NOT_A_URL}", path.display())),
            // Both at once was found before, and is refused.
            Ok(found) => *secret = secret.take().or(Some(found)),
            Err(reason) => findings.add(&[&key], format!("{}: {reason}", path.display())),
        }
    }
}

fn places(config: &mut Config) -> Vec<Place<'_>> {
    let Config { kafka, redis, alerts, watch, .. } = config;
    let mut places = vec![
        of_kafka("kafka", &mut kafka.security),
        Place { key: "redis.password_file".to_owned(), file: &redis.password_file, secret: &mut redis.password, is_url: false },
        Place { key: "watch.token_file".to_owned(), file: &watch.token_file, secret: &mut watch.token, is_url: false },
    ];
    let dead_man = &mut alerts.dead_man;
    places.push(Place { key: "alerts.dead_man.url_file".to_owned(), file: &dead_man.url_file, secret: &mut dead_man.url, is_url: true });
    for (name, channel) in &mut alerts.channels {
        let key = |last: &str| format!("alerts.channels.{name}.{last}");
        places.push(Place { key: key("url_file"), file: &channel.url_file, secret: &mut channel.url, is_url: true });
        places.push(Place { key: key("key_file"), file: &channel.key_file, secret: &mut channel.key, is_url: false });
    }
    let clusters = watch.clusters.iter_mut();
    places.extend(clusters.map(|(name, cluster)| of_kafka(&format!("watch.clusters.{name}"), &mut cluster.security)));
    places
}

fn of_kafka<'a>(section: &str, security: &'a mut KafkaSecurity) -> Place<'a> {
    let key = format!("{section}.security.password_file");
    Place { key, file: &security.password_file, secret: &mut security.password, is_url: false }
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
