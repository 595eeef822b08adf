"""Checks what Prometheus and VictoriaMetrics have scraped from the program `exposition`.

Usage: check_exposition.py PROMETHEUS_URL VICTORIA_METRICS_URL
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE_SECONDS = 30
TRACE = "0af7651916cd43dd8448eb211c80319c"


def get(url: str, path: str, **parameters: str):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{url}{path}?{query}", timeout=5) as reply:
        answer = json.load(reply)
    assert answer["status"] == "success", answer
    return answer["data"]


def value(url: str, expression: str) -> float | None:
    result = get(url, "/api/v1/query", query=expression)["result"]
    assert len(result) <= 1, f"{expression} gives {result}"
    return float(result[0]["value"][1]) if result else None


def until(wanted, ask, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (got := ask()) != wanted:
        assert time.monotonic() < deadline, f"{what} is {got}, not {wanted}"
        time.sleep(0.3)
    print(f"ok - {what}")


def values(who: str, url: str, wanted: dict[str, float]) -> None:
    for expression, number in wanted.items():
        until(number, lambda: value(url, expression), f"{who}: {expression} is {number:g}")


def exemplars(url: str, series: str) -> list[tuple[str, float]]:
    now = time.time()
    found = get(url, "/api/v1/query_exemplars", query=series, start=str(now - 600), end=str(now + 600))
    every = [exemplar for one in found for exemplar in one["exemplars"]]
    assert all(exemplar["labels"]["trace_id"] == TRACE for exemplar in every), every
    return sorted((exemplar["labels"]["span_id"][-2:], float(exemplar["value"])) for exemplar in every)


def prometheus(url: str) -> None:
    values("Prometheus", url, {f'up{{job="{job}"}}': 1 for job in ("native", "classic", "hostile")})
    # Of 0.25, 0.5 and 3 seconds: the quantiles lie in buckets that are 9 % wide.
    values("Prometheus", url, {
        'histogram_count(exposition_seconds{job="native"})': 3,
        'histogram_sum(exposition_seconds{job="native"})': 3.75,
        'histogram_quantile(0.5, exposition_seconds{job="native"}) > bool 0.45': 1,
        'histogram_quantile(0.5, exposition_seconds{job="native"}) <= bool 0.5': 1,
        'histogram_quantile(0.9, exposition_seconds{job="native"}) > bool 2.8': 1,
        'exposition_calls_total{job="native"}': 3,
        'exposition_calls_total{job="classic"}': 3,
        'exposition_seconds_bucket{job="classic", le="1.0"}': 2,
        'count({job="hostile", __name__=~"hostile_.*"})': 100_000,
        r'hostile_calls_total{value="5 two\nlines"}': 5,
    })
    for series, wanted in {
        'exposition_calls_total{job="native"}': [("a3", 1.0)],
        'exposition_calls_total{job="classic"}': [("a3", 1.0)],
        'exposition_seconds_bucket{job="classic"}': [("a1", 0.25), ("a2", 0.5), ("a3", 3.0)],
    }.items():
        until(wanted, lambda: exemplars(url, series), f"Prometheus: the exemplars of {series}")


def victoria_metrics(url: str) -> None:
    values("VictoriaMetrics", url, {
        'up{job="classic"}': 1,
        "exposition_calls_total": 3,
        'exposition_seconds_bucket{le="1"}': 2,
        "exposition_seconds_sum": 3.75,
        'count({__name__=~"process_.*"})': 7,
    })


if __name__ == "__main__":
    prometheus(sys.argv[1])
    victoria_metrics(sys.argv[2])
