"""Stands before an upstream and lets through only what is signed rightly, as AWS would.

Usage: aws_relay.py LISTEN_PORT UPSTREAM_PORT

The signature is worked out again from what arrived, by botocore. The secret comes from AWS_SECRET_ACCESS_KEY.
"""

import asyncio
import os
import sys
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def complaint(method: str, target: str, headers: dict[str, str], body: bytes) -> str | None:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return f"not signed: {scheme or 'no authorization'}"
    fields = dict(field.strip().split("=", 1) for field in rest.split(","))
    access_key, _, region, service, _ = fields["Credential"].split("/")
    if access_key != os.environ["AWS_ACCESS_KEY_ID"]:
        return f"signed by {access_key}"
    signed = {name: headers[name] for name in fields["SignedHeaders"].split(";")}
    if not {"host", "x-amz-date"} <= signed.keys():
        return f"only {sorted(signed)} are signed"
    request = AWSRequest(method, f"http://{headers['host']}{target}", signed, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(access_key, os.environ["AWS_SECRET_ACCESS_KEY"]), service, region)
    wanted = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return None if wanted == fields["Signature"] else "the signature does not match"


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
    return head, await reader.readexactly(int(length))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: int) -> None:
    up_reader, up_writer = await asyncio.open_connection("127.0.0.1", upstream)

    async def back() -> None:
        while data := await up_reader.read(1 << 16):
            writer.write(data)
            await writer.drain()

    replies = asyncio.create_task(back())
    try:
        while request := await read_request(reader):
            head, body = request
            first, *lines = head.decode("latin-1").strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            if problem := complaint(method, target, headers, body):
                print(f"refused {unquote(target)}: {problem}", flush=True)
                said = problem.encode()
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said))
                continue
            print(f"let through {unquote(target)}", flush=True)
            up_writer.write(head + body)
            await up_writer.drain()
    except ConnectionError:
        pass
    finally:
        up_writer.close()
        replies.cancel()
        writer.close()


async def main(listen: int, upstream: int) -> None:
    server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, upstream), "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
