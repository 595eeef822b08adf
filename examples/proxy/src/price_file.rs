//! The operator's price file: read within bounds, watched while the proxy runs, replaced as a whole.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower_genai_cost::{Catalogue, CatalogueError, Pricing};

use crate::config::PriceFileConfig;

/// LiteLLM's own file has a few megabytes.
const MAX_BYTES: u64 = 64 << 20;

/// How often it is looked whether the file is another one.
const POLL: Duration = Duration::from_secs(2);

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { modified: metadata.modified().ok(), bytes: metadata.len(), inode }
    }

    fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().as_ref().map(Self::of)
    }
}

/// A price file that cannot be used; one line for each fault.
#[derive(Debug)]
pub(crate) enum ReadError {
    Io(io::Error),
    NoFile,
    TooLarge,
    Prices(CatalogueError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::NoFile => f.write_str("cannot be read: it is no regular file"),
            Self::TooLarge => write!(f, "is larger than {} MiB: no price file", MAX_BYTES >> 20),
            Self::Prices(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a price file, and what it was when it was read.
pub(crate) fn read(path: &Path) -> Result<(Catalogue, Stamp), ReadError> {
    // A pipe would be waited for.
    if !std::fs::metadata(path)?.is_file() {
        return Err(ReadError::NoFile);
    }
    let file = File::open(path)?;
    let stamp = Stamp::of(&file.metadata()?);
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let catalogue = Catalogue::from_litellm_json(&bytes).map_err(ReadError::Prices)?;
    Ok((catalogue, stamp))
}

/// How often the file was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct PriceFileStats(Arc<[AtomicU64; 2]>);

impl PriceFileStats {
    /// How often it was taken over, the start included.
    pub(crate) fn loaded(&self) -> u64 {
        self.0[0].load(Relaxed)
    }

    /// How often it was refused, and the prices before it kept.
    pub(crate) fn refused(&self) -> u64 {
        self.0[1].load(Relaxed)
    }

    fn count(&self, loaded: bool) {
        self.0[usize::from(!loaded)].fetch_add(1, Relaxed);
    }
}

/// Owns the task that watches the file; it ends with it.
#[derive(Debug)]
pub(crate) struct PriceWatch {
    task: JoinHandle<()>,
    asked: Arc<Notify>,
    stats: PriceFileStats,
}

impl PriceWatch {
    /// Watches the file that the pricing has its catalogue from. Models it does not know are priced by `embedded`.
    pub(crate) fn start(config: &PriceFileConfig, pricing: Pricing, embedded: Arc<Catalogue>) -> Self {
        let (asked, stats) = (Arc::<Notify>::default(), PriceFileStats::default());
        stats.count(true);
        let watcher = Watcher {
            path: config.path.clone(),
            pricing,
            embedded,
            stats: stats.clone(),
            settled: Some(config.stamp),
            seen: Some(config.stamp),
        };
        let task = tokio::spawn(watcher.run(Arc::clone(&asked)));
        Self { task, asked, stats }
    }

    pub(crate) fn stats(&self) -> PriceFileStats {
        self.stats.clone()
    }

    /// Reads the file now, whether it has changed or not.
    pub(crate) fn read_now(&self) {
        self.asked.notify_one();
    }
}

impl Drop for PriceWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Watcher {
    path: PathBuf,
    pricing: Pricing,
    embedded: Arc<Catalogue>,
    stats: PriceFileStats,
    /// The state that was taken over or refused.
    settled: Option<Stamp>,
    /// The state at the last look. One that is new is read at the look after: it may still be written.
    seen: Option<Stamp>,
}

impl Watcher {
    async fn run(mut self, asked: Arc<Notify>) {
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(POLL) => false,
                () = asked.notified() => true,
            };
            // Files are slow things. A panic in there would have been reported by the hook.
            let Ok(watcher) = tokio::task::spawn_blocking(move || {
                self.look(asked);
                self
            })
            .await
            else {
                return;
            };
            self = watcher;
        }
    }

    fn look(&mut self, asked: bool) {
        let now = Stamp::at(&self.path);
        let changed = now != self.settled && now == self.seen;
        self.seen = now;
        if !asked && !changed {
            return;
        }
        let file = self.path.display();
        match read(&self.path) {
            Ok((catalogue, stamp)) => {
                let models = catalogue.len();
                self.pricing.set_catalogue(catalogue.with_fallback(Arc::clone(&self.embedded)));
                self.stats.count(true);
                self.settled = Some(stamp);
                tracing::info!(%file, models, "prices read again");
            }
            Err(error) => {
                self.stats.count(false);
                self.settled = now;
                tracing::error!(%file, %error, "the price file is refused; prices stay as they were");
            }
        }
    }
}
