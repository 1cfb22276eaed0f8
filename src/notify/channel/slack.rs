//! An incoming webhook of Slack.

use serde_json::{Value, json};

use super::http::Http;
use crate::config::Secret;
use crate::core::delivery::Alert;
use crate::notify::error::SendError;
use crate::notify::text;

/// A section takes 3,000; escapes and quotation marks need some of it.
const BODY_CHARACTERS: usize = 2_500;
const TITLE_CHARACTERS: usize = 300;

#[derive(Debug)]
pub struct Slack {
    http: Http,
    url: Secret,
}

impl Slack {
    pub fn new(http: Http, url: &Secret) -> Self {
        Self { http, url: url.clone() }
    }

    pub async fn send(&self, alert: &Alert) -> Result<(), SendError> {
        self.http.post(self.url.expose(), message(alert).to_string().into_bytes(), &[]).await
    }
}

fn message(alert: &Alert) -> Value {
    let title = escaped(&text::title(alert), TITLE_CHARACTERS);
    let body = escaped(&text::body(alert), BODY_CHARACTERS);
    let section = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    json!({"text": title, "blocks": [section(format!("*{title}*")), section(format!("```{body}```"))]})
}

/// Slack's three special characters; and nothing ends the quotation but its own end.
fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for letter in text.replace("```", "'''").chars() {
        let piece = match letter {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            letter => letter.to_string(),
        };
        if out.chars().count() + piece.len() > longest {
            return out + " ..";
        }
        out += &piece;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::alerts::page;

    #[test]
    fn nothing_in_a_name_becomes_markup_and_no_message_is_too_long() {
        let alert = Alert { evidence: "<!channel> a & b ``` ".repeat(500), ..page("k") };
        let message = message(&alert);
        let body = message["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(body.contains("&lt;!channel&gt; a &amp; b '''") && !body.contains('<'), "{body}");
        assert_eq!(body.matches("```").count(), 2);
        assert!(body.chars().count() < 3_000);
        assert!(message["text"].as_str().unwrap().starts_with("PAGE STOPPED"));
    }
}
