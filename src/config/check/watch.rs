//! `[watch]`

use std::net::SocketAddr;
use std::time::Duration;

use super::kafka::{Section, brokers, is_group, is_topic};
use super::url::each_is_http;
use super::{DAY, Findings, own_name};
use crate::config::{Config, WatchGroup};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let watch = &config.watch;
    findings.add_unless(watch.listen.is_empty() || watch.listen.parse::<SocketAddr>().is_ok(), &["watch.listen"], || {
        format!("{:?} is not address:port, expected such as \"127.0.0.1:9465\", \"[::]:9465\", or \"\" for none", watch.listen)
    });
    findings.add_unless(watch.token.is_none() || watch.token_file.is_none(), &["watch.token_file", "watch.token"], || {
        "set together with watch.token, keep one of them".to_owned()
    });
    each_is_http("watch.watchers", &watch.watchers, findings);
    for (name, cluster) in &watch.clusters {
        own_name("watch.clusters", name, findings);
        let section = Section::of(format!("watch.clusters.{name}"));
        brokers(&section, &cluster.brokers, findings);
        section.check(&cluster.security, &cluster.properties, findings);
    }
    for (name, group) in &watch.groups {
        own_name("watch.groups", name, findings);
        check_group(name, group, config, findings);
    }
    each_once(config, findings);
    let is_named = !watch.groups.is_empty() || watch.clusters.len() < 2 || watch.discover;
    findings.add_unless(is_named, &["watch.groups", "watch.clusters"], || {
        "name the groups to be watched in sections [watch.groups.<name>], or set watch.discover: there are several clusters".to_owned()
    });
}

fn check_group(name: &str, group: &WatchGroup, config: &Config, findings: &mut Findings) {
    let key = |last: &str| format!("watch.groups.{name}.{last}");
    let clusters: Vec<String> = config.watched_clusters().into_keys().collect();
    let is_known = match &group.cluster {
        Some(cluster) => clusters.contains(cluster),
        None => clusters.len() == 1,
    };
    let section = format!("watch.groups.{name}");
    findings.add_unless(is_known, &[&key("cluster"), &section], || match &group.cluster {
        Some(cluster) => format!("there is no cluster {cluster:?}, expected one of {}", clusters.join(", ")),
        None => format!("must be set, there are several: {}", clusters.join(", ")),
    });
    if let Some(named) = &group.group {
        is_group(&key("group"), named, findings);
    }
    for topic in &group.topics {
        is_topic(&key("topics"), topic, findings);
    }
    if let Some(freshness) = group.freshness {
        findings.lasting(&key("freshness"), freshness, Duration::from_secs(30)..=DAY);
    }
    each_is_http(&key("workers"), &group.workers, findings);
}

/// What two sections watch would be told twice.
fn each_once(config: &Config, findings: &mut Findings) {
    let groups: Vec<_> = config.watch.groups.iter().collect();
    let watched = |(name, group): &(&String, &WatchGroup)| (group.cluster.clone(), group.group.clone().unwrap_or_else(|| (*name).clone()));
    for (at, second) in groups.iter().enumerate() {
        let shares_topics = |first: &WatchGroup| {
            first.topics.is_empty() || second.1.topics.is_empty() || first.topics.iter().any(|topic| second.1.topics.contains(topic))
        };
        let twice = groups[..at].iter().find(|first| watched(first) == watched(second) && shares_topics(first.1));
        if let Some((first, _)) = twice {
            let section = format!("watch.groups.{}", second.0);
            findings.add(&[&section], format!("watches what watch.groups.{first} watches too"));
        }
    }
}
