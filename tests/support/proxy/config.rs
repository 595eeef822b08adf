use std::fmt::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::hex;

/// A configuration file: a free port, a short drain, a call log, and what a test adds.
#[derive(Clone, Debug)]
pub struct Config {
    top: String,
    tables: String,
    admin_token: Option<String>,
}

const CALL_LOG: &str = "calls.jsonl";

impl Default for Config {
    fn default() -> Self {
        Self::draining("0s", "20s")
    }
}

impl Config {
    /// Without an upstream of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// With other times for the drain: before connections are refused, and until calls are cut.
    pub fn draining(delay: &str, timeout: &str) -> Self {
        let top =
            format!("listen = \"127.0.0.1:0\"\ndrain_delay = \"{delay}\"\ndrain_timeout = \"{timeout}\"\n");
        let tables = format!("[call_log]\npath = \"{CALL_LOG}\"\necho_header = \"x-replay-id\"\n");
        Self { top, tables, admin_token: None }
    }

    /// Adds a line above the tables.
    #[must_use]
    pub fn top(mut self, line: &str) -> Self {
        let _ = writeln!(self.top, "{line}");
        self
    }

    /// Adds an upstream named as its prefix, with more lines of its table.
    #[must_use]
    pub fn upstream(mut self, name: &str, url: &str, lines: &str) -> Self {
        let _ = writeln!(
            self.tables,
            "[[upstream]]\nname = \"{name}\"\nprefix = \"/{name}\"\nbase_url = \"{url}\"\n{lines}"
        );
        self
    }

    /// Has replies read on when their clients have left, within these bounds.
    #[must_use]
    pub fn drain(mut self, max_bytes: u64, max_time: &str, max_concurrent: u32) -> Self {
        let _ = writeln!(
            self.tables,
            "[drain]\nmax_bytes = {max_bytes}\nmax_time = \"{max_time}\"\nmax_concurrent = {max_concurrent}"
        );
        self
    }

    /// Adds a table, with its head.
    #[must_use]
    pub fn table(mut self, text: &str) -> Self {
        let _ = writeln!(self.tables, "{text}");
        self
    }

    /// Adds a client known by its credential.
    #[must_use]
    pub fn client(mut self, key: &str, alias: &str, team: &str) -> Self {
        let hash = hash(key);
        let _ = writeln!(
            self.tables,
            "[[client]]\nkey_sha256 = \"{hash}\"\nalias = \"{alias}\"\nteam = \"{team}\"\nuser = \"{alias}-user\""
        );
        self
    }

    /// Asks for a token on the operator's paths.
    #[must_use]
    pub fn admin_token(mut self, token: &str) -> Self {
        self.tables.push_str("[admin]\ntoken_file = \"admin.token\"\n");
        self.admin_token = Some(token.to_owned());
        self
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        format!("{}{}", self.top, self.tables)
    }

    pub(super) fn write(&self, folder: &Path) -> PathBuf {
        if let Some(token) = &self.admin_token {
            std::fs::write(folder.join("admin.token"), token).unwrap();
        }
        let file = folder.join("proxy.toml");
        std::fs::write(&file, self.text()).unwrap();
        file
    }

    pub(super) fn call_log(folder: &Path) -> PathBuf {
        folder.join(CALL_LOG)
    }
}

/// The SHA-256 of a credential, in hex.
fn hash(key: &str) -> String {
    hex(&Sha256::digest(key))
}
