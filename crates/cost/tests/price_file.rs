//! Price files that cannot be used say so, and say where.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write;

use tower_genai_core::Usage;
use tower_genai_cost::{Catalogue, Entry};

fn error(file: &str) -> String {
    Catalogue::from_litellm_json(file.as_bytes()).unwrap_err().to_string()
}

#[test]
fn faults_name_line_model_and_key() {
    let file = r#"{
"a": {"litellm_provider": "x", "input_cost_per_token": "0.1"},
"b": {"litellm_provider": 7, "input_cost_per_token": -1e-6},
"c": [],
"d": {"output_cost_per_token": true, "output_cost_per_token": 1,
      "output_cost_per_token": 2},
"d": {},
"": {},
"e": {"tiered_pricing": [{"range": [0.5, 2], "input_cost_per_token": 1}]},
"f": {"input_cost_per_token": 0.12345678901234567890123456789012345}
}"#;
    assert_eq!(
        error(file),
        r#"line 2: "a": "input_cost_per_token": expected a number of US dollars, found "0.1"
line 3: "b": "litellm_provider": expected a word
line 3: "b": "input_cost_per_token": a price cannot be negative, found -1e-6
line 4: "c": expected an object with the model's prices
line 5: "d": "output_cost_per_token": expected a number of US dollars, found true
line 6: "d": "output_cost_per_token": the price is there twice
line 7: "d": the model is there twice
line 8: "": not the name of a model
line 9: "e": "tiered_pricing": expected a range of two whole numbers of tokens
line 10: "f": "input_cost_per_token": expected a number of US dollars, found 0.12345678901234567890123456789012345"#
    );
}

#[test]
fn what_is_no_price_file_is_refused() {
    assert_eq!(error(""), "line 1: not a price file: EOF while parsing a value at line 1 column 0");
    assert_eq!(
        error("[1]"),
        "line 1: not a price file: invalid type: sequence, expected an object at line 1 column 0"
    );
    assert_eq!(
        error("{\n\"a\": {\n"),
        "line 3: not a price file: EOF while parsing an object at line 3 column 0"
    );
    assert_eq!(error("{}"), "there is no model in it");
    assert_eq!(Catalogue::from_litellm_json(b"{\n\"\xff").unwrap_err().to_string(), "line 2: not UTF-8");
}

#[test]
fn the_list_of_faults_is_bounded() {
    let mut file = String::from("{");
    // A pass over the text for each fault would take minutes.
    for model in 0..100_000 {
        let separator = if model == 0 { "" } else { "," };
        write!(file, "{separator}\n\"{model}\": {{\"input_cost_per_token\": {{}}}}").unwrap();
    }
    file.push('}');
    let error = Catalogue::from_litellm_json(file.as_bytes()).unwrap_err();
    assert_eq!(error.faults().len(), 20);
    assert_eq!(error.faults()[0].line(), Some(2));
    assert_eq!(error.faults()[0].model(), Some("0"));
    assert_eq!(error.faults()[0].key(), Some("input_cost_per_token"));
    assert!(error.to_string().ends_with("\nand 99980 more"), "{error}");
}

#[test]
fn the_text_of_a_number_is_its_value() {
    // As a float, 0.1 + 0.2 is no 0.3.
    let file =
        br#"{"m": {"litellm_provider": "x", "input_cost_per_token": 0.1, "output_cost_per_token": 2E-1}}"#;
    let catalogue = Catalogue::from_litellm_json(file).unwrap();
    let cost = catalogue.get("m").unwrap().price(&Usage::new(1, 1), None).unwrap();
    assert_eq!(cost.total().to_string(), "0.3");
}

#[test]
fn keys_that_may_be_prices_and_are_not_read_are_told() {
    let file = br#"{
        "sample_spec": {"input_cost_per_token": "documentation"},
        "m": {"input_cost_per_token": null, "max_tokens": 1, "supports_vision": true, "cost_per_moon": 1},
        "n": {"cost_per_moon": 1, "input_dbu_cost_per_token": 1, "tiered_pricing": [{"max_results_range": [0, 1]}]}
    }"#;
    let catalogue = Catalogue::from_litellm_json(file).unwrap();
    assert_eq!(catalogue.len(), 2);
    let unread: Vec<_> = catalogue.unread_keys().collect();
    assert_eq!(unread, [("cost_per_moon", 2), ("tiered_pricing", 1)]);
}

