use regex::Regex;

use super::reader::Table;

/// What of the content of calls may be seen, where the environment wants it captured.
#[derive(Clone, Debug, Default)]
pub struct ContentConfig {
    /// What is taken out of every text.
    pub redact: Vec<Regex>,
    /// The most bytes of JSON of one attribute; [`Capture`](tower_genai_trace::content::Capture)'s own when the file does
    /// not say.
    pub max_bytes: Option<usize>,
}

impl ContentConfig {
    pub(super) fn read(table: Table<'_>) -> Self {
        let patterns = table.texts("redact");
        let redact = patterns.iter().filter_map(|field| match Regex::new(field.value) {
            // It would put a mark between all letters.
            Ok(pattern) if pattern.is_match("") => {
                field.fault(format!("`{}` matches the empty text", field.value));
                None
            }
            Ok(pattern) => Some(pattern),
            Err(error) => {
                // The last line says what is wrong, those before show where.
                let error = error.to_string();
                let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                field.fault(format!("`{}` is not a regular expression: {cause}", field.value));
                None
            }
        });
        let redact = redact.collect();
        let max_bytes = table.size("max_bytes").and_then(|bytes| usize::try_from(bytes).ok());
        table.finish();
        Self { redact, max_bytes }
    }
}
