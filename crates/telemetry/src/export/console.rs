//! Standard output.

use std::io::{self, Write};

use super::{ExportError, Request};

/// Writes a span, a metric or a log record per line, as JSON in the form of OTLP's
/// [file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/): each line is a whole message with
/// resource and scope, which `jq` and collectors read.
pub(super) fn write<R: Request>(request: R, items: u64) -> Result<(), ExportError> {
    // Nothing is held while the lines are made: others write here as well.
    let lines = lines(request).map_err(|error| ExportError::Transport(error.to_string()))?;
    let mut output = io::stdout().lock();
    let written = output.write_all(&lines).and_then(|()| output.flush());
    drop(output);
    tracing::debug!(items, bytes = lines.len(), ok = written.is_ok(), "OTEL export to standard output");
    written.map_err(|error| ExportError::Transport(error.kind().to_string()))
}

fn lines<R: Request>(request: R) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for item in request.split() {
        item.write_json(&mut lines)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
