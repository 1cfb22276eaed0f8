//! `[http]`, `[log]`, `[otlp]`

use std::net::SocketAddr;
use std::time::Duration;

use super::{Findings, shown};
use crate::config::{Config, Otlp};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let listen = &config.http.listen;
    findings.add_unless(listen.is_empty() || listen.parse::<SocketAddr>().is_ok(), &["http.listen"], || {
        format!("{listen:?} is not address:port, expected such as \"127.0.0.1:9464\", \"[::]:9464\", or \"\" for no endpoint")
    });
    #[cfg(feature = "daemon")]
    if let Err(error) = tracing_subscriber::EnvFilter::builder().parse(&config.log.filter) {
        findings.add(&["log.filter"], format!("{:?}: {error}, expected such as \"info,shasta::store=debug\"", config.log.filter));
    }
    otlp(&config.otlp, findings);
}

fn otlp(otlp: &Otlp, findings: &mut Findings) {
    findings.lasting("otlp.interval", otlp.interval, Duration::from_secs(1)..=Duration::from_secs(3600));
    findings.within("otlp.trace_ratio", otlp.trace_ratio, 0.0..=1.0);
    let Some(endpoint) = &otlp.endpoint else { return };
    let host = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    findings.add_unless(host.is_some_and(|host| !host.is_empty() && !host.contains('@')), &["otlp.endpoint"], || {
        format!("{} is not a URL without credentials, expected such as \"http://127.0.0.1:4318\"", shown(&format!("{endpoint:?}")))
    });
}
