"""Checks the call log against the calls of provider_calls.py: a line for each, with what the provider reported.

Usage: check_provider_calls.py CALLS_JSONL CALL_LOG_JSONL
"""

import json
import sys

from check_call_log import USAGE

PROVIDERS = {
    "bedrock": "aws.bedrock", "gemini": "gcp.gemini", "cohere": "cohere", "mistral": "mistral_ai", "ollama": "ollama",
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
            "upstream": call["upstream"],
            "gen_ai.operation.name": call["operation"],
            "gen_ai.provider.name": PROVIDERS[call["upstream"]],
            "gen_ai.request.model": call["model"],
            "streamed": call["streamed"],
            "usage_source": "reported",
            "outcome": "complete",
            "http.response.status_code": 200,
        }
        if call["response_model"]:
            want["gen_ai.response.model"] = call["response_model"]
        got = {key: line.get(key) for key in want}
        assert got == want, f"{call['call']}: got {got}, want {want}"
        reasons = line.get("gen_ai.response.finish_reasons", [])
        assert not call["finish_reasons"] or sorted(set(reasons)) == sorted(call["finish_reasons"]), \
            f"{call['call']}: finished {reasons}, not {call['finish_reasons']}"
        usage = {name: line.get(key, 0) for name, key in USAGE.items()}
        assert usage == call["usage"], f"{call['call']}: got {usage}, want {call['usage']}"
    print(f"ok - {len(log)} calls in the log, each with the model and the usage of its provider")


if __name__ == "__main__":
    main(*sys.argv[1:])
