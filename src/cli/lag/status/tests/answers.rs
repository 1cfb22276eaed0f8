//! What a watcher answers, over a real connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::watch::document::Document;

use super::super::client::{ClientError, WatcherClient};
use super::super::source::{Source, SourceError};
use super::super::wanted::Wanted;
use super::two_days::document;

/// Answers every request alike; `None` never does. Returns its URL.
async fn watcher(answer: Option<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _read = connection.read(&mut request).await;
            if let Some(answer) = &answer {
                let _written = connection.write_all(answer.as_bytes()).await;
            } else {
                open.push(connection);
            }
        }
    });
    url
}

fn http(status: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
}

fn config(watchers: Vec<String>) -> Config {
    let mut config = Config::default();
    config.watch.watchers = watchers;
    config
}

async fn error(answer: Option<String>) -> ClientError {
    WatcherClient::new(&watcher(answer).await).unwrap().lag(None, None).await.unwrap_err()
}

#[tokio::test]
async fn the_first_watcher_that_answers_is_taken() {
    let json = serde_json::to_string(&document(5.5)).unwrap();
    let refuses = "http://127.0.0.1:1".to_owned();
    let answers = watcher(http("200 OK", &json)).await;
    let mut source = Source::new(&config(vec![refuses, answers.clone()]), &Wanted::default()).unwrap();
    let found = source.look(Some(7_200.0)).await.unwrap();
    assert_eq!(found.document, serde_json::from_str::<Document>(&json).unwrap());
    assert_eq!(found.by, format!("{answers} (w1, 1.8.2)"));
    assert_eq!(found.json(&Wanted::default()).unwrap(), json + "\n", "as it came");
}

#[tokio::test]
async fn what_was_not_asked_after_is_left_out_and_what_is_new_stays() {
    let mut answer = serde_json::to_value(document(5.5)).unwrap();
    let mut other = answer["groups"][0].clone();
    other["view"]["topic"] = "other".into();
    answer["groups"].as_array_mut().unwrap().push(other);
    answer["of_a_later_version"] = true.into();
    let url = watcher(http("200 OK", &answer.to_string())).await;
    let wanted = Wanted { topic: Some("other".into()), ..Wanted::default() };
    let found = Source::new(&config(vec![url]), &wanted).unwrap().look(None).await.unwrap();
    assert_eq!(found.document.groups.len(), 1);
    let json: serde_json::Value = serde_json::from_str(&found.json(&wanted).unwrap()).unwrap();
    assert_eq!((json["groups"].as_array().unwrap().len(), &json["of_a_later_version"]), (1, &true.into()));
}

#[tokio::test]
async fn what_is_no_answer_is_told_as_what_it_is() {
    let garbage = error(http("200 OK", "<html>hello")).await;
    assert!(matches!(&garbage, ClientError::NotUnderstood { .. }) && !garbage.is_retryable(), "{garbage}");
    let later = error(http("200 OK", r#"{"schema":"shasta.watch/2","groups":"of another kind"}"#)).await;
    assert!(later.to_string().ends_with(r#"speaks "shasta.watch/2"; this shasta reads "shasta.watch/1""#), "{later}");
    let refused = error(http("503 Service Unavailable", "starting")).await;
    assert!(refused.to_string().ends_with("answered 503 Service Unavailable: starting") && refused.is_retryable(), "{refused}");
    let cut = error(Some("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".into())).await;
    assert!(matches!(&cut, ClientError::Unreachable { .. }) && cut.is_retryable(), "{cut}");
}

#[tokio::test]
async fn a_watcher_that_hangs_holds_up_for_five_seconds_and_the_next_is_asked() {
    let json = serde_json::to_string(&document(5.5)).unwrap();
    let watchers = vec![watcher(None).await, watcher(http("200 OK", &json)).await];
    let mut source = Source::new(&config(watchers.clone()), &Wanted::default()).unwrap();
    let found = tokio::time::timeout(Duration::from_secs(8), source.look(None)).await.unwrap().unwrap();
    assert!(found.by.starts_with(&watchers[1]));
    // Who answered is asked first from then on.
    tokio::time::timeout(Duration::from_secs(2), source.look(None)).await.unwrap().unwrap();
}

#[tokio::test]
async fn where_nobody_can_be_asked_it_is_said_why() {
    let wanted = Wanted { group: Some("g".into()), cluster: Some("none".into()), ..Wanted::default() };
    let nobody = Source::new(&config(vec!["http://127.0.0.1:1/".into()]), &wanted).unwrap().look(None).await.unwrap_err();
    assert_eq!(nobody.to_string(), "no group is watched that fits");
    let wrong = Source::new(&config(vec!["w1:9465".into()]), &Wanted::default()).unwrap_err();
    assert!(wrong.to_string().starts_with("w1:9465: is no URL of a watcher: "), "{wrong}");
}

#[tokio::test]
async fn a_watcher_of_another_version_is_an_error_and_not_hidden_by_own_samples() {
    let url = watcher(http("200 OK", r#"{"schema":"shasta.watch/2"}"#)).await;
    let error = Source::new(&config(vec![url]), &Wanted::default()).unwrap().look(None).await.unwrap_err();
    assert!(matches!(error, SourceError::Client(ClientError::OtherFormat { .. })) && !error.is_retryable(), "{error}");
}
