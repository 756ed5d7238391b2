"""A real nginx with upstreams of our making: its configuration, and its process.

The binary is what the environment variable NGINX_BINARY names. Everything is on the loopback interface
and in one folder, and its port is a free one. An upstream has the server that is recorded, and nginx
itself as a backup, which answers `elsewhere`: nginx takes out no server that is the only one.
"""

import asyncio
import os
import re
import signal
import socket

ELSEWHERE = b"elsewhere"

CONFIG = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/log warn;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  scgi_temp_path {folder}; uwsgi_temp_path {folder};
  proxy_next_upstream error timeout invalid_header http_500 http_502 http_503 http_504;
{upstreams}
  server {{
    listen unix:{folder}/elsewhere;
    location / {{ return 200 "elsewhere"; }}
  }}
  server {{
    listen 127.0.0.1:{port};
{locations}
  }}
}}
"""


def upstream(name, settings, port, folder):
    """An upstream with a dialect's settings."""
    words = " ".join(f"{key}={value}" for key, value in settings.items())
    return f"  upstream {name} {{ server 127.0.0.1:{port} {words}; server unix:{folder}/elsewhere backup; }}"


class Nginx:
    """A running nginx with these players' upstreams, as an async context."""

    def __init__(self, players, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        upstreams = [upstream(p.name, p.settings, p.hosts.ports[0], folder) for p in players]
        locations = [f"    location /{p.name}/ {{ proxy_pass http://{p.name}; }}" for p in players]
        self.config = CONFIG.format(folder=folder, port=self.port, upstreams="\n".join(upstreams),
                                    locations="\n".join(locations))

    async def __aenter__(self):
        binary, path = os.environ["NGINX_BINARY"], self.folder + "/nginx.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.config)
        self.output = open(self.folder + "/output", "wb")
        version = await asyncio.create_subprocess_exec(binary, "-v", stderr=asyncio.subprocess.PIPE)
        self.version = re.search(rb"nginx/(\S+)", (await version.communicate())[1])[1].decode()
        self.process = await asyncio.create_subprocess_exec(
            binary, "-p", self.folder, "-c", path, "-e", self.folder + "/log",
            stdout=self.output, stderr=self.output)
        for _ in range(500):
            await asyncio.sleep(0.02)
            if self.process.returncode is not None:
                with open(self.folder + "/output", encoding="utf-8", errors="replace") as text:
                    raise SystemExit("nginx refuses: " + text.read()[-800:])
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return self
            except OSError:
                pass
        raise SystemExit("nginx is not ready after 10 s")

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()
        self.output.close()
