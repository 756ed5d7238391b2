"""What the servers are loaded with: wrk, tripcurve's own load, and connections that do nothing."""

import json
import os
import pty
import re
import resource
import select
import socket
import subprocess
import tempfile
from dataclasses import dataclass

from servers import CLIENT_CPU, DESCRIPTORS, Missing, installed, pinned

CONNECTIONS = 64
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ANSWER_S = 30


@dataclass
class Throughput:
    """Answers per second, and processor time of the server per answer."""

    per_second: float
    cpu_us: float


def wrk(server, seconds, has_errors=False):
    command = pinned(CLIENT_CPU, installed("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", server.url)
    before = server.cpu_seconds()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = server.cpu_seconds() - before
    if "Socket errors" in said or ("Non-2xx" in said) != has_errors:
        raise Missing(f"wrk met errors, or none where there should be some:\n{said}")
    answers = int(re.search(r"(\d+) requests in", said)[1])
    return Throughput(float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1]), spent / answers * 1e6)


def run(program, cpus, seconds, *flags, in_terminal=False):
    """The JSON result of `tripcurve run`, with its panel in a terminal or without it."""
    with tempfile.NamedTemporaryFile() as result:
        command = pinned(cpus, program, "run", "--phase", f"steady {seconds}s", "--seed", "1")
        command += ["--json", result.name, *flags]
        if in_terminal:
            code = drive_in_terminal(command)
        else:
            code = subprocess.run([*command, "--quiet"], stdout=subprocess.DEVNULL).returncode
        if code not in (0, 3):
            raise Missing(f"exit code {code} of {' '.join(command)}")
        return json.load(result)


def drive_in_terminal(command):
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        command,
        env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    while select.select([ours], [], []):
        try:
            os.read(ours, 65536)
        except OSError:  # the program closed its end
            break
    os.close(ours)
    return program.wait()


def ok_per_second(result, seconds):
    return result["totals"]["counts"]["ok"] / seconds


def idle_kb(server, count):
    """What each connection costs the server that has had one answer by it and now does nothing."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    before = server.resident_kb()
    connections = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_S)
            connections.append(connection)
            connection.sendall(REQUEST)
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise Missing("an idle connection had no good answer")
        return (server.resident_kb() - before) / count
    finally:
        for connection in connections:
            connection.close()
