"""The peer that everyone can run: a chat server as the standard library suggests it.

asyncio, TLS, one JSON object a line; what one client sends goes to all others. It keeps no log,
waits for nobody and checks nothing: the least that a chat server does.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time


async def serve(port: int, key_file: str, certificate_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    room: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = json.loads(await reader.readline())["name"]
        room.add(writer)
        writer.write(b'{"type":"welcome"}\n')
        try:
            async for line in reader:
                text = json.loads(line)["text"]
                said = json.dumps({"from": name, "text": text, "at": time.time()}).encode() + b"\n"
                for other in room:
                    if other is not writer:
                        other.write(said)
        finally:
            room.discard(writer)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, ssl=context, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
