"""Checks what Prometheus scraped: the target is up, and queries return the calls that were made.

Usage: check_prometheus.py PROMETHEUS_URL PROXY_ADDRESS CALLS_JSONL CALL_LOG
"""

import json
import math
import sys
import time
import urllib.parse
import urllib.request
from decimal import Decimal

# Two scrapes at the interval of prometheus.yml.
PATIENCE_SECONDS = 40


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


def target(url: str, address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        active = get(url, "/api/v1/targets", state="active")["activeTargets"]
        if active and all(target["health"] == "up" for target in active):
            break
        assert time.monotonic() < deadline, f"not up: {active}"
        time.sleep(0.5)
    scraped = [target["scrapeUrl"] for target in active]
    assert scraped == [f"http://{address}/metrics"], scraped
    print(f"ok - the target {scraped[0]} is up")


def exemplars(url: str, call_log: str) -> None:
    """Each exemplar leads to the span of a call that was logged."""
    with open(call_log, encoding="utf-8") as lines:
        spans = {(line["trace_id"], line["span_id"]) for line in map(json.loads, lines)}
    now = time.time()
    for series in ("gen_ai_client_operation_duration_seconds_bucket", "gen_ai_client_cost_usd_total"):
        found = get(url, "/api/v1/query_exemplars", query=series, start=str(now - 600), end=str(now + 60))
        labels = [exemplar["labels"] for one in found for exemplar in one["exemplars"]]
        assert labels, f"no exemplars of {series}"
        strange = [it for it in labels if (it["trace_id"], it["span_id"]) not in spans]
        assert not strange, f"{series}: {strange} are of no call"
        print(f"ok - {len(labels)} exemplars of {series} lead to spans of calls")


def main(url: str, address: str, calls_file: str, call_log: str) -> None:
    target(url, address)
    with open(calls_file, encoding="utf-8") as lines:
        calls = [json.loads(line) for line in lines]
    cost = sum(Decimal(call["cost_usd"] or 0) for call in calls)
    unpriced = sum(call["cost_usd"] is None for call in calls)
    want = {
        "up": 1,
        "sum(gen_ai_client_calls_total)": len(calls),
        'sum(gen_ai_client_calls_total{role="client", outcome="complete", error_type=""})': len(calls),
        'sum(gen_ai_client_calls_total{gen_ai_provider_name="openai"})': sum(c["sdk"] == "openai" for c in calls),
        "sum(gen_ai_client_operation_duration_seconds_count)": len(calls),
        # Each histogram ends in a bucket that holds all.
        'max(gen_ai_client_operation_duration_seconds_bucket{le="+Inf"} '
        "- ignoring(le) gen_ai_client_operation_duration_seconds_count)": 0,
        "sum(gen_ai_client_operation_time_to_first_chunk_seconds_count)": sum(c["streamed"] for c in calls),
        "sum(gen_ai_client_cost_usd_total)": float(cost),
        'sum(tower_genai_cost_calls_total{cost_status="unpriced"})': unpriced,
        "sum(tower_genai_calls_opened_total) - sum(tower_genai_calls_recorded_total)": 0,
        "sum(tower_genai_calls_in_flight)": 0,
    }
    for direction in ("input", "output"):
        tokens = sum(call["usage"][direction] for call in calls)
        want[f'sum(gen_ai_client_tokens_total{{token_type="{direction}", usage_source="reported"}})'] = tokens
        want[f'sum(gen_ai_client_token_usage_sum{{gen_ai_token_type="{direction}"}})'] = tokens
    for expression, wanted in want.items():
        got = value(url, expression)
        assert got is not None and math.isclose(got, wanted, rel_tol=1e-9), f"{expression} is {got}, not {wanted}"
        print(f"ok - {expression} is {got:g}")
    exemplars(url, call_log)


if __name__ == "__main__":
    main(*sys.argv[1:])
