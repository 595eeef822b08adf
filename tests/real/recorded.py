"""The recorded exchanges that the SDKs repeat, and what a client has to see of each."""

import base64
import gzip
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

ENDPOINTS = {
    ("api.openai.com", "/v1/chat/completions"): "openai",
    ("api.anthropic.com", "/v1/messages"): "anthropic",
}


# Dollars for a million tokens of input and of output. Models that the price list no longer has are recorded as unpriced.
PRICES = {
    "claude-sonnet-4-5-20250929": (Decimal(3), Decimal(15)),
    "gpt-4o-mini-2024-07-18": (Decimal("0.15"), Decimal("0.6")),
}


@dataclass(frozen=True)
class Recorded:
    id: str
    sdk: str
    streamed: bool
    request: dict
    text: str
    usage: dict
    cost_usd: Decimal | None


def pick(corpus: Path) -> list[Recorded]:
    """One exchange of each SDK, plain and streamed, that has usage and a text; the first, if it can be one with a price."""
    with open(corpus / "expected.jsonl", encoding="utf-8") as lines:
        expected = {row["id"]: row for row in map(json.loads, lines)}
    found: dict[tuple[str, bool], Recorded] = {}
    with gzip.open(corpus / "exchanges.jsonl.gz", "rt", encoding="utf-8") as lines:
        for exchange in map(json.loads, lines):
            sdk = ENDPOINTS.get((exchange["host"], exchange["path"]))
            row = expected.get(exchange["id"])
            if sdk and row and row["has_usage"]:
                recorded = read(sdk, exchange, row)
                best = found.get((sdk, recorded.streamed))
                if recorded.text and (best is None or (recorded.cost_usd and not best.cost_usd)):
                    found[sdk, recorded.streamed] = recorded
    missing = {(sdk, streamed) for sdk in TEXT for streamed in (False, True)} - set(found)
    assert not missing, f"no exchange in {corpus} for {missing}"
    return [found[key] for key in sorted(found)]


def read(sdk: str, exchange: dict, row: dict) -> Recorded:
    reply = base64.b64decode(exchange["response"]["body_b64"]).decode()
    usage = {key: row[key] for key in ("input", "output", "cache_read", "cache_write", "reasoning")}
    return Recorded(
        id=exchange["id"],
        sdk=sdk,
        streamed=row["streamed"],
        request=json.loads(base64.b64decode(exchange["request"]["body_b64"])),
        text="".join(TEXT[sdk](event) for event in events(reply, row["streamed"])),
        usage=usage,
        cost_usd=price(row["response_model"], usage),
    )


def price(model: str, usage: dict) -> Decimal | None:
    if model not in PRICES or usage["cache_read"] or usage["cache_write"]:
        return None
    of_input, of_output = PRICES[model]
    return (usage["input"] * of_input + usage["output"] * of_output) / 1_000_000


def events(reply: str, streamed: bool) -> list[dict]:
    if not streamed:
        return [json.loads(reply)]
    data = (line.removeprefix("data:").strip() for line in reply.splitlines() if line.startswith("data:"))
    return [json.loads(line) for line in data if line != "[DONE]"]


def openai_text(event: dict) -> str:
    return "".join((choice.get("message") or choice["delta"]).get("content") or "" for choice in event["choices"])


def anthropic_text(event: dict) -> str:
    blocks = [event.get("delta", {}), *event.get("content", [])]
    return "".join(block.get("text", "") for block in blocks)


TEXT = {"openai": openai_text, "anthropic": anthropic_text}
