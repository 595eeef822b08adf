"""Checks the call log: a line for each call, with the usage the provider reported and a price.

Usage: check_call_log.py CALLS_JSONL CALL_LOG_JSONL
"""

import json
import sys
from decimal import Decimal

USAGE = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_write.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}


def main(calls_file: str, log_file: str) -> None:
    with open(calls_file, encoding="utf-8") as lines:
        calls = {call["call"]: call for call in map(json.loads, lines)}
    with open(log_file, encoding="utf-8") as lines:
        log = [json.loads(line) for line in lines]
    assert sorted(line["echo"] for line in log) == sorted(calls), "not exactly one line for each call"
    for line in log:
        call = calls[line["echo"]]
        want = {
            "upstream": call["sdk"],
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": call["sdk"],
            "gen_ai.request.model": call["model"],
            "streamed": call["streamed"],
            "usage_source": "reported",
            "outcome": "complete",
            "http.response.status_code": 200,
            "cost_status": "priced" if call["cost_usd"] else "unpriced",
        }
        got = {key: line.get(key) for key in want}
        assert got == want, f"{call['call']}: got {got}, want {want}"
        # A count that the provider did not give is absent from the line, and 0 in the expectation.
        usage = {name: line.get(key, 0) for name, key in USAGE.items()}
        assert usage == call["usage"], f"{call['call']}: got {usage}, want {call['usage']}"
        cost, wanted = (text and Decimal(text) for text in (line.get("cost_usd"), call["cost_usd"]))
        assert cost == wanted, f"{call['call']}: costs {cost}, not {wanted}"
        assert float(line["duration_s"]) > 0, f"{call['call']}: took {line['duration_s']}"
    print(f"ok - {len(log)} calls in the log, each with its usage and its price")


if __name__ == "__main__":
    main(*sys.argv[1:])
