use std::time::Duration;

/// What happens to a reply whose client has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainPolicy {
    /// It is given up: the upstream sees that nobody reads any more, as it would without us.
    #[default]
    Abandon,
    /// It is read on in the background for what it says at its end. All bounds count from the moment at which the
    /// client left.
    Drain {
        /// How many more bytes of one reply may be read, as they come over the wire.
        max_bytes: u64,
        /// How long the reading of one reply may take.
        max_time: Duration,
        /// How many replies may be read at a time; those that are one too many are given up at once.
        max_concurrent: usize,
    },
}
