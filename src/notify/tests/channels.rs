//! Each channel: what it sends, and what becomes of it when the receiver does not take it.

use std::collections::BTreeMap;
use std::net::TcpListener;

use serde_json::Value;

use super::alerts::{page, resolved, warn};
use super::receiver::{Behaviour, Receiver, Request, TAKES};
use super::world::{HTTP_KINDS, KEY, World, alerts, channel, wait_for};
use crate::config::{AlertChannel, AlertSeverity, ChannelKind};
use crate::core::delivery::{Alert, State};
use crate::notify::DeadMan;

/// What a receiver understood: the incident, and whether it is open.
fn understood(kind: ChannelKind, request: &Request) -> (String, bool) {
    let json = request.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match kind {
        ChannelKind::Pagerduty => (text(&json["dedup_key"]), json["event_action"] == "trigger"),
        ChannelKind::Alertmanager => {
            let ends = json[0]["endsAt"].as_str().unwrap();
            let left = humantime::parse_rfc3339(ends).unwrap().duration_since(std::time::SystemTime::now());
            (text(&json[0]["labels"]["incident"]), left.is_ok_and(|left| left.as_secs() > 200))
        }
        ChannelKind::Slack => {
            let body = text(&json["blocks"][1]["text"]["text"]);
            let key = body.split("incident ").nth(1).unwrap().split(' ').next().unwrap();
            (key.to_owned(), json["text"].as_str().unwrap().contains("PAGE "))
        }
        _ => (text(&json["key"]), json["state"] == "open"),
    }
}

