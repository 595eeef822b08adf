"""Makes recorded calls with the official SDKs, through the proxy, and checks what they return.

Usage: sdk_calls.py PROXY_URL CORPUS_DIR CALLS_JSONL

Writes a line for each call: what the proxy must have recorded of it.
"""

import json
import os
import sys
from pathlib import Path

import anthropic
import openai

import recorded

# Streams cut anywhere, as they come and compressed, as a client that accepts gzip gets them.
MODES = ("frames=7", "gzip-frames=7")


def main(proxy: str, corpus: Path, out: Path) -> None:
    clients = {
        "openai": openai.OpenAI(
            base_url=f"{proxy}/openai/v1", api_key=os.environ["OPENAI_CANARY"], max_retries=0, timeout=30
        ),
        "anthropic": anthropic.Anthropic(
            base_url=f"{proxy}/anthropic", api_key=os.environ["ANTHROPIC_CANARY"], max_retries=0, timeout=30
        ),
    }
    with open(out, "w", encoding="utf-8") as calls:
        for exchange in recorded.pick(corpus):
            for mode in MODES:
                kind = "streamed" if exchange.streamed else "plain"
                call = f"{exchange.sdk}-{kind}-{mode.partition('=')[0]}"
                headers = {"x-call": call, "x-replay-id": exchange.id, "x-replay-mode": mode}
                text = CALL[exchange.sdk](clients[exchange.sdk], exchange, headers)
                assert text == exchange.text, f"{call}: got {text!r}, recorded {exchange.text!r}"
                facts = {
                    "call": call,
                    "sdk": exchange.sdk,
                    "streamed": exchange.streamed,
                    "model": exchange.request["model"],
                    "usage": exchange.usage,
                    "cost_usd": exchange.cost_usd and str(exchange.cost_usd),
                }
                calls.write(json.dumps(facts) + "\n")
                print(f"ok - {call}: {len(text)} characters as recorded")


def parameters(request: dict) -> dict:
    """The recorded request again; what only some versions of an SDK know goes around its signature."""
    known = {key: request[key] for key in ("max_tokens", "messages", "model", "stream") if key in request}
    return {**known, "extra_body": {key: value for key, value in request.items() if key not in known}}


def openai_call(client: openai.OpenAI, exchange: recorded.Recorded, headers: dict) -> str:
    reply = client.chat.completions.create(**parameters(exchange.request), extra_headers=headers)
    if not exchange.streamed:
        return "".join(choice.message.content or "" for choice in reply.choices)
    return "".join(choice.delta.content or "" for chunk in reply for choice in chunk.choices)


def anthropic_call(client: anthropic.Anthropic, exchange: recorded.Recorded, headers: dict) -> str:
    reply = client.messages.create(**parameters(exchange.request), extra_headers=headers)
    if not exchange.streamed:
        return "".join(block.text for block in reply.content if block.type == "text")
    deltas = (event.delta for event in reply if event.type == "content_block_delta")
    return "".join(delta.text for delta in deltas if delta.type == "text_delta")


CALL = {"openai": openai_call, "anthropic": anthropic_call}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
