"""What stands on both sides of a proxy that is recorded: hosts of ours behind it, and calls to it.

Everything is on the loopback interface, and all ports are free ones.
"""

import asyncio
import functools
import re
import socket
import struct
import time

UNITS = {"ms": 0.001, "s": 1, "m": 60}


def seconds(value):
    number, unit = re.fullmatch(r"([\d.]+)(ms|s|m)", value).groups()
    return float(number) * UNITS[unit]


def unchunked(body):
    out = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        out, body = out + rest[:length], rest[length + 2 :]
    return out


async def get(port, path, headers=""):
    """The status and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n".encode())
        data = await reader.read(-1)
    finally:
        writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    chunked = b"transfer-encoding: chunked" in head.lower()
    return int(head.split(b" ")[1]), unchunked(body) if chunked else body


class Hosts:
    """Servers that hold each call until they are told how to answer."""

    def __init__(self, count):
        self.count = count
        self.servers, self.ports = [], []
        self.answers, self.arrived = {}, {}
        self.checks = []  # when a health check came; it is answered with a 200

    async def listen(self):
        for host in range(self.count):
            server = await asyncio.start_server(functools.partial(self._serve, host), "127.0.0.1", 0)
            self.servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])

    def close(self):
        for server in self.servers:
            server.close()

    def expect(self, call):
        loop = asyncio.get_running_loop()
        self.answers[call], self.arrived[call] = loop.create_future(), loop.create_future()

    async def _serve(self, host, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            named = re.search(r"x-call: (\S+)", head)
            if not named:
                self.checks.append(time.time())
                await self._answer(writer, "200")
                return
            call = named[1]
            if not self.arrived[call].done():
                self.arrived[call].set_result(host)
            gone = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({self.answers[call], gone}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if self.answers[call].done():
                await self._answer(writer, self.answers[call].result())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def _answer(writer, how):
        if how == "reset":
            at_once = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        elif how != "closed":
            writer.write(f"HTTP/1.1 {how} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
