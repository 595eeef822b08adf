//! Calls priced by LiteLLM's own calculator and by an independent exact one.
//!
//! The vectors are read from the folder `$GENAI_COST` names, or from `../shared/cost` beside the workspace; where there
//! is neither, the test says that it was skipped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tower_genai_core::{Cost, Usage, Usd};
use tower_genai_cost::{Catalogue, Entry, ServiceTier};

#[allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "whoever runs the test says where the vectors are, and is told that it was skipped"
)]
fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cost"));
    let folder = std::env::var_os("GENAI_COST").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no cost vectors at {}; set GENAI_COST to their folder", folder.display());
    None
}

fn usage(vector: &Value) -> Usage {
    let count = |key: &str| Some(vector["usage"][key].as_u64().unwrap());
    let mut usage = Usage::default();
    usage.input = count("input");
    usage.output = count("output");
    usage.cache_read = count("cache_read");
    usage.cache_write = count("cache_write");
    usage.cache_write_1h = count("cache_write_1h");
    usage.reasoning = count("reasoning");
    usage.audio_input = count("audio_input");
    usage.audio_output = count("audio_output");
    usage
}

#[test]
fn every_vector_is_priced_exactly() {
    let Some(folder) = folder() else { return };
    let catalogue = Catalogue::embedded();
    let vectors = fs::read_to_string(folder.join("vectors.jsonl")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let (provider, model) = (vector["provider"].as_str().unwrap(), vector["model"].as_str().unwrap());
        let tier = vector["service_tier"].as_str().and_then(ServiceTier::from_name);
        let expected: Usd = vector["cost_usd"].as_str().unwrap().parse().unwrap();

        let entry = catalogue.find(Some(provider), model);
        assert_eq!(entry.map(Entry::name), Some(model), "the entry of {provider} {model}");
        let cost = entry.unwrap().price(&usage(&vector), tier);
        if cost.as_ref().map(Cost::total) != Ok(expected) {
            wrong.push(format!("{cost:?} for {line}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 0, "the file of vectors is empty");
    println!("{count} vectors priced exactly");
}

#[test]
fn the_embedded_catalogue_is_what_the_import_writes() {
    let Some(folder) = folder() else { return };
    let file = fs::read(folder.join("litellm_prices.json")).unwrap();
    let imported = Catalogue::from_litellm_json(&file).unwrap();
    assert!(
        imported.to_text() == include_str!("../data/prices.txt"),
        "run the example `import_prices` again"
    );
    assert_eq!(Catalogue::embedded().to_text(), imported.to_text());
}
