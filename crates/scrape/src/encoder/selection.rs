use crate::Family;

/// The families a scraper asks for by name; all of them when it names none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Selection(Vec<String>);

impl Selection {
    /// The parameters `name[]` of a query, as other exporters of metrics take them.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let mut names: Vec<String> = pairs
            .filter(|(key, _)| decode(key) == "name[]")
            .map(|(_, value)| decode(value))
            .filter(|name| !name.is_empty())
            .collect();
        names.sort_unstable();
        names.dedup();
        Self(names)
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the family is asked for, by its name or by that of one of its samples.
    pub(crate) fn takes(&self, family: &Family) -> bool {
        let suffixes = || family.kind().suffixes().iter();
        self.is_everything()
            || self.0.iter().any(|name| {
                name.strip_prefix(family.base()).is_some_and(|rest| suffixes().any(|suffix| rest == *suffix))
            })
    }

    /// The same for a name of which the kind is not known.
    pub(crate) fn takes_name(&self, base: &str) -> bool {
        const SUFFIXES: [&str; 6] = ["", "_total", "_created", "_bucket", "_count", "_sum"];
        self.is_everything()
            || self.0.iter().any(|name| {
                let base = base.strip_suffix("_total").unwrap_or(base);
                name.strip_prefix(base).is_some_and(|rest| SUFFIXES.contains(&rest))
            })
    }
}

/// Undoes percent-encoding; a plus stays, since no name has a space. What decodes to no text names nothing.
fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().map(Into::into).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn family(kind: Kind, name: &str) -> Family {
        Family::new(kind, name, "x", [] as [&str; 0])
    }

    #[test]
    fn a_family_is_taken_by_its_name_or_its_samples() {
        let calls = family(Kind::Counter, "calls_total");
        let latency = family(Kind::Histogram, "latency_seconds");
        for (query, takes) in [
            (None, [true, true]),
            (Some(""), [true, true]),
            (Some("name[]="), [true, true]),
            (Some("x=1&name%5B%5D=calls_total"), [true, false]),
            (Some("name[]=calls"), [true, false]),
            (Some("name[]=latency_seconds_bucket"), [false, true]),
            (Some("name[]=latency_seconds&name[]=calls_created"), [true, true]),
            (Some("name[]=call"), [false, false]),
            (Some("name[]=calls_bucket"), [false, false]),
            (Some("name[]=%ff"), [true, true]),
        ] {
            let selection = Selection::of_query(query);
            assert_eq!([selection.takes(&calls), selection.takes(&latency)], takes, "{query:?}");
        }
    }
}
