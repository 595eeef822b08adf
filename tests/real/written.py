"""Adds exchanges to the recorded ones: kinds of replies that were not recorded, written down from the provider's reference.

Usage: written.py CORPUS_DIR OUT_DIR
"""

import base64
import gzip
import json
import sys
from pathlib import Path


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def chunk(text: str, more: dict, finish: str | None = None) -> dict:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": more, "modelVersion": "gemini-2.5-flash", "responseId": "resp-1"}


# https://ai.google.dev/api/generate-content: usage comes with every chunk and counts up; thoughts are beside candidates.
GEMINI = (
    chunk("Rust is", {"promptTokenCount": 9, "candidatesTokenCount": 2, "totalTokenCount": 31, "thoughtsTokenCount": 20}),
    chunk(" a \"systems\"", {"promptTokenCount": 9, "candidatesTokenCount": 6, "totalTokenCount": 35, "thoughtsTokenCount": 20}),
    chunk(" language. ✓", {"promptTokenCount": 9, "candidatesTokenCount": 11, "totalTokenCount": 40, "thoughtsTokenCount": 20},
          "STOP"),
)

EXCHANGES = (
    (
        {
            "id": "written/gemini-stream",
            "host": "generativelanguage.googleapis.com",
            "method": "POST",
            "path": "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            "query": "alt=sse",
            "request": {
                "headers": {"content-type": "application/json"},
                "body_b64": encoded(json.dumps({"contents": [{"parts": [{"text": "What is Rust?"}], "role": "user"}]})),
            },
            "response": {
                "status": 200,
                "headers": {"content-type": "text/event-stream"},
                "body_b64": encoded("".join(f"data: {json.dumps(event)}\r\n\r\n" for event in GEMINI)),
            },
        },
        {
            "id": "written/gemini-stream", "dialect": "gemini", "streamed": True, "response_model": "gemini-2.5-flash",
            "has_usage": True, "finish_reasons": ["STOP"], "input": 9, "output": 31, "cache_read": 0, "cache_write": 0,
            "cache_write_1h": 0, "reasoning": 20,
        },
    ),
)


def main(corpus: Path, out: Path) -> None:
    with gzip.open(corpus / "exchanges.jsonl.gz", "rt", encoding="utf-8") as recorded, \
            gzip.open(out / "exchanges.jsonl.gz", "wt", encoding="utf-8", compresslevel=1) as exchanges:
        exchanges.writelines(recorded)
        exchanges.writelines(json.dumps(exchange) + "\n" for exchange, _ in EXCHANGES)
    with open(corpus / "expected.jsonl", encoding="utf-8") as recorded, \
            open(out / "expected.jsonl", "w", encoding="utf-8") as expected:
        expected.writelines(recorded)
        expected.writelines(json.dumps(row) + "\n" for _, row in EXCHANGES)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
