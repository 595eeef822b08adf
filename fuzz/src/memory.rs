//! How much memory a reader holds.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What has been allocated since it was made and is still held.
pub struct Held(Region<'static, System>);

/// What a call may hold, apart from the windows of decoders.
const MOST: usize = 256 * 1024;

impl Held {
    #[expect(clippy::new_without_default, reason = "it begins to count")]
    pub fn new() -> Self {
        Self(Region::new(ALLOCATOR))
    }

    pub fn bytes(&self) -> usize {
        let change = self.0.change();
        change.bytes_allocated.saturating_sub(change.bytes_deallocated)
    }

    /// Panics where it is more than a call may hold beside its decoder's windows.
    pub fn check(&self, windows: usize) {
        let held = self.bytes();
        assert!(held <= MOST + windows, "{held} bytes are held, and {windows} of them by decoders");
    }
}
