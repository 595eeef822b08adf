//! The documentation lists what is read, and the table of tests has all of it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::super::TelemetryConfig;
use super::{table, tls};
use crate::env::{Environment, NotUnicode};

/// Every name that is asked for; nothing is set.
#[derive(Default)]
struct Asked(RefCell<BTreeSet<String>>);

impl Environment for Asked {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        self.0.borrow_mut().insert(name.to_owned());
        Ok(None)
    }
}

fn read() -> BTreeSet<String> {
    let asked = Asked::default();
    TelemetryConfig::from_env(&asked).unwrap();
    // Read only where the sampler needs it.
    asked.0.into_inner().into_iter().chain(["OTEL_TRACES_SAMPLER_ARG".to_owned()]).collect()
}

#[test]
fn the_tables_of_the_documentation_list_exactly_what_is_read() {
    let rows = include_str!("../../variables.md").lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`')).filter(|text| text.contains('_'));
    let documented: BTreeSet<_> = names
        .flat_map(|name| {
            let signals: &[_] =
                if name.contains("<SIGNAL>") { &["TRACES", "METRICS", "LOGS"] } else { &[""] };
            signals.iter().map(move |signal| name.replace("<SIGNAL>", signal))
        })
        .collect();
    assert_eq!(documented, read());
}

#[test]
fn the_tables_of_tests_have_every_variable() {
    let tested: BTreeSet<_> =
        table::rows().into_iter().flat_map(|row| row.names).chain(tls::names()).collect();
    assert_eq!(tested, read());
}
