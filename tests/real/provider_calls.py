"""Repeats recorded calls with the providers' own SDKs, through the proxy and past it: the application must see the same.

Usage: provider_calls.py PROXY_URL REPLAY_URL CORPUS_DIR CALLS_JSONL

Writes a line for each call: what the proxy must have recorded of it.
"""

import base64
import gzip
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import boto3
import cohere
import mistralai.client
import ollama
from google import genai

REGION = "us-east-1"


@dataclass(frozen=True)
class Call:
    """One way of using an SDK, and the recorded exchanges that are that."""

    name: str
    upstream: str
    operation: str
    host: str
    path: str
    streamed: bool
    make: Callable[["Place"], object]


@dataclass(frozen=True)
class Place:
    """Where a call goes, and which recorded exchange it is."""

    url: str
    path: str
    body: dict
    headers: dict

    def model(self) -> str:
        return unquote(self.path.split("/")[2])


def bedrock(place: Place):
    client = boto3.client(
        "bedrock-runtime", endpoint_url=place.url, region_name=REGION, aws_access_key_id="AKIDOFTHECLIENT",
        aws_secret_access_key="secret-of-the-client", aws_session_token="token-of-the-client",
    )
    # After signing: AWS's own SDK signs no headers that are unknown to it either.
    def identify(request, **_) -> None:
        for name, value in place.headers.items():
            request.headers[name] = value

    client.meta.events.register("before-send.bedrock-runtime", identify)
    return client


def converse(place: Place):
    reply = bedrock(place).converse(modelId=place.model(), **place.body)
    return reply["output"], reply["stopReason"], reply["usage"]


def converse_stream(place: Place):
    reply = bedrock(place).converse_stream(modelId=place.model(), **place.body)
    return list(reply["stream"])


def invoke(place: Place):
    reply = bedrock(place).invoke_model(modelId=place.model(), body=json.dumps(place.body))
    return json.loads(reply["body"].read())


def invoke_stream(place: Place):
    reply = bedrock(place).invoke_model_with_response_stream(modelId=place.model(), body=json.dumps(place.body))
    return [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]


def gemini(place: Place):
    options = genai.types.HttpOptions(base_url=place.url, headers=place.headers)
    return genai.Client(api_key="key-of-the-client", http_options=options)


def gemini_model(place: Place) -> str:
    return re.search(r"models/([^:]+):", place.path).group(1)


def generate(place: Place):
    client = gemini(place)
    reply = client.models.generate_content(model=gemini_model(place), contents=place.body["contents"])
    return reply.text, reply.usage_metadata.model_dump()


def generate_stream(place: Place):
    client = gemini(place)
    chunks = client.models.generate_content_stream(model=gemini_model(place), contents=place.body["contents"])
    return [(chunk.text, chunk.usage_metadata and chunk.usage_metadata.model_dump()) for chunk in chunks]


def cohere_v1(place: Place):
    client = cohere.Client("key-of-the-client", base_url=place.url)
    parameters = {key: value for key, value in place.body.items() if key != "stream"}
    options = {"additional_headers": place.headers, "max_retries": 0}
    if place.body.get("stream"):
        return [event.model_dump() for event in client.chat_stream(**parameters, request_options=options)]
    return client.chat(**parameters, request_options=options).model_dump()


def cohere_v2(place: Place):
    client = cohere.ClientV2("key-of-the-client", base_url=place.url)
    parameters = {key: value for key, value in place.body.items() if key != "stream"}
    options = {"additional_headers": place.headers, "max_retries": 0}
    kind = place.path.rsplit("/", 1)[1]
    if place.body.get("stream"):
        return [event.model_dump() for event in client.v2.chat_stream(**parameters, request_options=options)]
    return getattr(client.v2, kind)(**parameters, request_options=options).model_dump()


def mistral(place: Place):
    client = mistralai.client.Mistral(api_key="key-of-the-client", server_url=place.url)
    parameters = {key: value for key, value in place.body.items() if key != "stream"}
    if place.path.endswith("embeddings"):
        inputs = parameters.pop("input")
        return client.embeddings.create(inputs=inputs, **parameters, http_headers=place.headers).model_dump()
    if place.body.get("stream"):
        return [event.data.model_dump() for event in client.chat.stream(**parameters, http_headers=place.headers)]
    return client.chat.complete(**parameters, http_headers=place.headers).model_dump()


def ollama_call(place: Place):
    client = ollama.Client(host=place.url, headers=place.headers)
    known = ("model", "messages", "prompt", "stream", "options")
    parameters = {key: place.body[key] for key in known if key in place.body}
    reply = getattr(client, place.path.rsplit("/", 1)[1])(**parameters)
    return [part.model_dump() for part in reply] if place.body.get("stream") else reply.model_dump()


