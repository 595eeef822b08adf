//! What the scraper wants, from its `Accept` and `Accept-Encoding`.

use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName};

use crate::Format;
use crate::encoding::Encoding;

/// The format the scraper likes best among those there are; the text format when it likes none.
///
/// As RFC 9110 has it: the most specific range that matches a format decides how much the format is wanted. Between
/// formats wanted alike the more specifically named wins, then the one named first; a mere `*/*` gets the text
/// format, which every reader of metrics knows.
///
/// Protobuf is among them where it has something that text has not.
pub(crate) fn format(headers: &HeaderMap, protobuf: bool) -> Format {
    let mut best = (Format::Text, Wish::default());
    let formats = [Format::Text, Format::OpenMetrics].into_iter().chain(protobuf.then_some(Format::Protobuf));
    for format in formats {
        let wish = items(headers, &ACCEPT)
            .enumerate()
            .filter_map(|(position, item)| Wish::read(format, item, position))
            .max_by_key(|wish| wish.specificity)
            .unwrap_or_default();
        if wish.is_over(&best.1) {
            best = (format, wish);
        }
    }
    best.0
}

/// The coding the scraper likes best; between those it likes alike the one that makes the page smallest with the least
/// work. `*` stands for gzip, which everybody knows; zstd is for those who name it.
pub(crate) fn encoding(headers: &HeaderMap) -> Encoding {
    let (mut zstd, mut gzip, mut any, mut identity) = (None, None, None, None);
    for item in items(headers, &ACCEPT_ENCODING) {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = quality(parameters);
        match name.trim() {
            name if name.eq_ignore_ascii_case("zstd") => zstd = Some(quality),
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                gzip = Some(quality);
            }
            name if name.eq_ignore_ascii_case("identity") => identity = Some(quality),
            "*" => any = Some(quality),
            _ => {}
        }
    }
    let mut best = (Encoding::Identity, identity.unwrap_or(0));
    for (encoding, quality) in [(Encoding::Gzip, gzip.or(any)), (Encoding::Zstd, zstd)] {
        let quality = quality.unwrap_or(0);
        if quality > 0 && quality >= best.1 {
            best = (encoding, quality);
        }
    }
    best.0
}

/// How much one format is wanted.
#[derive(Clone, Copy, Default)]
struct Wish {
    /// In thousandths.
    quality: u16,
    /// 0 for `*/*` up to 3 for a type with a version.
    specificity: u8,
    position: usize,
}

impl Wish {
    /// What a media range says about `format`; `None` when it does not match.
    fn read(format: Format, range: &str, position: usize) -> Option<Self> {
        let (media, parameters) = range.split_once(';').unwrap_or((range, ""));
        let media = media.trim();
        let (name, version, asked) = match format {
            Format::OpenMetrics => {
                ("application/openmetrics-text", "1.0.0", parameter(parameters, "version"))
            }
            Format::Text => ("text/plain", "0.0.4", parameter(parameters, "version")),
            Format::Protobuf => {
                let encoding = parameter(parameters, "encoding");
                if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("delimited")) {
                    return None;
                }
                let message = "io.prometheus.client.MetricFamily";
                ("application/vnd.google.protobuf", message, parameter(parameters, "proto"))
            }
        };
        let family = name.split_once('/').map_or(name, |(family, _)| family);
        let specificity = if media.eq_ignore_ascii_case(name) {
            match asked {
                None => 2,
                Some(asked) if asked == version => 3,
                Some(_) => return None,
            }
        } else if media.strip_suffix("/*").is_some_and(|media| media.eq_ignore_ascii_case(family)) {
            1
        } else if media == "*/*" {
            0
        } else {
            return None;
        };
        Some(Self { quality: quality(parameters), specificity, position })
    }

    fn is_over(&self, other: &Self) -> bool {
        let rank = |wish: &Self| (wish.quality, wish.specificity, std::cmp::Reverse(wish.position));
        self.quality > 0 && rank(self) > rank(other)
    }
}

/// The members of a comma-separated header, over all its lines. What is not visible ASCII is passed over.
fn items<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

fn parameter<'p>(parameters: &'p str, name: &str) -> Option<&'p str> {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"'))
}

