"""Checks that MLflow reads the proxy's spans as calls to a model, with the tokens and the cost of the call log.

Usage: check_mlflow.py MLFLOW_URL CALL_LOG_JSONL
"""

import json
import math
import sys
import time
from pathlib import Path

import mlflow


def main(url: str, log_file: str) -> None:
    calls = {row["span_id"]: row for row in map(json.loads, Path(log_file).read_text(encoding="utf-8").splitlines())}
    assert len(calls) == 5, calls
    mlflow.set_tracking_uri(url)
    deadline = time.monotonic() + 60
    while True:
        traces = mlflow.search_traces(locations=["0"], return_type="list", max_results=100)
        found = {span.span_id: span for trace in traces for span in trace.data.spans}
        if calls.keys() <= found.keys():
            break
        assert time.monotonic() < deadline, (sorted(calls), sorted(found))
        time.sleep(1)
    for span_id, call in calls.items():
        span = found[span_id]
        assert span.name == "chat gpt-4o-mini", span.name
        assert span.span_type == "CHAT_MODEL", span.span_type
        usage = span.get_attribute("mlflow.chat.tokenUsage")
        tokens = usage["input_tokens"], usage["output_tokens"]
        assert tokens == (call["gen_ai.usage.input_tokens"], call["gen_ai.usage.output_tokens"]), (call, usage)
        cost = span.get_attribute("mlflow.llm.cost")
        assert math.isclose(cost["total_cost"], float(call["cost_usd"])), (call, cost)
    assert len(found) == 10, sorted(span.name for span in found.values())
    print(f"ok - MLflow reads {len(calls)} calls to a model with their tokens and cost, and as many requests")


main(*sys.argv[1:])
