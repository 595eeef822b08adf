//! What the layers are to do.

use tower_genai_core::Profile;

use super::super::{CaptureMode, PropagatorName, TelemetryConfig};
use super::list::words;
use super::{Reader, Words};
use crate::env::Environment;

pub(super) const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

const SECTION: &str = "layers";

/// What instrumentations of other things are told by the same variable.
const OTHER_CONVENTIONS: [&str; 10] = [
    "http",
    "http/dup",
    "rpc",
    "rpc/dup",
    "database",
    "database/dup",
    "messaging",
    "messaging/dup",
    "code",
    "code/dup",
];

impl<E: Environment> Reader<'_, E> {
    /// What holds without any pipeline, too.
    pub(super) fn context(&mut self, config: &mut TelemetryConfig) {
        if let Some(names) = self.read_with((SECTION, "propagators"), &["OTEL_PROPAGATORS"], propagators) {
            config.propagators = names;
        }
        let place = (SECTION, "ignore context");
        let ignore = self.flag(place, &["OTEL_IGNORE_CONTEXT_PROPAGATION"], Words::Lenient);
        config.ignore_context = ignore.unwrap_or(config.ignore_context);
        let profile = self.read_with((SECTION, "profile"), &["OTEL_SEMCONV_STABILITY_OPT_IN"], profile);
        config.profile = profile.unwrap_or_default();
    }

    pub(super) fn switches(&mut self, config: &mut TelemetryConfig) {
        for (name, setting, variable) in [
            (&mut config.tracer_name, "tracer name", "OTEL_TRACER_NAME"),
            (&mut config.meter_name, "meter name", "LITELLM_METER_NAME"),
            (&mut config.logger_name, "logger name", "LITELLM_LOGGER_NAME"),
        ] {
            if let Some(stated) = self.name((SECTION, setting), &[variable]) {
                *name = stated;
            }
        }
        config.debug = self.flag((SECTION, "debug"), &["DEBUG_OTEL"], Words::Lenient).unwrap_or(false);
        config.capture = self.read_with((SECTION, "capture"), &[CAPTURE], capture).unwrap_or_default();
    }
}

fn propagators(value: &str) -> Result<Vec<PropagatorName>, String> {
    let mut names = Vec::new();
    let mut none = false;
    for word in words(value) {
        if word.eq_ignore_ascii_case("none") {
            none = true;
            continue;
        }
        let known = PropagatorName::ALL.iter().find(|name| name.as_str().eq_ignore_ascii_case(word));
        let Some(name) = known else {
            return Err(format!("names no propagator we have, `{word}`: use some of {}, or none", all()));
        };
        if !names.contains(name) {
            names.push(*name);
        }
    }
    match (none, names.is_empty()) {
        (true, false) => Err("names propagators beside `none`".to_owned()),
        (false, true) => Err(format!("names no propagator: use some of {}, or none", all())),
        _ => Ok(names),
    }
}

fn all() -> String {
    let names: Vec<_> = PropagatorName::ALL.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}

fn capture(value: &str) -> Result<CaptureMode, String> {
    // As the first instrumentations wrote it, and LiteLLM reads it.
    match Words::Lenient.parse(value) {
        Ok(true) => return Ok(CaptureMode::EventOnly),
        Ok(false) => return Ok(CaptureMode::NoContent),
        Err(_) => {}
    }
    let known = CaptureMode::ALL.iter().find(|mode| mode.as_str().eq_ignore_ascii_case(value));
    known.copied().ok_or_else(|| {
        let known = "NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT";
        format!("must be {known} (or true for EVENT_ONLY, false for NO_CONTENT), not `{value}`")
    })
}

fn profile(value: &str) -> Result<Profile, String> {
    let mut profile = Profile::default();
    for word in words(value) {
        let is = |known: &str| known.eq_ignore_ascii_case(word);
        if is("gen_ai_latest_experimental/dup") {
            profile = Profile::Both;
        } else if is("gen_ai_latest_experimental") {
            if profile != Profile::Both {
                profile = Profile::LATEST;
            }
        } else if !OTHER_CONVENTIONS.iter().any(|known| is(known)) {
            return Err(format!(
                "holds a word that is not known, `{word}`: gen_ai_latest_experimental asks for the newest names, \
                 gen_ai_latest_experimental/dup for both; {} are for others",
                OTHER_CONVENTIONS.join(", ")
            ));
        }
    }
    Ok(profile)
}
