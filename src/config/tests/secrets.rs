use super::World;
use crate::config::{Config, LoadRequest, Origins, load, render};

const SASL: &str = "[kafka.security]\nprotocol = 'sasl-tls'\nusername = 'u'\n";

fn kafka_password(config: &Config) -> &str {
    config.kafka.security.password.as_ref().unwrap().expose()
}

#[test]
fn a_password_of_digits_stays_text() {
    let world = World::new().file(SASL).variable("SHASTA__KAFKA__SECURITY__PASSWORD", "007").set("redis.password=1e3");
    assert_eq!(kafka_password(&world.config()), "007");
    assert_eq!(world.config().redis.password.unwrap().expose(), "1e3");
}

#[test]
fn a_password_file_loses_one_line_end() {
    for (content, password) in [("pw", "pw"), ("pw\n", "pw"), ("pw\r\n", "pw"), ("pw\n\n", "pw\n"), (" pw \n", " pw ")] {
        let world = World::new().beside("kafka", content).credentials().file(&format!("{SASL}password_file = 'kafka'"));
        assert_eq!(kafka_password(&world.config()), password);
    }
}

#[test]
fn an_absolute_password_file_needs_no_credentials_directory() {
    let world = World::new();
    let path = world.write("elsewhere/redis", "pw\n");
    let config = world.variable("CREDENTIALS_DIRECTORY", "/nowhere").set(&format!("redis.password_file={}", path.display())).config();
    assert_eq!(config.redis.password.unwrap().expose(), "pw");
}

#[test]
fn a_password_file_that_gives_none_is_named() {
    let world = World::new()
        .beside("empty", "\n")
        .credentials()
        .file(&format!("{SASL}password_file = 'missing'\n[redis]\npassword_file = 'empty'"));
    std::fs::create_dir(world.path("directory")).unwrap();
    assert_eq!(
        world.problems(),
        [
            "shasta.toml:4:17: kafka.security.password_file: missing: cannot be read: No such file or directory (os error 2)",
            "shasta.toml:6:17: redis.password_file: empty: is empty",
        ]
    );
    std::fs::write(world.path("empty"), b"\xff\xfe").unwrap();
    assert_eq!(world.problems()[1], "shasta.toml:6:17: redis.password_file: empty: is not UTF-8");
}

#[test]
fn without_secrets_no_file_is_read() {
    let world = World::new().file(&format!("{SASL}password_file = '/nowhere/at/all'"));
    let request = LoadRequest { without_secrets: true, ..world.request.clone() };
    assert_eq!(load(&request).unwrap().kafka.security.password, None);
    assert!(load(&world.request).is_err());
}

#[test]
fn a_password_and_its_file_together_are_refused() {
    let world = World::new().beside("redis", "pw").credentials().file("[redis]\npassword = 'other'\npassword_file = 'redis'");
    assert_eq!(world.problems(), ["shasta.toml:3:17: redis.password_file: set together with redis.password, keep one of them"]);
    let world = world.set("redis.password=");
    assert_eq!(world.config().redis.password.unwrap().expose(), "pw");
}

#[test]
fn a_secret_is_never_printed() {
    let world = World::new().file(SASL).variable("SHASTA__KAFKA__SECURITY__PASSWORD", "hunter2").set("redis.password=hunter2");
    let config = world.config();
    let shown = render(&config, &Origins::default()).unwrap();
    let printed = [format!("{config:?}"), format!("{:?}", world.request), shown, serde_json::to_string(&config).unwrap()];
    for text in printed {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn an_error_holds_no_secret_either() {
    let files = [
        "[redis]\npassword = ['hunter2']",
        "[redis]\npassword = { hunter2 = 'hunter2' }",
        "[redis]\npasword = 'hunter2'",
        "[redis]\npassword = 'hunter2",
        "[redis]\npassword = hunter2",
        "[redis]\npassword = 'a'\npassword = 'hunter2'",
        "[redis]\nnodes = ['redis://u:hunter2@host:6379']",
        "redis = 'hunter2'",
        "[kafka]\nbrokers = 'u:hunter2@host:1'",
        "[kafka]\nproperties = 'u:hunter2@host:1'",
        "[kafka.properties]\n'ssl.key.password' = 'hunter2'",
        "[otlp]\nendpoint = 'http://u:hunter2@host'",
        "[kafka.security]\npassword = 'hunter2'",
        "[alerts.channels.a]\ntype = 'slack'\nurl = 'hunter2'",
        "[alerts.channels.a]\ntype = 'log'\nkey = 'hunter2'",
        "[alerts.channels.a]\ntype = 'log'\nurl = ['hunter2']",
        "[alerts.dead_man]\nurl = 'hunter2'",
        "[watch]\nwatchers = ['http://u:hunter2@host']",
        "[watch.clusters.a]\nbrokers = 'u:hunter2@host:1'",
    ];
    for file in files {
        let text = World::new().file(file).load().expect_err(file).to_string();
        assert!(!text.contains("hunter2"), "{text}");
    }
    let text = World::new().set("hunter2").load().unwrap_err().to_string();
    assert!(!text.contains("hunter2"), "{text}");
}
