"""Drives a realtime session through the proxy: OpenAI's SDK against a server of the package websockets.

Usage: realtime.py PROXY_URL SERVER_PORT CALL_LOG_JSONL

Both compress (permessage-deflate) and fragment as the package does. The server sends a session with two responses, one
of them with 2 MB of audio; the client must get every event as it was sent, and the call log a line for each response.
"""

import asyncio
import base64
import json
import os
import sys
import time
from pathlib import Path

import openai
from websockets.asyncio.server import ServerConnection, serve

MODEL = "gpt-realtime"
CANARY = "sk-canary-realtime-41d7"


def usage(number: int) -> dict:
    return {
        "total_tokens": 150 * number + 70,
        "input_tokens": 150 * number,
        "output_tokens": 70,
        "input_token_details": {
            "text_tokens": 100 * number,
            "audio_tokens": 50 * number,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 40, "audio_tokens": 24},
        },
        "output_token_details": {"text_tokens": 20, "audio_tokens": 50},
    }


def events(number: int) -> list[dict]:
    identity = f"resp_{number}"
    response = {"object": "realtime.response", "id": identity, "output": [], "status_details": None}
    audio = base64.b64encode(os.urandom(1_500_000 if number == 2 else 15)).decode()
    part = {"response_id": identity, "item_id": "item_1", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.created", "event_id": "e1", "response": response | {"status": "in_progress"}},
        {"type": "response.output_audio.delta", "event_id": "e2", "delta": audio} | part,
        {
            "type": "response.done",
            "event_id": "e3",
            "response": response | {"status": "completed", "usage": usage(number)},
        },
    ]


async def main(proxy: str, port: int, call_log: Path) -> None:
    session = {"type": "session.created", "event_id": "e0", "session": {"type": "realtime", "model": MODEL}}
    responses = [events(1), events(2)]
    handshakes, heard = [], []

    async def answer(connection: ServerConnection) -> None:
        handshakes.append(connection)
        await connection.send(json.dumps(session))
        waiting = iter(responses)
        async for message in connection:
            heard.append(json.loads(message))
            if heard[-1]["type"] == "response.create":
                for event in next(waiting):
                    text = json.dumps(event)
                    # In fragments of 100 kB.
                    await connection.send(text[at : at + 100_000] for at in range(0, len(text), 100_000))

    client = openai.AsyncOpenAI(base_url=f"{proxy}/realtime/v1", api_key=CANARY)
    received = []
    async with serve(answer, "127.0.0.1", port, compression="deflate"):
        async with client.realtime.connect(
            model=MODEL, websocket_connection_options={"compression": "deflate", "max_size": None, "proxy": None}
        ) as connection:
            for number in (1, 2):
                await connection.input_audio_buffer.append(audio="QUJD" * 50_000)
                await connection.response.create()
                while not received or received[-1]["type"] != "response.done" or len(received) < 1 + 3 * number:
                    received.append(json.loads(await connection.recv_bytes()))
    assert received == [session, *responses[0], *responses[1]], [event["type"] for event in received]
    assert [event["type"] for event in heard] == ["input_audio_buffer.append", "response.create"] * 2
    (server,) = handshakes
    assert server.request.headers["authorization"] == f"Bearer {CANARY}"
    agreed = server.response.headers["sec-websocket-extensions"]
    assert agreed.startswith("permessage-deflate"), agreed

    deadline = time.monotonic() + 10
    while len(lines := call_log.read_text().splitlines()) < 2 and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    lines = [json.loads(line) for line in lines]
    assert len(lines) == 2 and len({line["session_id"] for line in lines}) == 1, lines
    for number, line in enumerate(lines, 1):
        want = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": MODEL,
            "gen_ai.response.model": MODEL,
            "gen_ai.response.id": f"resp_{number}",
            "gen_ai.response.finish_reasons": ["completed"],
            "gen_ai.usage.input_tokens": 150 * number,
            "gen_ai.usage.output_tokens": 70,
            "gen_ai.usage.cache_read.input_tokens": 64,
            "usage_source": "reported",
            "outcome": "complete",
            "cost_status": "priced",
        }
        got = {key: line.get(key) for key in want}
        assert got == want, f"got {got}, want {want}"
    assert CANARY not in json.dumps(lines)
    print(f"ok - a compressed session with two responses, {agreed}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
