//! Where the jars of an Apache Kafka are, and how they get there.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::error::LocalError;

/// The same jars as the tests use.
const POM: &str = include_str!("../../tests/kafka/pom.xml");
/// Where `tests/setup.sh` puts them, in a tree of the sources.
const OF_THE_TREE: &str = ".cache/kafka/libs";
const FETCHER: &str = "mvn";
/// 56 MB.
const FETCHED_WITHIN: Duration = Duration::from_secs(300);
/// Bytes of what a failed fetch says.
const TOLD: usize = 2_000;

/// A directory with all jars of one Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaJars {
    directory: PathBuf,
    version: String,
}

impl KafkaJars {
    /// The jars that are there: those of `asked` (`--kafka-libs`), else of `$KAFKA_HOME/libs`, of `.cache/kafka/libs`, or fetched before into the user's
    /// cache. `None`: they have to be [fetched](Self::fetch).
    ///
    /// # Errors
    /// [`LocalError::NotKafka`] where a directory that the user named has none.
    pub fn known(asked: Option<&Path>) -> Result<Option<Self>, LocalError> {
        Places::of_the_user(asked).find()
    }

    /// Fetches them from Maven Central into the user's cache, which takes some seconds.
    ///
    /// # Errors
    /// [`LocalError::NoKafka`] where Maven is not installed, [`LocalError::NotFetched`] where it fails.
    pub async fn fetch() -> Result<Self, LocalError> {
        let places = Places::of_the_user(None);
        let missing = || LocalError::NoKafka { places: places.to_string() };
        let libs = places.cache.as_ref().ok_or_else(missing)?;
        let cache = libs.parent().ok_or_else(missing)?;
        fs::create_dir_all(cache).map_err(LocalError::io(cache.display()))?;
        let partial = tempfile::Builder::new().prefix("fetching-").tempdir_in(cache).map_err(LocalError::io(cache.display()))?;
        let pom = partial.path().join("pom.xml");
        fs::write(&pom, POM).map_err(LocalError::io(pom.display()))?;
        copy_dependencies(&pom).await?.ok_or_else(missing)?;
        // Another process may have been faster. Its jars are the same.
        match fs::rename(partial.path().join("libs"), libs) {
            Err(_) if Self::at(libs).is_some() => {}
            moved => moved.map_err(LocalError::io(libs.display()))?,
        }
        Self::at(libs).ok_or_else(|| LocalError::NotFetched { said: format!("{} is not complete", libs.display()) })
    }

    /// Of the broker, such as `3.9.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What Java finds all of them by.
    pub(super) fn class_path(&self) -> String {
        format!("{}/*", self.directory.display())
    }

    /// Kafka's jars and the tools', from which a log directory is formatted.
    fn at(directory: &Path) -> Option<Self> {
        let directory = fs::canonicalize(directory).ok()?;
        let files = fs::read_dir(&directory).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let jars: Vec<String> = files.filter(|name| name.ends_with(".jar")).collect();
        let version = jars.iter().find_map(|name| version_of(name))?;
        jars.contains(&format!("kafka-tools-{version}.jar")).then_some(Self { directory, version })
    }
}

/// `3.9.1` of `kafka_2.13-3.9.1.jar`.
fn version_of(jar: &str) -> Option<String> {
    let (_, version) = jar.strip_prefix("kafka_2.")?.strip_suffix(".jar")?.split_once('-')?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned()).filter(|version| !version.contains('-'))
}

/// Puts them into `libs` beside the pom. `None`: there is no Maven.
async fn copy_dependencies(pom: &Path) -> Result<Option<()>, LocalError> {
    let libs = pom.with_file_name("libs");
    let mut command = Command::new(FETCHER);
    command.args(["-q", "-B", "-f"]).arg(pom).args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    command.arg(format!("-DoutputDirectory={}", libs.display())).stdin(Stdio::null()).kill_on_drop(true);
    let failed = |said: String| LocalError::NotFetched { said };
    let output = match timeout(FETCHED_WITHIN, command.output()).await {
        Err(_) => return Err(failed(format!("not done after {} s", FETCHED_WITHIN.as_secs()))),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(output) => output.map_err(LocalError::io(FETCHER))?,
    };
    if output.status.success() { Ok(Some(())) } else { Err(failed(end_of(&output.stdout))) }
}

