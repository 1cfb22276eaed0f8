//! Sections of names of the user's own: channels, clusters, groups.

use super::World;
use crate::config::{AlertChannel, ChannelKind, Config, Origins, WatchedGroup, load_with_origins, render};

const CHAT: &str = "[alerts.channels.chat]\ntype = 'slack'\nurl = 'https://hooks.slack.com/x'\n";

fn groups(world: &World) -> Vec<String> {
    let told = |group: WatchedGroup| format!("{}/{}/{}", group.cluster, group.group, group.topics.join("+"));
    world.config().watched_groups().into_iter().map(told).collect()
}

#[test]
fn every_layer_sets_keys_of_the_same_section() {
    let world = World::new()
        .file(&format!("{CHAT}ca_file = '/ca.pem'"))
        .beside("conf.d/a.toml", "[alerts]\nchannels.chat.timeout = '5s'\nchannels.other = {type = 'log'}")
        .variable("SHASTA__ALERTS__CHANNELS__CHAT__SEVERITY", "page")
        .variable("SHASTA__ALERTS__CHANNELS__CHAT__CA_FILE", "")
        .set("alerts.channels.chat.hand_over=other");
    let (config, origins) = load_with_origins(&world.request).unwrap();
    let chat = &config.alerts.channels["chat"];
    assert_eq!((chat.kind, chat.hand_over.as_deref(), chat.ca_file.as_deref()), (Some(ChannelKind::Slack), Some("other"), None));
    assert_eq!((chat.timeout.as_secs(), chat.severity.unwrap()), (5, crate::config::AlertSeverity::Page));
    assert_eq!(config.alerts.channels["other"], AlertChannel { kind: Some(ChannelKind::Log), ..AlertChannel::default() });
    assert!(origins.of("alerts.channels.chat.timeout").to_string().ends_with("conf.d/a.toml:2:25"));
    assert_eq!(origins.of("alerts.channels.chat.severity").to_string(), "SHASTA__ALERTS__CHANNELS__CHAT__SEVERITY");
}

#[test]
fn a_variable_means_the_name_that_a_file_gave() {
    let file = "[alerts.channels.On-Call]\ntype = 'pagerduty'\n[watch.groups.\"shasta.tags\"]\n";
    let world = World::new()
        .file(file)
        .variable("SHASTA__ALERTS__CHANNELS__ON_CALL__KEY", "007")
        .variable("SHASTA__WATCH__GROUPS__SHASTA_TAGS__TOPICS", "a,b")
        .variable("SHASTA__ALERTS__CHANNELS__OF_NO_FILE__TYPE", "log");
    let channels = world.config().alerts.channels;
    assert_eq!(channels.keys().collect::<Vec<_>>(), ["On-Call", "of_no_file"]);
    assert_eq!(channels["On-Call"].key.as_ref().unwrap().expose(), "007");
    assert_eq!(groups(&world), ["default/shasta.tags/a+b"]);
}

#[test]
fn a_name_may_hold_dots_in_quotes_or_without() {
    let named = ["[watch.groups.'shasta.tags']\ntopics = ['a']", "[watch.groups.shasta.tags]\ntopics = ['a']"];
    assert_eq!(groups(&World::new().file(named[0])), ["default/shasta.tags/a"]);
    let unquoted = World::new().file(named[1]).problems();
    assert!(unquoted[0].starts_with("shasta.toml:1:22: watch.groups.shasta.tags: unknown key"), "{unquoted:?}");
    assert_eq!(groups(&World::new().set("watch.groups.shasta.tags.topics=a")), ["default/shasta.tags/a"]);
}

#[test]
fn a_section_is_there_though_none_of_its_keys_is_set() {
    assert_eq!(groups(&World::new().file("[watch.groups.billing]")), ["default/billing/"]);
}

#[test]
fn without_a_section_the_worker_s_own_group_is_watched() {
    let world = World::new().set("kafka.topic=rooms").set("kafka.brokers=a:1");
    assert_eq!(groups(&world), ["default/shasta-tags/rooms"]);
    assert_eq!(world.config().watched_clusters()["default"], world.config().kafka);
    let world = world.set("watch.clusters.eu.brokers=b:1").set("watch.clusters.eu.properties.client.rack=r");
    assert_eq!(groups(&world), ["eu/shasta-tags/rooms"]);
    let clusters = world.config().watched_clusters();
    assert_eq!((clusters.len(), clusters["eu"].brokers.as_str(), clusters["eu"].properties["client.rack"].as_str()), (1, "b:1", "r"));
}

#[test]
fn a_group_s_freshness_is_its_own_or_that_of_the_rules() {
    let config = World::new().file("[lag]\nfreshness = '2m'\n[watch.groups.a]\n[watch.groups.b]\nfreshness = '1h'").config();
    let freshness: Vec<u64> = config.watched_groups().iter().map(|group| group.freshness.as_secs()).collect();
    assert_eq!(freshness, [120, 3_600]);
}