AWS, COHERE, GOOGLE = "bedrock-runtime.us-east-1.amazonaws.com", "api.cohere.com", "generativelanguage.googleapis.com"
MISTRAL, OLLAMA = "api.mistral.ai", "127.0.0.1:11434"
CALLS = (
    Call("converse", "bedrock", "chat", AWS, r"/model/[^/]*%3A0/converse", False, converse),
    Call("converse-arn", "bedrock", "chat", AWS, r"/model/arn%3A[^/]*%2F[^/]*/converse", False, converse),
    Call("converse-stream", "bedrock", "chat", AWS, r"/model/[^/]*%3A0/converse-stream", True, converse_stream),
    Call("invoke", "bedrock", "text_completion", AWS, r"/model/anthropic[^/]*%3A0/invoke", False, invoke),
    Call("invoke-nova", "bedrock", "text_completion", AWS, r"/model/us\.amazon\.nova[^/]*/invoke", False, invoke),
    Call("invoke-arn", "bedrock", "text_completion", AWS, r"/model/arn%3A[^/]*%2F[^/]*/invoke", False, invoke),
    Call("invoke-stream", "bedrock", "text_completion", AWS, r"/model/anthropic.*/invoke-with-response-stream", True,
         invoke_stream),
    Call("generate", "gemini", "generate_content", GOOGLE, r".*:generateContent", False, generate),
    Call("generate-stream", "gemini", "generate_content", GOOGLE, r".*:streamGenerateContent", True, generate_stream),
    Call("cohere-v1", "cohere", "chat", COHERE, r"/v1/chat", False, cohere_v1),
    Call("cohere-v1-stream", "cohere", "chat", COHERE, r"/v1/chat", True, cohere_v1),
    Call("cohere-v2", "cohere", "chat", COHERE, r"/v2/chat", False, cohere_v2),
    Call("cohere-v2-stream", "cohere", "chat", COHERE, r"/v2/chat", True, cohere_v2),
    Call("cohere-embed", "cohere", "embeddings", COHERE, r"/v2/embed", False, cohere_v2),
    Call("cohere-rerank", "cohere", "rerank", COHERE, r"/v2/rerank", False, cohere_v2),
    Call("mistral", "mistral", "chat", MISTRAL, r"/v1/chat/completions", False, mistral),
    Call("mistral-stream", "mistral", "chat", MISTRAL, r"/v1/chat/completions", True, mistral),
    Call("mistral-embed", "mistral", "embeddings", MISTRAL, r"/v1/embeddings", False, mistral),
    Call("ollama", "ollama", "chat", OLLAMA, r"/api/chat", False, ollama_call),
    Call("ollama-stream", "ollama", "chat", OLLAMA, r"/api/chat", True, ollama_call),
    Call("ollama-generate-stream", "ollama", "text_completion", OLLAMA, r"/api/generate", True, ollama_call),
)

# Compressed replies for the clients that take them; boto3 asks for none.
MODES = {"bedrock": ("whole", "frames=7")}
ALL_MODES = ("whole", "frames=7", "gzip-frames=7")


def main(proxy: str, replay: str, corpus: Path, out: Path) -> None:
    found = pick(corpus)
    with open(out, "w", encoding="utf-8") as lines:
        for call in CALLS:
            exchange, row = found[call.name]
            body = json.loads(base64.b64decode(exchange["request"]["body_b64"]))
            headers = {"x-replay-id": exchange["id"]}
            direct = call.make(Place(replay, exchange["path"], body, headers))
            assert direct, f"{call.name}: nothing came from the replay"
            modes = MODES.get(call.upstream, ALL_MODES)
            for mode in modes:
                name = f"{call.name}-{mode.partition('=')[0]}"
                marked = {**headers, "x-call": name, "x-replay-mode": mode}
                got = call.make(Place(f"{proxy}/{call.upstream}", exchange["path"], body, marked))
                assert got == direct, f"{name}: got {got!r}, directly {direct!r}"
                lines.write(json.dumps(expectation(name, call, exchange, body, row)) + "\n")
            print(f"ok - {call.name}: the same through the proxy, in {len(modes)} ways")


def expectation(name: str, call: Call, exchange: dict, body: dict, row: dict) -> dict:
    in_path = re.search(r"/models?/([^/:]+(?:%3A[^/]*|:\d+)?)", exchange["path"])
    model = unquote(in_path.group(1)) if in_path else body.get("model")
    usage = {key: row[key] for key in ("input", "output", "cache_read", "cache_write", "reasoning")}
    return {
        "call": name, "upstream": call.upstream, "operation": call.operation, "streamed": call.streamed,
        "model": model, "response_model": row["response_model"], "finish_reasons": row["finish_reasons"], "usage": usage,
    }


def pick(corpus: Path) -> dict[str, tuple[dict, dict]]:
    """The first recorded exchange of each kind that has usage."""
    with open(corpus / "expected.jsonl", encoding="utf-8") as lines:
        expected = {row["id"]: row for row in map(json.loads, lines)}
    found: dict[str, tuple[dict, dict]] = {}
    with gzip.open(corpus / "exchanges.jsonl.gz", "rt", encoding="utf-8") as lines:
        for exchange in map(json.loads, lines):
            row = expected.get(exchange["id"])
            if not row or not row["has_usage"]:
                continue
            for call in CALLS:
                is_that = call.host == exchange["host"] and re.fullmatch(call.path, exchange["path"])
                if is_that and call.streamed == row["streamed"]:
                    found.setdefault(call.name, (exchange, row))
    missing = {call.name for call in CALLS} - set(found)
    assert not missing, f"no exchange in {corpus} for {missing}"
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