/// Maven says its errors on its standard output.
fn end_of(said: &[u8]) -> String {
    String::from_utf8_lossy(&said[said.len().saturating_sub(TOLD)..]).trim().to_owned()
}

/// Where jars may be.
#[derive(Debug)]
struct Places {
    asked: Option<PathBuf>,
    kafka_home: Option<PathBuf>,
    tree: PathBuf,
    cache: Option<PathBuf>,
}

impl Places {
    fn of_the_user(asked: Option<&Path>) -> Self {
        let directory = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = directory("XDG_CACHE_HOME").or_else(|| directory("HOME").map(|home| home.join(".cache")));
        Self {
            asked: asked.map(Path::to_owned),
            kafka_home: directory("KAFKA_HOME").map(|home| home.join("libs")),
            tree: PathBuf::from(OF_THE_TREE),
            cache: cache.map(|cache| cache.join("shasta/kafka/libs")),
        }
    }

    fn find(&self) -> Result<Option<KafkaJars>, LocalError> {
        for (named, place) in [("--kafka-libs", &self.asked), ("KAFKA_HOME", &self.kafka_home)] {
            if let Some(directory) = place {
                let jars = KafkaJars::at(directory).ok_or_else(|| LocalError::NotKafka { named, directory: directory.clone() })?;
                return Ok(Some(jars));
            }
        }
        Ok(KafkaJars::at(&self.tree).or_else(|| KafkaJars::at(self.cache.as_ref()?)))
    }
}

impl std::fmt::Display for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "$KAFKA_HOME/libs, {}", self.tree.display())?;
        self.cache.as_ref().map_or(Ok(()), |cache| write!(f, ", {}", cache.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jars(directory: &Path, names: &[&str]) -> PathBuf {
        fs::create_dir_all(directory).unwrap();
        names.iter().for_each(|name| fs::write(directory.join(name), "").unwrap());
        directory.to_owned()
    }

    const ALL: [&str; 4] = ["kafka-tools-api-3.9.1.jar", "kafka_2.13-3.9.1-sources.jar", "kafka_2.13-3.9.1.jar", "kafka-tools-3.9.1.jar"];

    #[test]
    fn what_the_user_names_comes_first_and_the_cache_last() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(name);
        let mut places = Places { asked: None, kafka_home: None, tree: place("tree"), cache: Some(place("cache")) };
        assert_eq!(places.find().unwrap(), None);
        for (name, version) in [("cache", "3.9.1"), ("tree", "3.8.0"), ("home", "3.7.0"), ("asked", "4.0.0")] {
            let names = ALL.map(|jar| jar.replace("3.9.1", version));
            jars(&place(name), &names.each_ref().map(String::as_str));
            places.kafka_home = (name == "home" || name == "asked").then(|| place("home"));
            places.asked = (name == "asked").then(|| place("asked"));
            assert_eq!(places.find().unwrap().unwrap().version(), version);
        }
    }

    #[test]
    fn a_named_directory_without_kafka_is_refused_by_its_name() {
        let root = tempfile::tempdir().unwrap();
        let empty = jars(&root.path().join("empty"), &ALL[..3]);
        let places = |asked, kafka_home| Places { asked, kafka_home, tree: jars(&root.path().join("tree"), &ALL), cache: None };
        for (places, named) in [(places(Some(empty.clone()), None), "--kafka-libs"), (places(None, Some(empty)), "KAFKA_HOME")] {
            let refused = places.find().unwrap_err().to_string();
            assert!(refused.starts_with(named) && refused.contains("empty"), "{refused}");
        }
    }
}