/// The `q` among the parameters, in thousandths; 1 when there is none, 0 when it is no quality.
fn quality(parameters: &str) -> u16 {
    let Some(text) = parameter(parameters, "q") else { return 1000 };
    match text.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 1000"
        )]
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accept(value: &'static str) -> Format {
        format(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]), false)
    }

    #[test]
    fn protobuf_for_those_who_want_it_when_it_is_offered() {
        let offered =
            |value| format(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]), true);
        let prometheus = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
             application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(offered(prometheus), Format::Protobuf);
        for (value, expected) in [
            (
                "application/vnd.google.protobuf;proto=other.Message;encoding=delimited, */*;q=0.1",
                Format::Text,
            ),
            ("application/vnd.google.protobuf;encoding=text, text/plain;q=0.2", Format::Text),
            ("application/openmetrics-text;version=1.0.0", Format::OpenMetrics),
            ("application/*", Format::OpenMetrics),
            ("*/*", Format::Text),
        ] {
            assert_eq!(offered(value), expected, "{value}");
        }
    }

    #[test]
    fn what_scrapers_really_send() {
        for (who, value, expected) in [
            (
                "Prometheus 2.42",
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "Prometheus 2.42 with native histograms",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
                 application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "Prometheus 3",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Format::OpenMetrics,
            ),
            ("VictoriaMetrics", "text/plain;version=0.0.4;q=1,*/*;q=0.1", Format::Text),
            ("curl", "*/*", Format::Text),
            (
                "a browser",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                Format::Text,
            ),
        ] {
            assert_eq!(accept(value), expected, "{who}");
        }
    }

    #[test]
    fn quality_and_specificity_decide() {
        for (value, expected) in [
            ("", Format::Text),
            ("application/json", Format::Text),
            ("text/plain", Format::Text),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("Application/OpenMetrics-Text; Version=\"1.0.0\"; charset=utf-8", Format::OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Format::Text),
            ("application/openmetrics-text;version=2.0.0", Format::Text),
            ("application/*", Format::OpenMetrics),
            ("text/*", Format::Text),
            ("text/*;q=0.2, application/*;q=0.3", Format::OpenMetrics),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.4", Format::Text),
            ("application/openmetrics-text, text/plain", Format::OpenMetrics),
            ("text/plain, application/openmetrics-text", Format::Text),
            ("application/openmetrics-text, */*", Format::OpenMetrics),
            ("application/openmetrics-text;q=0, */*", Format::Text),
            ("text/plain;q=0, */*;q=0.5", Format::OpenMetrics),
            ("text/plain;q=0", Format::Text),
            ("application/openmetrics-text;q=2, text/plain;q=0.1", Format::Text),
            ("application/openmetrics-text;q=x, text/plain;q=0.1", Format::Text),
            (";;,,q=1;,/", Format::Text),
        ] {
            assert_eq!(accept(value), expected, "{value}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static("text/plain;q=0.5"));
        headers.append(ACCEPT, HeaderValue::from_static("application/openmetrics-text;version=1.0.0"));
        assert_eq!(format(&headers, false), Format::OpenMetrics);
        assert_eq!(format(&HeaderMap::new(), false), Format::Text);
    }

    #[test]
    fn the_coding_that_is_wanted_most() {
        use Encoding::{Gzip, Identity, Zstd};
        for (value, expected) in [
            ("gzip", Gzip),
            ("deflate, GZIP;q=0.5", Gzip),
            ("x-gzip", Gzip),
            ("*", Gzip),
            ("*;q=0", Identity),
            ("gzip;q=0", Identity),
            ("gzip;q=0, *", Identity),
            ("br, deflate", Identity),
            ("identity", Identity),
            ("identity;q=0.5, gzip;q=1", Gzip),
            ("identity, gzip;q=0.5", Identity),
            ("identity, gzip", Gzip),
            ("", Identity),
            ("zstd", Zstd),
            ("br, Zstd", Zstd),
            ("gzip, zstd", Zstd),
            ("zstd, gzip", Zstd),
            ("gzip, zstd;q=0.9", Gzip),
            ("gzip;q=0.8, zstd;q=0.9", Zstd),
            ("gzip;q=0.8, zstd;q=0.9, identity", Identity),
            ("zstd;q=0, gzip", Gzip),
            ("zstd;q=0.2, *;q=0.1", Zstd),
            ("zstd;q=2, gzip;q=0.1", Gzip),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(encoding(&headers), expected, "{value}");
        }
        assert_eq!(encoding(&HeaderMap::new()), Identity);
    }
}
