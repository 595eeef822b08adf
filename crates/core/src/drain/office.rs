use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::policy::DrainPolicy;
use crate::end::DrainResult;

/// What a layer, its bodies and its guard share: the bounds, and who is reading.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) max_bytes: u64,
    pub(super) max_time: Duration,
    pub(super) room: Arc<Semaphore>,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl Office {
    pub(super) fn of(policy: DrainPolicy) -> Option<Arc<Self>> {
        let DrainPolicy::Drain { max_bytes, max_time, max_concurrent } = policy else { return None };
        Some(Arc::new(Self {
            max_bytes,
            max_time,
            room: Arc::new(Semaphore::new(max_concurrent.min(Semaphore::MAX_PERMITS))),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// Finds a place for one more reading, or says why there is none.
    pub(super) fn admit(&self) -> Result<(Handle, OwnedSemaphorePermit), DrainResult> {
        let runtime = Handle::try_current().map_err(|_| DrainResult::Stopped)?;
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(permit) => Ok((runtime, permit)),
            Err(TryAcquireError::NoPermits) => Err(DrainResult::MaxConcurrent),
            Err(TryAcquireError::Closed) => Err(DrainResult::Stopped),
        }
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.room.close();
        self.tasks.close();
    }
}
