//! Where the files of the subjects lie.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha1_smol::Sha1;

use super::error::StateError;
use crate::core::lag::Header;

/// The directory of all subjects, for one process at a time.
#[derive(Debug)]
pub struct Place {
    directory: PathBuf,
    _lock: File,
}

impl Place {
    /// Made where it is missing; for its owner only, as reasons and names may be nobody else's business.
    pub fn open(directory: &Path) -> Result<Self, StateError> {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(StateError::file(directory))?;
        let path = directory.join("lock");
        let lock = File::create(&path).map_err(StateError::file(&path))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| StateError::InUse { path: directory.to_owned() })?;
        Ok(Self { directory: directory.to_owned(), _lock: lock })
    }

    /// Of every subject that was kept.
    pub fn snapshots(&self) -> Result<Vec<PathBuf>, StateError> {
        let failed = StateError::file(&self.directory);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(&failed)? {
            let path = entry.map_err(&failed)?.path();
            if path.extension().is_some_and(|extension| extension == "snapshot") {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Of this subject. Names of groups can be longer than those of files, and hold anything.
    pub fn snapshot(&self, header: &Header) -> PathBuf {
        let identity = format!("{}\0{}\0{}", header.cluster, header.group, header.topic.as_deref().unwrap_or("\0"));
        let digest = Sha1::from(identity).digest().to_string();
        self.directory.join(format!("{}.snapshot", &digest[..16]))
    }

    /// Out of the way, for people to look at; the last one only.
    pub fn move_aside(path: &Path) -> Result<PathBuf, StateError> {
        let aside = path.with_extension("unreadable");
        fs::rename(path, &aside).map_err(StateError::file(path))?;
        Ok(aside)
    }
}

/// The journal that goes on from the snapshot of this generation.
pub fn journal(snapshot: &Path, generation: u64) -> PathBuf {
    snapshot.with_extension(format!("{generation}.journal"))
}