/// A file and exactly what is said of it.
#[test]
fn a_fault_in_such_a_section_is_named_with_its_place() {
    let cluster = "[watch.clusters.eu]\nbrokers = 'a:1'\n[watch.clusters.us]\nbrokers = 'a:1'\n";
    let cases = [
        (
            "[alerts.channels.ops]\ntype = 'log'\ntimeuot = '1s'".to_owned(),
            "shasta.toml:3:1: alerts.channels.ops.timeuot: unknown key, did you mean alerts.channels.ops.timeout; expected one of ca_file, \
             command, hand_over, key, key_file, severity, timeout, type, url, url_file, urls",
        ),
        (
            "[alerts.chanels.ops]\ntype = 'log'".to_owned(),
            "shasta.toml:1:9: alerts.chanels: unknown key, did you mean alerts.channels; expected one of channels, dead_man, directory, runbooks",
        ),
        (
            "[watch]\nworkers = []".to_owned(),
            "shasta.toml:2:1: watch.workers: unknown key, did you mean watch.groups.<name>.workers; expected one of clusters, discover, groups, listen, \
             partition_metrics, token, token_file, watchers",
        ),
        (
            "[watch]\nhand_over = 'x'".to_owned(),
            "shasta.toml:2:1: watch.hand_over: unknown key, did you mean alerts.channels.<name>.hand_over; expected one of clusters, discover, \
             groups, listen, partition_metrics, token, token_file, watchers",
        ),
        (
            "alerts.channels = 'x'".to_owned(),
            "shasta.toml:1:8: alerts.channels: holds sections of names of your own, such as [alerts.channels.ops]",
        ),
        (
            "[[alerts.channels.ops]]\ntype = 'log'".to_owned(),
            "shasta.toml:1:19: alerts.channels.ops: is a section, set one of its keys: ca_file, command, hand_over, key, key_file, \
             severity, timeout, type, url, url_file, urls",
        ),
        (
            "[alerts.channels.ops]\ntype = 'pager'".to_owned(),
            "shasta.toml:2:8: alerts.channels.ops.type: expected one of \"pagerduty\", \"alertmanager\", \"slack\", \"webhook\", \"exec\", \
             \"log\", found \"pager\"",
        ),
        (
            "[alerts.channels.ops]\ntimeout = '5s'".to_owned(),
            "shasta.toml:1:18: alerts.channels.ops.type: must be set: \"pagerduty\", \"alertmanager\", \"slack\", \"webhook\", \"exec\" or \"log\"",
        ),
        (
            "[alerts.channels.'o ps']\ntype = 'log'".to_owned(),
            "shasta.toml:1:18: alerts.channels.o ps: is not a name, expected 1 to 64 of A-Z a-z 0-9 . _ -",
        ),
        (
            "[alerts.channels.ops]\ntype = 'pagerduty'".to_owned(),
            "shasta.toml:2:8: alerts.channels.ops.type: \"pagerduty\" needs alerts.channels.ops.key or key_file, the routing key of an integration",
        ),
        (
            "[alerts.channels.ops]\ntype = 'alertmanager'".to_owned(),
            "shasta.toml:2:8: alerts.channels.ops.type: \"alertmanager\" needs alerts.channels.ops.urls, of every replica",
        ),
        (
            "[alerts.channels.ops]\ntype = 'exec'\ncommand = ['tell']".to_owned(),
            "shasta.toml:2:8: alerts.channels.ops.type: \"exec\" needs alerts.channels.ops.command, an absolute path and its arguments",
        ),
        (
            "[alerts.channels.ops]\ntype = 'webhook'".to_owned(),
            "shasta.toml:2:8: alerts.channels.ops.type: \"webhook\" needs alerts.channels.ops.url or url_file",
        ),
        (format!("{CHAT}key = 'k'"), "shasta.toml:4:7: alerts.channels.chat.key: not used by \"slack\", leave it out"),
        (
            format!("{CHAT}hand_over = 'none'\n[alerts.channels.b]\ntype = 'log'"),
            "shasta.toml:4:13: alerts.channels.chat.hand_over: there is no channel \"none\", expected one of b",
        ),
        (
            format!("{CHAT}hand_over = 'chat'"),
            "shasta.toml:4:13: alerts.channels.chat.hand_over: \"chat\" hands over to this channel in the end",
        ),
        (
            format!("{CHAT}severity = 'standby'"),
            "shasta.toml:4:12: alerts.channels.chat.severity: \"standby\", and no channel hands over to \"chat\"",
        ),
        ("[alerts.dead_man]\nurl = 'hc-ping.com'".to_owned(), "shasta.toml:2:7: alerts.dead_man.url: is not a URL of http or https"),
        (
            "[watch.clusters.eu.security]\nprotocol = 'tls'".to_owned(),
            "shasta.toml:1:17: watch.clusters.eu.brokers: \"\" is not host:port, expected such as \"b-1:9092,b-2:9092\"",
        ),
        (
            "[watch.clusters.eu]\nbrokers = 'a:1'\nsecurity.username = 'u'".to_owned(),
            "shasta.toml:3:21: watch.clusters.eu.security.username: not used without SASL, set watch.clusters.eu.security.protocol to \
             \"sasl-tls\" or leave it out",
        ),
        (
            "[watch.groups.a]\ncluster = 'eu'".to_owned(),
            "shasta.toml:2:11: watch.groups.a.cluster: there is no cluster \"eu\", expected one of default",
        ),
        (format!("{cluster}[watch.groups.a]"), "shasta.toml:5:15: watch.groups.a.cluster: must be set, there are several: eu, us"),
        (
            cluster.to_owned(),
            "shasta.toml:1:17: watch.groups: name the groups to be watched in sections [watch.groups.<name>], or set watch.discover: there are \
             several clusters",
        ),
        (
            "[watch.groups.a]\n[watch.groups.b]\ngroup = 'a'\ntopics = ['t']".to_owned(),
            "shasta.toml:2:15: watch.groups.b: watches what watch.groups.a watches too",
        ),
        (
            "[watch.groups.a]\nworkers = ['w1:9464']".to_owned(),
            "shasta.toml:2:11: watch.groups.a.workers: \"w1:9464\" is not a URL of http or https without credentials",
        ),
    ];
    for (file, expected) in cases {
        assert_eq!(World::new().file(&file).problems(), [expected], "{file}");
    }
}

