"""Reads pages with the strict OpenMetrics parser of the Python client, and compares what it has read with what was written.

Usage: check_open_metrics.py EXPOSITION_URL
"""

import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

# As in tests/support/bin/exposition.rs.
TEXTS = [
    "plain",
    '"quoted"',
    "\\",
    "ends in a backslash\\",
    '\\"',
    "two\nlines",
    "\\n is no line feed",
    "\U0001f600 and \U0001f469\u200d\U0001f680",
    'a="b",c="d"} 1 # {x="y"} 2',
    "\t\r\x7f \u00e9\u2028",
]


def hostile_value(number: int) -> str:
    text = TEXTS[number % len(TEXTS)]
    times = 10_240 // len(text.encode()) if number % 1000 == 0 else 1
    return f"{number} {text * times}"


def page(url: str) -> str:
    request = urllib.request.Request(url, headers={"accept": "application/openmetrics-text; version=1.0.0"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert reply.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        return reply.read().decode()


def families(url: str):
    # A line ends with a line feed and with nothing else.
    return {family.name: family for family in text_string_to_metric_families(page(url))}


def hostile(url: str) -> None:
    read = families(f"{url}/hostile")
    samples = [sample for family in read.values() for sample in family.samples if family.name.startswith("hostile_")]
    assert len(samples) == 100_000, len(samples)
    assert read["hostile_calls"].documentation == 'Calls "quoted", \\ and\non two lines.'
    for number, sample in enumerate(read["hostile_calls"].samples):
        assert sample.name == "hostile_calls_total" and sample.value == number, sample
        assert sample.labels == {"value": hostile_value(number), "kind": ""}, sample
    for number, sample in enumerate(read["hostile_size"].samples):
        assert sample.value == -0.5 and sample.labels == {"value": hostile_value(number), "kind": '"'}, sample
    buckets = [sample for sample in read["hostile_seconds"].samples if sample.name == "hostile_seconds_bucket"]
    for number, sample in enumerate(buckets):
        at = number % 8
        le = "+Inf" if at == 7 else f"{at + 1}.0"
        assert sample.labels == {"value": hostile_value(number // 8), "kind": "h", "le": le}, sample
        assert sample.value == at + 1, sample
    print(f"ok - the strict parser reads {len(samples)} samples with hostile labels as they were written")


def exemplars(url: str) -> None:
    read = families(f"{url}/classic")
    buckets = [sample for sample in read["exposition_seconds"].samples if sample.name.endswith("_bucket")]
    got = [(bucket.labels["le"], bucket.value, bucket.exemplar.labels["span_id"], bucket.exemplar.value) for bucket in buckets]
    want = [
        ("0.25", 1, "00000000000000a1", 0.25),
        ("1.0", 2, "00000000000000a2", 0.5),
        ("+Inf", 3, "00000000000000a3", 3),
    ]
    assert got == want, got
    [counter, created] = read["exposition_calls"].samples
    assert counter.exemplar.labels["trace_id"] == "0af7651916cd43dd8448eb211c80319c", counter
    assert created.name == "exposition_calls_created" and created.value == float(buckets[0].exemplar.timestamp), created
    assert read["process_cpu_seconds"].unit == "seconds" and read["tokio_workers"].samples[0].value >= 1
    print("ok - the strict parser reads exemplars, _created, and the metrics of process and runtime")


if __name__ == "__main__":
    hostile(sys.argv[1])
    exemplars(sys.argv[1])
