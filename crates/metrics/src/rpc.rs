//! Series of gRPC calls.

use tower_genai_core::{End, Exchange, Role};
use tower_genai_scrape::{Encoder, Family, Name};

use crate::buckets::Buckets;
use crate::names::{self, label};
use crate::series::{Census, Histogram, Key, LabelSets, Layout, OpenLabel, Vocabulary};

const LABELS: &[&str] = &[label::RPC_SYSTEM, label::RPC_METHOD, label::RPC_STATUS];

static SERVER_DURATION: Family = Family::histogram(
    names::RPC_SERVER_CALL_DURATION,
    "Time from a gRPC call's arrival to the end of its reply, with the status of the trailers.",
    LABELS,
)
.with_unit("seconds");

static CLIENT_DURATION: Family = Family::histogram(
    names::RPC_CLIENT_CALL_DURATION,
    "Time from a gRPC call's sending to the end of its reply, with the status of the trailers.",
    LABELS,
)
.with_unit("seconds");

/// The gRPC series of one role.
pub(crate) struct Rpc {
    role: Role,
    calls: LabelSets<Status, Histogram, 1>,
    /// Methods that somebody implements: they have answered with something else than `UNIMPLEMENTED`.
    implemented: Vocabulary,
    durations: Layout,
}

/// A gRPC status, by the numbers of
/// [gRPC's list](https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Status(u8);

impl Status {
    const CANCELLED: Self = Self(1);
    const UNKNOWN: Self = Self(2);
    const UNIMPLEMENTED: Self = Self(12);
    const NAMES: [&'static str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// The status that was sent; else what gRPC says of a call that was given up, or of one that nobody explained.
    fn of(exchange: &Exchange) -> Self {
        match exchange.grpc_status {
            Some(code) => u8::try_from(code)
                .ok()
                .filter(|code| usize::from(*code) < Self::NAMES.len())
                .map_or(Self::UNKNOWN, Self),
            None if exchange.end == End::Dropped => Self::CANCELLED,
            None => Self::UNKNOWN,
        }
    }

    const fn as_str(self) -> &'static str {
        Self::NAMES[self.0 as usize]
    }
}

impl Rpc {
    pub(crate) fn new(role: Role, buckets: &Buckets, budget: usize) -> Self {
        let metric: Name = match role {
            Role::Server => names::RPC_SERVER_CALL_DURATION,
            Role::Client => names::RPC_CLIENT_CALL_DURATION,
        };
        Self {
            role,
            calls: LabelSets::new(metric, [OpenLabel::RpcMethod], budget),
            implemented: Vocabulary::new(budget),
            durations: Layout::seconds(buckets.http_duration.clone()),
        }
    }

    pub(crate) fn record(&self, exchange: &Exchange) {
        let status = Status::of(exchange);
        let mut method = exchange.route.as_deref().unwrap_or("");
        // A client can call any name it likes; a name that is never answered for is no method.
        if status == Status::UNIMPLEMENTED && !self.implemented.contains(method) {
            method = "_OTHER";
        }
        let make = |_: Key<_, &str, 1>| {
            if status != Status::UNIMPLEMENTED {
                self.implemented.admit(method);
            }
            Histogram::new(&self.durations)
        };
        self.calls.with(Key { closed: status, open: [method] }, make, |duration| {
            duration.observe(&self.durations, exchange.duration.as_secs_f64(), None);
        });
    }

    pub(crate) const fn family(&self) -> &'static Family {
        match self.role {
            Role::Server => &SERVER_DURATION,
            Role::Client => &CLIENT_DURATION,
        }
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        if !encoder.declares(self.family()) {
            return;
        }
        let mut samples = encoder.family(self.family());
        self.calls.show(|sets| {
            for (key, duration) in sets {
                let [method] = key.open();
                duration.show(
                    &mut samples,
                    &["grpc", method, key.closed.as_str()],
                    &self.durations,
                    None,
                    room,
                );
            }
        });
    }

    pub(crate) const fn census(&self) -> &dyn Census {
        &self.calls
    }
}
