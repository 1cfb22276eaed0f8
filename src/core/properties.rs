//! How long the property tests look: as long as their author thought enough, or as long as `PROPTEST_CASES` says, as in `make fuzz`.

use proptest::test_runner::Config;

pub fn at_least(cases: u32) -> Config {
    let config = Config { failure_persistence: None, ..Config::default() };
    Config { cases: config.cases.max(cases), ..config }
}