#[test]
fn what_prices_depend_on_is_checked_too() {
    let file = r#"{
"a": {"off_peak_pricing": {"hours_utc": "25:00-26:00", "price": 1}},
"b": {"off_peak_pricing": {"windows": [{"hours_utc": "01:00-02:00", "weekdays": [8]}]}},
"c": {"off_peak_pricing": {"windows": 1, "weekday_timezone": "Moon/Tycho"}},
"d": {"regional_endpoint_uplift_multiplier": -1, "regional_processing_uplift_multiplier_eu": "x"},
"e": {"provider_specific_entry": {"us": 1.1, "us": 1.2, "fast": "twice"}},
"f": {"search_context_cost_per_query": {"search_context_size_low": -1, "huge": 1}},
"g": {"web_search_billing_unit": "per_moon", "search_free_requests": {"count": 1}},
"h": {"off_peak_pricing": {"input_cost_per_token": -1, "hours_utc": ["01:00-02:00"]}}
}"#;
    assert_eq!(
        error(file),
        r#"line 2: "a": "hours_utc": expected hours like 16:30-00:30
line 2: "a": "price": not known in off-peak prices
line 3: "b": "weekdays": expected days from 1 (Monday) to 7, or their names
line 4: "c": "windows": expected a list of objects with hours_utc and weekdays
line 4: "c": "off_peak_pricing": no time zone is called Moon/Tycho
line 5: "d": "regional_endpoint_uplift_multiplier": expected a number that is not negative, with at most nine digits after the point, found -1
line 5: "d": "regional_processing_uplift_multiplier_eu": expected a number, found "x"
line 6: "e": "us": the factor is there twice
line 6: "e": "fast": expected a number, found "twice"
line 7: "f": "search_context_size_low": a price cannot be negative, found -1
line 7: "f": "huge": not the size of a search's context
line 8: "g": "web_search_billing_unit": expected per_query or per_prompt
line 8: "g": "search_free_requests": expected a count, a period and a group of models
line 9: "h": "input_cost_per_token": a price cannot be negative, found -1"#
    );
}

#[test]
fn a_hundred_megabytes_of_rubbish_are_refused() {
    // No JSON, JSON of the wrong shape, and a file that breaks off.
    assert_eq!(
        error(&"x".repeat(100_000_000)),
        "line 1: not a price file: expected value at line 1 column 1"
    );
    let numbers = format!("[{}0]", "0,".repeat(50_000_000));
    assert_eq!(
        error(&numbers),
        "line 1: not a price file: invalid type: sequence, expected an object at line 1 column 0"
    );
    let broken = format!("{{\n\"m\": \"{}", "x".repeat(100_000_000));
    assert!(error(&broken).starts_with("line 2: not a price file: EOF while parsing a string"));
}

#[test]
fn ranges_win_over_plain_prices() {
    let file = br#"{"m": {"input_cost_per_token": 9, "output_cost_per_token": 9, "tiered_pricing": [
        {"range": [0, 10], "input_cost_per_token": 1}, {"range": [10, 20.0], "input_cost_per_token": 2}]}}"#;
    let catalogue = Catalogue::from_litellm_json(file).unwrap();
    let total = |input, output| {
        catalogue.get("m").unwrap().price(&Usage::new(input, output), None).unwrap().total().to_string()
    };
    assert_eq!(total(10, 1), "19");
    assert_eq!(total(11, 0), "22");
    assert_eq!(total(30, 0), "60");
}

#[test]
fn an_operators_prices_are_checked_the_same_way() {
    let prices = [
        ("input_cost_per_token", "free"),
        ("output_cost_per_token", "1e-6"),
        ("output_cost_per_token", "2e-6"),
        ("cache_read_input_token_cost", "-1"),
        ("price", "1"),
    ];
    assert_eq!(
        Entry::from_prices("m", prices).unwrap_err().to_string(),
        r#""m": "input_cost_per_token": expected a number of US dollars, found free
"m": "output_cost_per_token": stated twice
"m": "cache_read_input_token_cost": a price cannot be negative, found -1
"m": "price": not the name of a price"#
    );
}
