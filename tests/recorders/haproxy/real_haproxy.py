"""A real HAProxy with servers of our making: its configuration, its process, and what it tells.

The binary is what the environment variable HAPROXY names. Everything is on the loopback interface, and
all ports are free ones.
"""

import asyncio
import os
import signal
import socket

GLOBAL = """\
global
  nbthread 1
  stats socket {folder}/stats level user
defaults
  mode http
  retries 0
  option abortonclose
  option httpchk
  http-reuse never
  timeout connect 1s
  timeout client 60s
  timeout server 60s
frontend in
  bind fd@{fd}
  use_backend %[path,field(2,/)]
"""


def server(settings, port):
    """A server line with a dialect's settings."""
    words = " ".join(f"{key} {value}" for key, value in {"observe": "layer7", **settings}.items())
    return f"server s 127.0.0.1:{port} check {words}"


class Haproxy:
    """A running HAProxy with a backend for each name, as an async context. `folder` is one for its files."""

    def __init__(self, servers, folder):
        self.servers, self.folder = servers, folder
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    async def __aenter__(self):
        path = self.folder + "/haproxy.cfg"
        with open(path, "w", encoding="utf-8") as file:
            file.write(GLOBAL.format(folder=self.folder, fd=self.listener.fileno()))
            for name, line in self.servers.items():
                file.write(f"backend {name}\n  {line}\n")
        self.log = open(self.folder + "/log", "wb")
        self.process = await asyncio.create_subprocess_exec(
            os.environ["HAPROXY"], "-db", "-f", path, stdout=self.log, stderr=self.log,
            pass_fds=[self.listener.fileno()])
        for _ in range(500):
            await asyncio.sleep(0.02)
            if self.process.returncode is not None:
                with open(self.folder + "/log", encoding="utf-8", errors="replace") as text:
                    raise SystemExit("HAProxy refuses: " + text.read()[-800:])
            try:
                self.version = (await self.ask("show info")).split("Version: ")[1].split()[0]
                return self
            except (OSError, IndexError):
                pass
        raise SystemExit("HAProxy is not ready after 10 s")

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()
        self.listener.close()
        self.log.close()

    async def ask(self, command):
        reader, writer = await asyncio.open_unix_connection(self.folder + "/stats")
        try:
            writer.write(command.encode() + b"\n")
            return (await reader.read(-1)).decode()
        finally:
            writer.close()

    async def is_down(self, name):
        line = (await self.ask(f"show servers state {name}")).splitlines()[2]
        return line.split()[5] == "0"