#[test]
fn channels_that_hand_over_in_a_circle_are_refused() {
    let hand_over = |from: &str, to: &str| format!("[alerts.channels.{from}]\ntype = 'log'\nhand_over = '{to}'\n");
    let circle = [hand_over("a", "b"), hand_over("b", "c"), hand_over("c", "b")].concat();
    let told = World::new().file(&circle).problems();
    let keys: Vec<&str> = told.iter().map(|problem| problem.split(": ").nth(1).unwrap()).collect();
    assert_eq!(keys, ["alerts.channels.b.hand_over", "alerts.channels.c.hand_over"]);
    let chain = [hand_over("a", "b"), hand_over("b", "c"), "[alerts.channels.c]\ntype = 'log'".to_owned()].concat();
    assert_eq!(World::new().file(&chain).config().alerts.channels.len(), 3);
}

#[test]
fn an_unknown_variable_keeps_the_name_in_what_is_suggested() {
    let problems = World::new().variable("SHASTA__ALERTS__CHANNELS__OPS__TYP", "log").problems();
    let start =
        "SHASTA__ALERTS__CHANNELS__OPS__TYP: alerts.channels.ops.typ: unknown key, did you mean SHASTA__ALERTS__CHANNELS__OPS__TYPE;";
    assert!(problems[0].starts_with(start), "{problems:?}");
}

#[test]
fn secrets_of_such_sections_come_from_files_and_are_not_shown() {
    let world = World::new()
        .beside("url", "https://hooks.slack.com/hunter2\n")
        .beside("key", "hunter2\n")
        .beside("password", "hunter2\n")
        .credentials()
        .file(
            "[alerts.channels.chat]\ntype = 'webhook'\nurl_file = 'url'\nkey_file = 'key'\n[watch]\ntoken_file = 'key'\n\
              [watch.clusters.eu]\nbrokers = 'a:1'\nsecurity = { protocol = 'sasl-tls', username = 'u', password_file = 'password' }",
        );
    let (config, origins) = load_with_origins(&world.request).unwrap();
    let chat = &config.alerts.channels["chat"];
    assert_eq!(chat.url.as_ref().unwrap().expose(), "https://hooks.slack.com/hunter2");
    let secrets = [&chat.key, &config.watch.token, &config.watched_clusters()["eu"].security.password];
    assert!(secrets.iter().all(|secret| secret.as_ref().unwrap().expose() == "hunter2"));
    for text in [render(&config, &origins).unwrap(), format!("{config:?}"), serde_json::to_string(&config).unwrap()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let both = world.set("alerts.channels.chat.key=k").problems();
    let told = "shasta.toml:4:12: alerts.channels.chat.key_file: set together with alerts.channels.chat.key, keep one of them";
    assert_eq!(both, [told]);
}

#[test]
fn a_url_from_a_file_must_be_one_and_is_not_repeated() {
    let file = "[alerts.channels.chat]\ntype = 'webhook'\nurl_file = 'url'";
    let world = World::new().beside("url", "hunter2\n").credentials().file(file);
    assert_eq!(world.problems(), ["shasta.toml:3:12: alerts.channels.chat.url_file: url: is not a URL of http or https"]);
}

#[test]
fn what_nobody_set_in_such_a_section_is_shown_without_a_place() {
    let (config, origins) = load_with_origins(&World::new().file(CHAT).request).unwrap();
    let shown = render(&config, &origins).unwrap();
    let section = shown.split("[alerts.channels.chat]\n").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(section.contains("timeout = \"10s\"\n") && section.contains("type = \"slack\"  # "), "{section}");
    let nothing = render(&Config::default(), &Origins::default()).unwrap();
    assert!(!nothing.contains('#'), "{nothing}");
}
