//! Collectors of a few lines, which keep what they were sent.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

pub(crate) mod authority;
pub(crate) mod emit;
pub(crate) mod grpc;
pub(crate) mod http;
pub(crate) mod received;

pub(crate) use http::{Answer, Collector};

/// The threads of this process.
pub(crate) fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// The open files of this process.
pub(crate) fn files() -> usize {
    open_files().len()
}

/// What the process has open.
pub(crate) fn open_files() -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok()).collect()
}