fn taken(kind: ChannelKind, receiver: &Receiver) -> Vec<(String, bool)> {
    receiver.taken().iter().map(|request| understood(kind, request)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_receiver_does_nothing_is_lost_and_what_it_took_is_not_sent_again() {
    const TROUBLES: [Behaviour; 8] = [
        Behaviour::Hang,
        Behaviour::Close,
        Behaviour::CloseInTheAnswer,
        Behaviour::Answer(429, "retry-after: 0.05\r\n"),
        Behaviour::Answer(500, ""),
        Behaviour::Answer(503, "retry-after: 86400\r\n"),
        Behaviour::Answer(302, "location: http://127.0.0.1:1/\r\n"),
        Behaviour::Answer(404, ""),
    ];
    let kinds = HTTP_KINDS.map(|kind| {
        tokio::spawn(async move {
            let directory = tempfile::tempdir().unwrap();
            let receiver = Receiver::start(TAKES);
            let world = World::start(&alerts(directory.path(), [("ops", channel(kind, &receiver.url()))]));
            for (number, trouble) in TROUBLES.into_iter().enumerate() {
                let key = format!("prod/tags/{number}");
                receiver.behave(trouble.clone());
                world.notifier.submit(page(&key)).await;
                let sees = |receiver: &Receiver| receiver.requests().iter().filter(|request| request.behaviour == trouble).count() >= 2;
                wait_for("two attempts", || sees(&receiver)).await;
                receiver.behave(TAKES);
                wait_for("it is taken", || taken(kind, &receiver).contains(&(key.clone(), true))).await;
                world.notifier.submit(resolved(&key)).await;
                wait_for("the end is taken", || taken(kind, &receiver).contains(&(key.clone(), false))).await;
            }
            world.notifier.shutdown().await;
            let all = taken(kind, &receiver);
            let expected: Vec<_> =
                (0..TROUBLES.len()).flat_map(|number| [true, false].map(|open| (format!("prod/tags/{number}"), open))).collect();
            assert_eq!(all, expected, "{kind:?}");
        })
    });
    for kind in kinds {
        kind.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_not_there_yet_gets_all_when_it_is() {
    for kind in HTTP_KINDS {
        let directory = tempfile::tempdir().unwrap();
        // Bound and not listened at: refused.
        let socket = refusing_socket();
        let address = socket.local_addr().unwrap();
        let world = World::start(&alerts(directory.path(), [("ops", channel(kind, &format!("http://{address}")))]));
        world.notifier.submit(page("a")).await;
        wait_for("it is tried", || world.count("ops", "failed") >= 2).await;
        assert!(world.notifier.pages_undeliverable_for().is_some());
        world.notifier.submit(resolved("a")).await;
        // What was on its way when it was over is not late.
        let failed = world.count("ops", "failed");
        wait_for("it is tried when it is over", || world.count("ops", "failed") >= failed + 2).await;
        let receiver = Receiver::listen(socket.listen(), TAKES, None);
        wait_for("both are taken", || receiver.taken().len() == 2).await;
        world.notifier.shutdown().await;
        assert_eq!(taken(kind, &receiver), [("a".to_owned(), true), ("a".to_owned(), false)]);
        if kind == ChannelKind::Webhook {
            assert_eq!(
                (receiver.taken()[0].json()["late"].clone(), receiver.taken()[1].json()["late"].clone()),
                (true.into(), false.into())
            );
        }
    }
}

/// A port that is taken and refuses.
struct Refusing(tokio::net::TcpSocket);

fn refusing_socket() -> Refusing {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    Refusing(socket)
}

impl Refusing {
    fn local_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        self.0.local_addr()
    }

    fn listen(self) -> TcpListener {
        let listener = self.0.listen(64).unwrap().into_std().unwrap();
        listener.set_nonblocking(false).unwrap();
        listener
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_good_is_not_sent_again_and_goes_to_the_standby() {
    let directory = tempfile::tempdir().unwrap();
    let (pager, standby) = (Receiver::start(Behaviour::Answer(400, "")), Receiver::start(TAKES));
    let first = AlertChannel { hand_over: Some("standby".to_owned()), ..channel(ChannelKind::Pagerduty, &pager.url()) };
    let second = AlertChannel { severity: Some(AlertSeverity::Standby), ..channel(ChannelKind::Webhook, &standby.url()) };
    let world = World::start(&alerts(directory.path(), [("pager", first), ("standby", second)]));
    world.notifier.submit(page("a")).await;
    world.notifier.submit(warn("b")).await;
    wait_for("it is handed over", || !standby.taken().is_empty()).await;
    assert_eq!(standby.taken()[0].json()["handed_over_by"], "pager");
    wait_for("the gauge says so", || world.has_line("shasta_notifications_handed_over{channel=\"pager\"} 1")).await;
    assert_eq!((pager.requests().len(), world.count("pager", "refused")), (1, 1));
    wait_for("somebody has it", || world.notifier.pages_undeliverable_for().is_none()).await;
    world.notifier.submit(resolved("a")).await;
    wait_for("the standby hears the end", || standby.taken().len() == 2).await;
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_hangs_hands_over_and_gets_its_page_when_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let (pager, standby) = (Receiver::start(Behaviour::Hang), Receiver::start(TAKES));
    let first = AlertChannel { hand_over: Some("standby".to_owned()), ..channel(ChannelKind::Pagerduty, &pager.url()) };
    let second = AlertChannel { severity: Some(AlertSeverity::Standby), ..channel(ChannelKind::Webhook, &standby.url()) };
    let world = World::start(&alerts(directory.path(), [("pager", first), ("standby", second)]));
    world.notifier.submit(page("a")).await;
    wait_for("it is handed over", || !standby.taken().is_empty()).await;
    pager.behave(TAKES);
    wait_for("the pager has it", || !pager.taken().is_empty()).await;
    wait_for("the gauge falls", || world.has_line("shasta_notifications_handed_over{channel=\"pager\"} 0")).await;
    world.notifier.submit(resolved("a")).await;
    wait_for("both hear the end", || pager.taken().len() == 2 && standby.taken().len() == 2).await;
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_watchers_call_with_one_key_and_a_signature_that_can_be_checked() {
    let (pager, hook) = (Receiver::start(TAKES), Receiver::start(TAKES));
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for directory in &directories {
        let channels = [("hook", channel(ChannelKind::Webhook, &hook.url())), ("pager", channel(ChannelKind::Pagerduty, &pager.url()))];
        let world = World::start(&alerts(directory.path(), channels));
        world.notifier.submit(page("prod/tags/progress")).await;
        wait_for("both have it", || world.count("hook", "delivered") + world.count("pager", "delivered") == 2).await;
        world.notifier.shutdown().await;
    }
    assert_eq!(pager.taken().iter().map(|request| request.json()["dedup_key"].clone()).collect::<Vec<_>>(), ["prod/tags/progress"; 2]);
    for request in hook.taken() {
        let signature = request.header("x-shasta-signature").unwrap();
        let (time, expected) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, KEY.as_bytes());
        let signed = ring::hmac::sign(&key, format!("{time}.{}", request.body).as_bytes());
        assert_eq!(crate::notify::outbox::hex(signed.as_ref()), expected);
        let alert: Alert = serde_json::from_str(&request.body).unwrap();
        assert_eq!(request.header("idempotency-key").unwrap(), format!("host-1/prod/tags/progress/{}/1", alert.opened));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_replicas_of_alertmanager_are_told_and_one_of_them_is_enough() {
    let directory = tempfile::tempdir().unwrap();
    let (healthy, broken) = (Receiver::start(TAKES), Receiver::start(Behaviour::Answer(500, "")));
    let manager = AlertChannel { urls: vec![broken.url(), healthy.url()], ..channel(ChannelKind::Alertmanager, "") };
    let world = World::start(&alerts(directory.path(), [("manager", manager)]));
    world.notifier.submit(warn("a")).await;
    wait_for("it is told", || world.count("manager", "delivered") == 1).await;
    world.notifier.shutdown().await;
    assert_eq!((healthy.requests().len(), broken.requests().len()), (1, 1));
    assert_eq!(healthy.requests()[0].path, "/api/v2/alerts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_the_alert_on_its_input_and_its_end_counts() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let shell =
        |script: String| AlertChannel { command: ["/bin/sh", "-c", &script].map(str::to_owned).to_vec(), ..channel(ChannelKind::Exec, "") };
    let shell = |script: String| AlertChannel { url: None, ..shell(script) };
    let channels = [
        ("fails", shell("echo 'no paper' >&2; exit 3".to_owned())),
        ("hangs", shell("sleep 60 & sleep 60".to_owned())),
        ("leaves", shell(format!("sleep 60 & cat >> {}; exit 0", out.display()))),
        ("deaf", shell("exec 0<&-; exit 0".to_owned())),
    ];
    let world = World::start(&alerts(directory.path(), channels));
    world.notifier.submit(Alert { evidence: "x".repeat(200_000), ..page("a") }).await;
    wait_for("the good ones have it", || world.count("leaves", "delivered") == 1 && world.count("deaf", "delivered") == 1).await;
    wait_for("the bad ones are tried again", || world.count("fails", "failed") > 1 && world.count("hangs", "failed") > 1).await;
    let results: BTreeMap<_, _> =
        crate::notify::drill::drill(&world.notifier.shared.channels, "h", std::time::Duration::ZERO).await.into_iter().collect();
    assert_eq!(results["fails"].as_ref().unwrap_err().to_string(), "fails: /bin/sh ended with exit status: 3: no paper");
    assert!(results["hangs"].as_ref().unwrap_err().may_have_arrived());
    let input = std::fs::read_to_string(&out).unwrap();
    let alert: Alert = serde_json::Deserializer::from_str(&input).into_iter().next().unwrap().unwrap();
    assert_eq!((alert.key.as_str(), alert.evidence.len()), ("a", 200_000));
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_goes_through_every_channel_with_its_end_and_names_what_fails() {
    let directory = tempfile::tempdir().unwrap();
    let (good, bad) = (Receiver::start(TAKES), Receiver::start(Behaviour::Answer(403, "")));
    let channels = [
        ("chat", channel(ChannelKind::Slack, &good.url())),
        ("hook", channel(ChannelKind::Webhook, &bad.url())),
        ("line", AlertChannel { url: None, ..channel(ChannelKind::Log, "") }),
        ("pager", channel(ChannelKind::Pagerduty, &good.url())),
    ];
    let world = World::start(&alerts(directory.path(), channels));
    let results = crate::notify::drill::drill(&world.notifier.shared.channels, "host-1", std::time::Duration::from_millis(10)).await;
    let failed: Vec<_> = results.iter().filter_map(|(name, result)| Some((name.as_str(), result.as_ref().err()?.to_string()))).collect();
    assert_eq!(failed, [("hook", "hook: answered 403: said <by> the receiver".to_owned())]);
    let calls = |word: &str| good.taken().iter().filter(|request| request.body.contains(word)).count();
    assert_eq!((calls("\"trigger\""), calls("\"resolve\""), good.taken().len()), (1, 1, 4));
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_error_holds_an_url_or_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let echo = Receiver::start(Behaviour::Answer(400, ""));
    let refusing = refusing_socket();
    let closed = format!("http://{}", refusing.local_addr().unwrap());
    for behaviour in [Behaviour::Answer(500, ""), Behaviour::Hang, Behaviour::Close, Behaviour::CloseAtOnce, Behaviour::Answer(400, "")] {
        echo.behave(behaviour);
        for url in [echo.url(), closed.clone(), "http://name.invalid".to_owned(), "https://127.0.0.1:1".to_owned()] {
            let channels = HTTP_KINDS.map(|kind| (kind.as_str(), channel(kind, &url)));
            let built = alerts(directory.path(), channels);
            let Ok(made) = crate::notify::channel::channels(&built, "h") else { continue };
            for (_, result) in crate::notify::drill::drill(&made, "h", std::time::Duration::ZERO).await {
                let text = format!("{0} {0:?}", result.unwrap_err());
                assert!(!text.contains("s3cret") && !text.contains(KEY) && !text.contains("http://"), "{text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_with_a_certificate_of_a_private_authority_is_trusted_where_it_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, certificate.pem()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls_pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let receiver = Receiver::start_tls(config);
    let url = format!("https://localhost:{}", receiver.address.port());
    let trusted = AlertChannel { ca_file: Some(ca_file), ..channel(ChannelKind::Webhook, &url) };
    let world = World::start(&alerts(directory.path(), [("trusted", trusted)]));
    world.notifier.submit(page("a")).await;
    wait_for("it is taken", || world.count("trusted", "delivered") == 1).await;
    let other = tempfile::tempdir().unwrap();
    let wrong = other.path().join("ca.pem");
    std::fs::write(&wrong, rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem()).unwrap();
    let untrusted = AlertChannel { ca_file: Some(wrong), ..channel(ChannelKind::Webhook, &url) };
    let channels = [("untrusted".to_owned(), crate::notify::channel::Channel::new("untrusted", &untrusted, "h").unwrap())].into();
    let results = crate::notify::drill::drill(&channels, "h", std::time::Duration::ZERO).await;
    assert!(results[0].1.as_ref().unwrap_err().to_string().contains("certificate"), "{results:?}");
    world.notifier.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dead_mans_switch_is_reached_unless_a_page_is_stuck() {
    let receiver = Receiver::start(TAKES);
    let url = Some(crate::config::Secret::new(&format!("{}/ping", receiver.url())));
    let dead_man = DeadMan::new(&crate::config::alerts::DeadMan { url, ..Default::default() }).unwrap();
    let seconds = std::time::Duration::from_secs;
    dead_man.ping(None);
    wait_for("the first", || receiver.requests().len() == 1).await;
    dead_man.ping(Some(seconds(180)));
    wait_for("the second", || {
        dead_man.ping(Some(seconds(179)));
        receiver.requests().len() >= 2
    })
    .await;
    assert!(receiver.requests().iter().all(|request| request.path == "/ping"));
    receiver.behave(Behaviour::Hang);
    let before = receiver.requests().len();
    wait_for("one hangs", || {
        dead_man.ping(None);
        receiver.requests().len() > before
    })
    .await;
    (0..100).for_each(|_| dead_man.ping(None));
    assert_eq!(receiver.requests().len(), before + 1, "one at a time");
    DeadMan::new(&crate::config::alerts::DeadMan::default()).unwrap().ping(None);
}

#[test]
fn an_end_is_told_as_such() {
    assert_eq!((resolved("a").state, page("a").state), (State::Resolved, State::Open));
}
