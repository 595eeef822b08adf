"""Checks that Phoenix reads the proxy's spans as calls to a model, with the tokens and the cost of the call log.

Usage: check_phoenix.py PHOENIX_URL CALL_LOG_JSONL
"""

import json
import math
import sys
import time
import urllib.request
from pathlib import Path

QUERY = """{ projects { edges { node { name spans(first: 100) { edges { node {
  name spanKind spanId attributes tokenCountPrompt tokenCountCompletion
  costSummary { total { cost } }
} } } } } } }"""


def spans(url: str) -> dict[str, dict]:
    body = json.dumps({"query": QUERY}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        answer = json.load(reply)
    assert "errors" not in answer, answer
    projects = [edge["node"] for edge in answer["data"]["projects"]["edges"]]
    return {edge["node"]["spanId"]: edge["node"] for project in projects for edge in project["spans"]["edges"]}


def main(url: str, log_file: str) -> None:
    calls = [json.loads(line) for line in Path(log_file).read_text(encoding="utf-8").splitlines()]
    assert len(calls) == 5, calls
    deadline = time.monotonic() + 60
    # Its costs are computed after its spans are stored.
    while True:
        found = spans(url)
        read = [found.get(call["span_id"]) for call in calls]
        if all(span and (span["costSummary"]["total"] or {}).get("cost") for span in read):
            break
        assert time.monotonic() < deadline, read
        time.sleep(1)
    for call, span in zip(calls, read):
        assert span["spanKind"] == "llm", span
        assert span["name"] == "chat gpt-4o-mini", span
        tokens = span["tokenCountPrompt"], span["tokenCountCompletion"]
        assert tokens == (call["gen_ai.usage.input_tokens"], call["gen_ai.usage.output_tokens"]), (call, span)
        assert math.isclose(span["costSummary"]["total"]["cost"], float(call["cost_usd"])), (call, span)
        attributes = json.loads(span["attributes"])
        assert attributes["llm"]["provider"] == "openai", attributes
    kinds = sorted(span["spanKind"] for span in found.values())
    assert len(found) == 10 and kinds.count("llm") == 5, kinds
    print(f"ok - Phoenix reads {len(calls)} calls to a model with their tokens and cost, and as many requests")


main(*sys.argv[1:])
