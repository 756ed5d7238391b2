#!/usr/bin/env python3
"""Clients, readers and files that are slow, endless or gone: `tripcurve` neither hangs nor grows, and
what could be written is written.

Every wait has a deadline; all traffic is on loopback, and bounded.
"""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

TRIPCURVE = os.environ["TRIPCURVE"]
DEADLINE_S = 60
# A closed loop, which no busy machine makes inconclusive.
LOAD = [TRIPCURVE, "run", "--seed", "1", "--workers", "2", "--think", "10ms"]
# What the end may take, of which most is for a machine that is busy with other tests.
END_S = 10


class Program:
    """A program with pipes of its own, ended at the latest with the block."""

    def __init__(self, arguments, **streams):
        self.process = subprocess.Popen(
            arguments, **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def port(self, what):
        """Of the address that is told on standard error."""
        for line in self.process.stderr:
            if match := re.search(rf"{what} at http://[^:]*:(\d+)/", line.decode()):
                return int(match[1])
        raise AssertionError(f"no address of {what}")

    def peak_kb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])

    def waits_for_signals(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        blocked = int(re.search(r"SigBlk:\s*([0-9a-f]+)", status)[1], 16)
        return bool(blocked & 1 << (signal.SIGTERM - 1))

    def end(self, deadline_s=DEADLINE_S):
        """The exit code, and how long it took."""
        begin = time.monotonic()
        return self.process.wait(deadline_s), time.monotonic() - begin


def is_alive(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def full_pipe():
    """Its ends; nothing more goes in, and nobody reads."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def drip(port, beginning, stop):
    """A client that sends a bit of a request now and then, until it is shown out."""
    try:
        while not stop.is_set():
            with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as client:
                client.sendall(beginning)
                while not stop.wait(0.05):
                    client.sendall(b"x")
    except OSError:
        pass


class ServedPages(unittest.TestCase):
    def test_a_run_ends_although_its_clients_are_slow(self):
        command = [*LOAD, "--duration", "10m", "--dashboard", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
        with Program(command) as run:
            ports = [run.port("dashboard"), run.port("metrics")]
            stop = threading.Event()
            clients = [
                threading.Thread(target=drip, args=(port, beginning, stop))
                for port in ports
                for beginning in (b"", b"GET / HTTP/1.1\r\nX: ", b"POST /stop HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
                for _ in range(4)
            ]
            # One follows the run and reads nothing.
            stalled = socket.create_connection(("127.0.0.1", ports[0]))
            stalled.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{ports[0]}\r\n\r\n".encode())
            for client in clients:
                client.start()
            run.process.send_signal(signal.SIGTERM)
            code, seconds = run.end()
            stop.set()
            for client in clients:
                client.join()
            stalled.close()
            self.assertEqual(code, 143)
            self.assertLess(seconds, END_S)

    def test_what_clients_send_is_not_kept(self):
        with Program([*LOAD, "--duration", "10m", "--dashboard", "127.0.0.1:0"]) as run:
            port = run.port("dashboard")
            host = f"Host: 127.0.0.1:{port}\r\n".encode()

            def ask(pieces):
                with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as client:
                    try:
                        for piece in pieces:
                            client.sendall(piece)
                        while client.recv(65536):
                            pass
                    except OSError:
                        pass  # cut off, as it should be

            ask([b"GET / HTTP/1.1\r\n" + host + b"\r\n"])
            before = run.peak_kb()
            ask([b"GET / HTTP/1.1\r\n" + host + b"Range: bytes=0-" + b",0-" * 4000 + b"\r\n\r\n"])
            ask([b"GET / HTTP/1.1\r\n" + host + b"Range: bytes=0-" + b",0-" * 1000 + b"\r\n\r\n"])
            ask([b"GET /" + b"x" * 65536] * 1000)
            ask([b"GET / HTTP/1.1\r\n"] + [b"a: b\r\n" * 10000] * 100)
            ask([b"POST /stop HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n"]
                + [b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 1000)  # fmt: skip
            # Kept, it would be 64 MB of each of two; the sanitizers' own records take some 20 MB.
            self.assertLess(run.peak_kb() - before, 40_000)


class Outputs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.json = os.path.join(self.folder.name, "result.json")

    def full_pipe(self):
        ends = full_pipe()
        for end in ends:
            self.addCleanup(os.close, end)
        return ends

    def test_events_that_nobody_reads_stop_nothing_and_are_told(self):
        _, writer = self.full_pipe()
        command = [*LOAD, "--duration", "1s", "--quiet", "--events", f"/dev/fd/{writer}", "--json", self.json]
        with Program(command, pass_fds=[writer]) as run:
            out, err = run.process.communicate(timeout=DEADLINE_S)
            self.assertEqual(run.process.returncode, 4)
            self.assertIn(b"--events: cannot write", err)
            self.assertIn(b"Verdict", out)
            self.assertEqual(json.loads(Path(self.json).read_text())["verdict"]["result"], "finished")

    def test_a_live_view_that_nobody_reads_stops_nothing(self):
        _, writer = self.full_pipe()
        command = [*LOAD, "--duration", "1s", "--progress", "10ms", "--json", self.json]
        with Program(command, stderr=writer) as run:
            out, _ = run.process.communicate(timeout=DEADLINE_S)
            self.assertEqual(run.process.returncode, 0)
            self.assertIn(b"Verdict", out)
            self.assertIn("schema_version", Path(self.json).read_text())

    def test_signals_end_a_run_whose_outputs_nobody_reads(self):
        _, writer = self.full_pipe()
        for command in ["run", "simulate"]:
            with self.subTest(command):
                arguments = [TRIPCURVE, command, "--seed", "1", "--duration", "1000h", "--rate", "100/s"]
                arguments += ["--progress", "10ms", "--events", f"/dev/fd/{writer}", "--json", self.json]
                with Program(arguments, stderr=writer, pass_fds=[writer]) as run:
                    deadline = time.monotonic() + DEADLINE_S
                    while not run.waits_for_signals() and time.monotonic() < deadline:
                        os.sched_yield()
                    run.process.send_signal(signal.SIGTERM)
                    code, seconds = run.end()
                    self.assertIn(code, [4, 143])  # the report came, and the events did not
                    self.assertLess(seconds, END_S + 5)
                os.remove(self.json)

    def test_lines_come_whole_when_the_reader_is_only_slow(self):
        reader, writer = self.full_pipe()
        command = [TRIPCURVE, "simulate", "--seed", "1", "--duration", "2h", "--rate", "1/s"]
        with Program([*command, "--events", f"/dev/fd/{writer}"], pass_fds=[writer]) as run:
            got = b""
            while b'"event":"end"' not in got:
                got += os.read(reader, 65536)
            self.assertEqual(run.process.wait(DEADLINE_S), 0)
            lines = got[got.index(b'{"event":"start"') :].splitlines()
            self.assertEqual([json.loads(line)["event"] for line in lines].count("second"), 7200)


class ServicesUnderTest(unittest.TestCase):
    def test_a_signal_while_the_service_gets_ready_ends_both(self):
        for number, wanted in {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGQUIT: -signal.SIGQUIT}.items():
            with self.subTest(number), tempfile.TemporaryDirectory() as folder:
                service = "sleep 1000 & echo $! > child; mv child started; wait"
                command = [TRIPCURVE, "run", "--through", "http://127.0.0.1:9/", "--port", "9001", "--start", service]
                with Program(command, cwd=folder) as run:
                    started = Path(folder, "started")
                    deadline = time.monotonic() + DEADLINE_S
                    while not started.exists() and time.monotonic() < deadline:
                        os.sched_yield()
                    run.process.send_signal(number)
                    code, seconds = run.end()
                    self.assertEqual(code, wanted)
                    self.assertLess(seconds, END_S)
                    # SIGQUIT does not wait for what it kills.
                    while is_alive(int(started.read_text())) and time.monotonic() < deadline:
                        os.sched_yield()
                    self.assertFalse(is_alive(int(started.read_text())))


if __name__ == "__main__":
    unittest.main()
