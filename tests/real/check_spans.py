"""Checks the spans that the collector printed: a SERVER and a CLIENT span for each call, linked up to the upstream.

Usage: check_spans.py SERVICE_NAME CALLS_JSONL CALL_LOG_JSONL COLLECTOR_OUTPUT REQUESTS_FOLDER
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Span:
    service: str
    fields: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)


def spans(output: str) -> list[Span]:
    """Reads the detailed debug output of rotel."""
    found, resource, target = [], {}, None
    for line in output.splitlines():
        if line.startswith("ResourceSpans #"):
            resource = target = {}
        elif line.startswith("ScopeSpans #"):
            target = None
        elif line.startswith("Span #"):
            found.append(Span(resource.get("service.name", "")))
            target = found[-1].fields
        elif line == "Attributes:" and found:
            target = found[-1].attributes
        elif target is not None and (match := re.match(r"\s+(?:-> )?([^:]+?)\s*: ?(.*)", line)):
            value = re.fullmatch(r"(?:Str|Int|Double|Bool)\((.*)\)", match[2])
            target[match[1]] = value[1] if value else match[2].strip()
    return found


def parents_sent(folder: Path) -> dict[str, tuple[str, str]]:
    """The trace id and the parent id that reached the upstream with each call."""
    sent = {}
    for file in folder.glob("*.requests"):
        for head in re.findall(rb"POST [^\r\n]* HTTP/1\.1\r\n((?:[^\r\n]+\r\n)+)\r\n", file.read_bytes()):
            headers = {}
            for line in head.decode().splitlines():
                name, _, value = line.partition(":")
                headers.setdefault(name.lower(), []).append(value.strip())
            (call,), (traceparent,) = headers["x-call"], headers["traceparent"]
            assert call not in sent, f"{call}: sent twice"
            version, trace, parent, _ = traceparent.split("-")
            assert version == "00", traceparent
            sent[call] = trace, parent
    return sent


def main(service: str, calls_file: str, log_file: str, output: str, folder: str) -> None:
    calls = [json.loads(line) for line in Path(calls_file).read_text(encoding="utf-8").splitlines()]
    log = {row["echo"]: row for row in map(json.loads, Path(log_file).read_text(encoding="utf-8").splitlines())}
    received = spans(Path(output).read_text(encoding="utf-8"))
    sent = parents_sent(Path(folder))
    clients = [span for span in received if span.fields["Kind"] == "SPAN_KIND_CLIENT"]
    assert len(clients) == len(calls), f"{len(clients)} CLIENT spans for {len(calls)} calls"
    assert sorted(sent) == sorted(call["call"] for call in calls), f"the upstream got {sorted(sent)}"

    for call in calls:
        name, row = call["call"], log[call["call"]]
        trace = [span for span in received if span.fields["Trace ID"] == row["trace_id"]]
        kinds = sorted(span.fields["Kind"] for span in trace)
        assert kinds == ["SPAN_KIND_CLIENT", "SPAN_KIND_SERVER"], f"{name}: the spans of its trace are {kinds}"
        client, server = sorted(trace, key=lambda span: span.fields["Kind"])
        assert {client.service, server.service} == {service}, f"{name}: from {client.service}, {server.service}"
        assert server.fields["Parent ID"] == "", f"{name}: the SERVER span is no root"
        assert client.fields["Parent ID"] == server.fields["ID"], f"{name}: the spans are not linked"
        assert sent[name] == (row["trace_id"], client.fields["ID"]), f"{name}: the upstream got {sent[name]}"
        assert row["span_id"] == client.fields["ID"], f"{name}: the call log names span {row['span_id']}"
        assert server.fields["Name"].startswith("POST "), f"{name}: {server.fields['Name']}"
        assert client.fields["Name"] == f"chat {call['model']}", f"{name}: {client.fields['Name']}"
        for direction in ("input", "output"):
            tokens = client.attributes.get(f"gen_ai.usage.{direction}_tokens")
            assert tokens == str(call["usage"][direction]), f"{name}: {direction} tokens {tokens}"
        cost, wanted = client.attributes.get("gen_ai.usage.cost"), call["cost_usd"]
        assert (cost and float(cost)) == (wanted and float(wanted)), f"{name}: costs {cost}, not {wanted}"
    print(f"ok - {len(calls)} SERVER and {len(calls)} CLIENT spans, linked, and the upstream got the CLIENT span's id")


if __name__ == "__main__":
    main(*sys.argv[1:])
