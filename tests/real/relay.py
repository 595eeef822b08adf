"""Passes bytes between the proxy and its upstream, and keeps what was sent up.

Usage: relay.py LISTEN_PORT UPSTREAM_PORT FOLDER

The requests of each connection are appended to a file of their own in FOLDER.
"""

import asyncio
import itertools
import sys
from pathlib import Path


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, copy=None) -> None:
    try:
        while data := await reader.read(1 << 16):
            if copy:
                copy.write(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(listen: int, upstream: int, folder: Path) -> None:
    numbers = itertools.count()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", upstream)
        with open(folder / f"{next(numbers)}.requests", "wb", buffering=0) as copy:
            await asyncio.gather(pump(reader, up_writer, copy), pump(up_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
