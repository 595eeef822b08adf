"""Checks what a collector printed of two calls over each protocol: the same spans, metrics and events.

Usage: check_signals.py COLLECTOR_OUTPUT
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

PROTOCOLS = ("grpc", "http/protobuf", "http/json")
METRICS = {
    "gen_ai.client.operation.duration": 2,
    "gen_ai.client.operation.time_to_first_chunk": 1,
    "gen_ai.client.response.duration": 2,
    "gen_ai.client.token.usage": 4,
    "gen_ai.server.time_per_output_token": None,  # not of every call
    "gen_ai.server.time_to_first_token": 1,
    "gen_ai.usage.cost": 2,
}
EVENT = "gen_ai.client.inference.operation.details"
# What differs from one run to the next.
VARIABLE = {"tower_genai.call_id", "gen_ai.response.time_to_first_chunk", "server.port"}


@dataclass
class Item:
    kind: str  # Span, LogRecord or Metric
    service: str
    fields: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)
    measured: int = 0

    def told(self) -> dict:
        return {key: value for key, value in self.attributes.items() if key not in VARIABLE}


def items(output: str) -> list[Item]:
    """Reads the detailed debug output of rotel."""
    found, resource, target = [], {}, None
    for line in output.splitlines():
        if re.match(r"Resource(Spans|Metrics|Logs?) #", line):
            resource = {}
        elif line == "Resource attributes:":
            target = resource
        elif match := re.match(r"(Span|LogRecord|Metric) #", line):
            found.append(Item(match[1], resource.get("service.name", "")))
            target = found[-1].fields
        elif line == "Attributes:":
            target = found[-1].attributes
        elif line == "Descriptor:":
            target = found[-1].fields
        elif line.startswith(("Events:", "SpanEvent #", "Data point attributes:", "ScopeSpans", "ScopeLogs")):
            target = {}
        elif match := re.match(r"Count: (\d+)", line):
            found[-1].measured += int(match[1])
        elif found and (match := re.match(r"\s+(Trace ID|Span ID) +: (\w+)", line)):
            found[-1].fields[match[1]] = match[2]
        elif found and line.startswith("EventName: "):
            found[-1].fields["EventName"] = line.removeprefix("EventName: ")
        elif target is not None and (match := re.match(r"\s+(?:-> )?([^:]+?)\s*: ?(.*)", line)):
            value = re.fullmatch(r"(?:Str|Int|Double|Bool)\((.*)\)", match[2])
            target[match[1]] = value[1] if value else match[2].strip()
    return found


def main(file: str) -> None:
    received = items(Path(file).read_text(encoding="utf-8"))
    told = {}
    for protocol in PROTOCOLS:
        own = [item for item in received if item.service == protocol]
        spans = [item for item in own if item.kind == "Span"]
        kinds = sorted(span.fields["Kind"] for span in spans)
        assert kinds == ["SPAN_KIND_CLIENT"] * 2 + ["SPAN_KIND_SERVER"] * 2, f"{protocol}: {kinds}"
        clients = [span for span in spans if span.fields["Kind"] == "SPAN_KIND_CLIENT"]

        events = [item for item in own if item.kind == "LogRecord"]
        assert [event.fields["EventName"] for event in events] == [EVENT] * 2, f"{protocol}: {events}"
        belongs = {(event.fields["Trace ID"], event.fields["Span ID"]) for event in events}
        sent = {(span.fields["Trace ID"], span.fields["ID"]) for span in clients}
        assert belongs == sent, f"{protocol}: the events belong to {belongs}, the spans are {sent}"

        # Cumulative: the last word counts.
        metrics = {item.fields["Name"]: item for item in own if item.kind == "Metric"}
        assert set(metrics) <= set(METRICS), f"{protocol}: {sorted(metrics)}"
        for name, count in METRICS.items():
            measured = metrics[name].measured if name in metrics else 0
            assert count in (None, measured), f"{protocol}: {name} has measured {measured} times, not {count}"

        by_stream = {"true": 1}
        order = sorted(clients, key=lambda span: by_stream.get(span.attributes.get("gen_ai.request.stream"), 0))
        told[protocol] = (
            [(span.fields["Name"], span.told()) for span in order],
            sorted(sorted(event.told().items()) for event in events),
        )
        assert all(span.attributes["gen_ai.usage.output_tokens"] == "25" for span in clients), f"{protocol}: {order}"
    for protocol in PROTOCOLS[1:]:
        assert told[protocol] == told["grpc"], f"{protocol} tells {told[protocol]}, grpc {told['grpc']}"
    print(f"ok - spans, metrics and events arrived over {', '.join(PROTOCOLS)}, and say the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
