use std::time::Duration;

use tower_genai_core::Outcome;
use tower_genai_tests::replay::Script;

use Kind::{Cost, Metrics, Trace};

/// How the service answers, and what the client does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Case {
    pub(crate) service: Answer,
    pub(crate) client: Client,
    pub(crate) outcome: Outcome,
    /// Whether the reply reports usage.
    pub(crate) usage: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    Scripted(Script),
    Panics,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Client {
    /// Reads to the end, if there is one.
    Stays,
    /// Sends `HEAD`, which is no model call.
    SendsHead,
    /// Leaves when it has got all that comes.
    Leaves,
}

const fn case(script: Script, outcome: Outcome, usage: bool) -> Case {
    Case { service: Answer::Scripted(script), client: Client::Stays, outcome, usage }
}

pub(crate) const CASES: [Case; 14] = [
    case(Script::Stream(2, Duration::ZERO), Outcome::Complete, true),
    case(Script::Trailers(2), Outcome::Complete, true),
    case(Script::Empty, Outcome::Complete, false),
    case(Script::Json, Outcome::Complete, true),
    Case { client: Client::SendsHead, ..case(Script::Json, Outcome::Complete, false) },
    case(Script::NoContent, Outcome::Complete, false),
    case(Script::Cut(2), Outcome::Failed, false),
    case(Script::CutLength, Outcome::Failed, true),
    case(Script::Close, Outcome::Failed, false),
    case(Script::Panic(2), Outcome::Failed, false),
    Case { service: Answer::Panics, ..case(Script::Json, Outcome::Failed, false) },
    Case { client: Client::Leaves, ..case(Script::Hang, Outcome::Dropped, false) },
    Case { client: Client::Leaves, ..case(Script::Half, Outcome::Dropped, false) },
    Case { client: Client::Leaves, ..case(Script::Linger(2), Outcome::Complete, true) },
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Metrics,
    Trace,
    Cost,
}

/// Outermost first.
pub(crate) const STACKS: [&[Kind]; 15] = [
    &[Metrics],
    &[Trace],
    &[Cost],
    &[Metrics, Trace],
    &[Trace, Metrics],
    &[Metrics, Cost],
    &[Cost, Metrics],
    &[Trace, Cost],
    &[Cost, Trace],
    &[Metrics, Trace, Cost],
    &[Metrics, Cost, Trace],
    &[Trace, Metrics, Cost],
    &[Trace, Cost, Metrics],
    &[Cost, Metrics, Trace],
    &[Cost, Trace, Metrics],
];
