//! `genai-proxy prices` and `genai-proxy price`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tower_genai_core::Usd;

use crate::program::{command, run, write};

fn said(output: &Output) -> (bool, &str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// What is answered to lines on the standard input.
fn batch(lines: &str) -> Output {
    let mut child = command(&["price", "--batch", "-"], &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn answers(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_call_is_priced_by_hand() {
    let usage = r#"{"input": 1000, "cache_read": 200, "output": 500}"#;
    let output = run(&["price", "--model", "gpt-4o", "--provider", "openai", "--usage", usage], &[]);
    let expected = "\
input         0.002
cache_read    0.00025
output        0.005
total         0.00725 USD
entry         gpt-4o (embedded)
";
    assert_eq!(said(&output), (true, expected, ""));

    let output = run(&["price", "--model", "gpt-4o", "--json", "--usage", usage], &[]);
    assert_eq!(
        answers(&output)[0]["breakdown"],
        json!({"input": "0.002", "cache_read": "0.00025", "output": "0.005"})
    );
}

#[test]
fn what_has_no_price_says_why_and_fails() {
    for (model, usage, why) in [
        ("no-such-model", r#"{"input": 1}"#, "unpriced: "),
        ("gpt-4o", r#"{"input": 1, "cache_read": 2}"#, "invalid_usage: "),
        ("gpt-4o", r#"{"input": -1}"#, "invalid_usage: "),
        ("gpt-4o", "{}", "no_usage: "),
        ("gpt-4o", r#"{"tokens": 1}"#, "usage: `tokens`: is not known; known are input, output,"),
        ("gpt-4o", r#"{"input": "1"}"#, "usage: `input`: must be a number"),
        ("gpt-4o", "[1]", "--usage is no JSON object"),
    ] {
        let output = run(&["price", "--model", model, "--usage", usage], &[]);
        let (success, stdout, stderr) = said(&output);
        assert!(
            !success && stdout.is_empty() && stderr.starts_with(why),
            "{model} {usage}: {stdout}{stderr}"
        );
    }
}

#[test]
fn the_prices_of_a_model_are_shown_with_their_source() {
    let output = run(&["prices", "gpt-4o", "--provider", "openai"], &[]);
    let (success, shown, _) = said(&output);
    assert!(success);
    for line in ["model     gpt-4o\n", "source    embedded\n", "provider  openai\n", "mode      chat\n"] {
        assert!(shown.contains(line), "{shown}");
    }
    let row = |name: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("  ")).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("input"), "0.0000025 2.5");
    assert_eq!(row("cache read, priority"), "0.000002125 2.125");
    assert_eq!(row("price"), "USD USD per million");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("prices.json"),
        r#"{"filed": {"litellm_provider": "us", "input_cost_per_token": 1}}"#,
    )
    .unwrap();
    let config = write(
        folder.path(),
        "price_file = \"prices.json\"\n[[price]]\nmodel = \"own\"\ninput_cost_per_token = 1e-7\n\
         [[upstream]]\nname = \"x\"\nprefix = \"/\"\nbase_url = \"https://x.example.com\"\napi_key_env = \"NOT_SET\"\n",
    );
    for (model, source) in [("own", "override"), ("filed", "price_file"), ("gpt-4o", "embedded")] {
        let output = run(&["prices", model, "--config", &config], &[]);
        let (success, shown, stderr) = said(&output);
        assert!(success && shown.contains(&format!("source    {source}\n")), "{model}: {shown}{stderr}");
    }
    let output = run(&["prices", "no-such-model"], &[]);
    assert_eq!(
        said(&output),
        (false, "", "there is no price for no-such-model: its calls are counted as unpriced\n")
    );
}

#[test]
fn a_bad_line_is_answered_and_the_others_too() {
    let long = format!("{{\"model\": \"{}\"}}", "x".repeat(2 << 20));
    let lines = format!(
        "{{\"model\": \"gpt-4o\", \"provider\": \"openai\", \"usage\": {{\"input\": 1}}}}\n\nrubbish\n{long}\n\
         {{\"model\": \"gpt-4o\", \"usage\": {{\"inptu\": 1}}}}\n{{\"model\": \"none\", \"usage\": {{\"input\": 1}}}}"
    );
    let output = batch(&lines);
    let answers = answers(&output);
    assert_eq!(answers.len(), 5);
    assert_eq!((&answers[0]["cost_usd"], &answers[0]["entry"]), (&json!("0.0000025"), &json!("gpt-4o")));
    assert_eq!(answers[1]["line"], 3);
    assert_eq!(answers[2], json!({"line": 4, "error": "is longer than 1024 KiB"}));
    assert!(answers[3]["error"].as_str().unwrap().starts_with("usage: `inptu`: is not known"));
    assert_eq!((&answers[4]["cost_status"], &answers[4]["cost_usd"]), (&json!("unpriced"), &Value::Null));
    let (success, _, stderr) = said(&output);
    assert_eq!((success, stderr), (false, "3 lines cannot be understood\n"));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "whoever runs the test says where the vectors are")]
fn every_vector_is_priced_exactly() {
    let Some(folder) = std::env::var_os("GENAI_COST").map(PathBuf::from) else {
        eprintln!("SKIPPED: no cost vectors; set GENAI_COST to their folder");
        return;
    };
    let file = folder.join("vectors.jsonl");
    let output = run(&["price", "--batch", file.to_str().unwrap()], &[]);
    assert!(output.status.success(), "{}", said(&output).2);
    let vectors = std::fs::read_to_string(&file).unwrap();
    let answers = answers(&output);
    assert_eq!(answers.len(), vectors.lines().count());
    for (vector, answer) in vectors.lines().zip(&answers) {
        let expected: Value = serde_json::from_str(vector).unwrap();
        let usd = |value: &Value| value.as_str().unwrap().parse::<Usd>().unwrap();
        assert_eq!(answer["cost_status"], "priced", "{vector}");
        assert_eq!(usd(&answer["cost_usd"]), usd(&expected["cost_usd"]), "{vector}: {answer}");
        let parts = answer["breakdown"].as_object().unwrap().values().map(usd);
        assert_eq!(parts.fold(Usd::ZERO, |sum, part| sum + part), usd(&answer["cost_usd"]));
    }
}

/// A model, a call of it, and its price as the provider's list has it: `tokens × dollars per million`.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [(u64, &'static str)]);

/// Thirteen models by their providers' price lists: with cached input, and beyond a threshold and at a service tier where
/// they have one.
#[rustfmt::skip]
const CASES: &[Case] = &[
    ("openai", "gpt-4o", "", r#"{"input": 1000, "cache_read": 200, "output": 500}"#, &[(800, "2.5"), (200, "1.25"), (500, "10")]),
    ("openai", "gpt-4o", "priority", r#"{"input": 1000, "output": 500}"#, &[(1_000, "4.25"), (500, "17")]),
    ("openai", "gpt-4o-mini", "", r#"{"input": 2000, "cache_read": 1024, "output": 10}"#, &[(976, "0.15"), (1_024, "0.075"), (10, "0.6")]),
    ("openai", "gpt-4o-mini", "priority", r#"{"input": 1000, "output": 10}"#, &[(1_000, "0.25"), (10, "1")]),
    ("openai", "gpt-5.4", "", r#"{"input": 272000, "output": 1000}"#, &[(272_000, "2.5"), (1_000, "15")]),
    ("openai", "gpt-5.4", "", r#"{"input": 272001, "output": 1000}"#, &[(272_001, "5"), (1_000, "22.5")]),
    ("openai", "gpt-5.4", "", r#"{"input": 300000, "cache_read": 100000, "output": 1}"#, &[(200_000, "5"), (100_000, "0.5"), (1, "22.5")]),
    ("openai", "gpt-5.4", "flex", r#"{"input": 1000, "output": 100}"#, &[(1_000, "1.25"), (100, "7.5")]),
    ("openai", "gpt-5", "", r#"{"input": 5000, "cache_read": 4096, "output": 900, "reasoning": 640}"#, &[(904, "1.25"), (4_096, "0.125"), (260, "10"), (640, "10")]),
    ("openai", "gpt-5", "flex", r#"{"input": 5000, "cache_read": 4096, "output": 900}"#, &[(904, "0.625"), (4_096, "0.0625"), (900, "5")]),
    ("openai", "o3", "", r#"{"input": 700, "cache_read": 600, "output": 3000, "reasoning": 2900}"#, &[(100, "2"), (600, "0.5"), (3_000, "8")]),
    ("openai", "o3", "flex", r#"{"input": 700, "output": 30}"#, &[(700, "1"), (30, "4")]),
    ("openai", "gpt-4.1", "", r#"{"input": 700, "cache_read": 600, "output": 30}"#, &[(100, "2"), (600, "0.5"), (30, "8")]),
    ("openai", "gpt-4.1", "batch", r#"{"input": 700, "output": 30}"#, &[(700, "1"), (30, "4")]),
    ("anthropic", "claude-sonnet-4-5", "", r#"{"input": 10000, "cache_read": 6000, "cache_write": 3000, "cache_write_1h": 1000, "output": 800}"#,
        &[(1_000, "3"), (6_000, "0.3"), (2_000, "3.75"), (1_000, "6"), (800, "15")]),
    ("anthropic", "claude-sonnet-4-5", "batch", r#"{"input": 10000, "output": 800}"#, &[(10_000, "1.5"), (800, "7.5")]),
    ("anthropic", "claude-opus-4-5", "", r#"{"input": 900, "cache_read": 500, "cache_write": 300, "output": 80}"#, &[(100, "5"), (500, "0.5"), (300, "6.25"), (80, "25")]),
    ("anthropic", "claude-opus-4-5", "batch", r#"{"input": 900, "output": 80}"#, &[(900, "2.5"), (80, "12.5")]),
    ("anthropic", "claude-haiku-4-5", "", r#"{"input": 900, "cache_read": 500, "output": 80}"#, &[(400, "1"), (500, "0.1"), (80, "5")]),
    ("gcp.gemini", "gemini-2.5-pro", "", r#"{"input": 200000, "output": 1000}"#, &[(200_000, "1.25"), (1_000, "10")]),
    ("gcp.gemini", "gemini-2.5-pro", "", r#"{"input": 200001, "cache_read": 100000, "output": 1000}"#, &[(100_001, "2.5"), (100_000, "0.25"), (1_000, "15")]),
    ("gcp.gemini", "gemini-2.5-pro", "priority", r#"{"input": 200001, "output": 1000}"#, &[(200_001, "4.5"), (1_000, "27")]),
    ("gcp.gemini", "gemini-2.5-flash", "", r#"{"input": 1000, "cache_read": 300, "audio_input": 200, "output": 90, "reasoning": 50}"#,
        &[(500, "0.3"), (300, "0.03"), (200, "1"), (90, "2.5")]),
    ("mistral_ai", "mistral-large-latest", "", r#"{"input": 12000, "cache_read": 2000, "output": 3000}"#, &[(10_000, "0.5"), (2_000, "0.05"), (3_000, "1.5")]),
    ("deepseek", "deepseek-chat", "", r#"{"input": 100000, "cache_read": 64000, "output": 10000}"#, &[(36_000, "0.28"), (64_000, "0.028"), (10_000, "0.42")]),
    ("groq", "openai/gpt-oss-120b", "", r#"{"input": 1000, "cache_read": 400, "output": 100}"#, &[(600, "0.15"), (400, "0.075"), (100, "0.6")]),
];

#[test]
fn well_known_models_cost_what_their_providers_arithmetic_says() {
    let line = |(provider, model, tier, usage, _): &Case| {
        let usage: Value = serde_json::from_str(usage).unwrap();
        json!({ "provider": provider, "model": model, "service_tier": tier, "usage": usage }).to_string()
            + "\n"
    };
    let output = batch(&CASES.iter().map(line).collect::<String>());
    assert!(output.status.success(), "{:?}", said(&output));
    for ((provider, model, tier, usage, products), answer) in CASES.iter().zip(answers(&output)) {
        let millionths = products.iter().fold(Usd::ZERO, |sum, (tokens, price)| {
            sum + price.parse::<Usd>().unwrap().checked_mul(*tokens).unwrap()
        });
        let (mantissa, scale) = millionths.to_parts();
        let expected = Usd::from_parts(mantissa, scale + 6).unwrap();
        assert_eq!(answer["cost_usd"], expected.to_string(), "{provider} {model} {tier} {usage}: {answer}");
    }
}
