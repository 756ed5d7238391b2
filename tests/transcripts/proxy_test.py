#!/usr/bin/env python3
"""`tripcurve proxy` between a client and a service of this test: over sockets, and controlled by HTTP.

Every wait has a deadline, all traffic is on loopback, and nothing asserts that something was fast.
"""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

TRIPCURVE = os.environ["TRIPCURVE"]
DEADLINE_S = 60
IDLE_CONNECTIONS = 2000  # a client's and an upstream's end of each, and this test's two


class EchoService:
    """Sends back what it gets, and closes when its client does."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(client,), daemon=True).start()

    def echo(self, client):
        with client:
            try:
                while data := client.recv(65536):
                    client.sendall(data)
            except OSError:
                pass


class Proxy:
    """A running `tripcurve proxy`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [TRIPCURVE, "proxy", "--seed", "1", *arguments], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        self.first_line = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    @property
    def port(self):
        return int(self.first_line.rsplit(":", 1)[1])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def api_port(self):
        for line in self.process.stderr:
            if match := re.search(r"toxiproxy's clients can reach it at http://[^:]*:(\d+)", line):
                return int(match[1])
        raise AssertionError("no address of the API")

    def peak_kb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1])

    def end(self):
        self.process.send_signal(signal.SIGINT)
        output, _ = self.process.communicate(timeout=DEADLINE_S)
        return output


class Api:
    """toxiproxy's API, by the means of the standard library."""

    def __init__(self, port):
        self.root = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.root + path, None if body is None else json.dumps(body).encode(), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


def echoed(client, data):
    client.sendall(data)
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := client.recv(1)):
            raise ConnectionResetError("closed")
        line += byte
    return line[:-1]


class TcpProxy(unittest.TestCase):
    def setUp(self):
        self.service = EchoService()
        self.to = ["--tcp", "--to", f"127.0.0.1:{self.service.port}"]

    def test_bytes_are_never_early_with_a_latency_and_come_back_as_they_were(self):
        with Proxy(*self.to, "--toxic", "latency(latency=50ms)",
                   "--toxic", "upstream latency(latency=30ms)") as proxy:  # fmt: skip
            with proxy.connect() as client:
                for _ in range(3):
                    begun = time.monotonic()
                    self.assertEqual(echoed(client, b"hello\n"), b"hello")
                    self.assertGreaterEqual(time.monotonic() - begun, 0.08)

    def test_a_megabyte_takes_the_time_of_the_bandwidth(self):
        with Proxy(*self.to, "--toxic", "bandwidth(rate=2000KB/s)") as proxy:
            with proxy.connect() as client:
                begun = time.monotonic()
                threading.Thread(target=client.sendall, args=(bytes(1_000_000),)).start()
                got = 0
                while got < 1_000_000:
                    got += len(client.recv(65536))
                self.assertGreaterEqual(time.monotonic() - begun, 0.49)

    def test_reset_peer_is_what_a_client_calls_a_reset(self):
        with Proxy(*self.to, "--toxic", "reset_peer") as proxy, proxy.connect() as client:
            client.sendall(b"x")
            with self.assertRaises(OSError) as raised:
                client.recv(1)
            self.assertEqual(raised.exception.errno, errno.ECONNRESET)

    def test_the_same_seed_hits_the_same_connections(self):
        hits = []
        for _ in range(2):
            with Proxy(*self.to, "--toxic", "limit_data(bytes=1B):50%") as proxy:
                hit = []
                for _ in range(30):
                    with proxy.connect() as client:
                        client.sendall(b"ab")
                        client.shutdown(socket.SHUT_WR)
                        hit.append(b"".join(iter(lambda: client.recv(9), b"")) == b"a")
                hits.append(hit)
        self.assertEqual(hits[0], hits[1])
        self.assertIn(True, hits[0])
        self.assertIn(False, hits[0])

    def test_what_went_through_is_told_at_the_end(self):
        with Proxy(*self.to) as proxy:
            with proxy.connect() as client:
                echoed(client, b"hello\n")
            self.assertIn(
                f"tcp to 127.0.0.1:{self.service.port}: 1 connections, 0 of them unreachable, "
                "6 bytes up, 6 bytes down",
                proxy.end(),
            )
            self.assertEqual(proxy.process.returncode, 130)

    def test_idle_connections_cost_little_and_a_new_one_is_served(self):
        with Proxy(*self.to) as proxy:
            before = proxy.peak_kb()
            idle = [proxy.connect() for _ in range(IDLE_CONNECTIONS)]
            try:
                with proxy.connect() as client:
                    self.assertEqual(echoed(client, b"hello\n"), b"hello")
                self.assertLess((proxy.peak_kb() - before) / IDLE_CONNECTIONS, 40)  # with sanitizers
            finally:
                for client in idle:
                    client.close()

    def test_a_receiver_that_does_not_read_makes_the_proxy_keep_little(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            to = f"127.0.0.1:{listener.getsockname()[1]}"
            with Proxy("--tcp", "--to", to, "--toxic", "upstream slicer(average_size=100B)") as proxy:
                before = proxy.peak_kb()
                with proxy.connect() as client:
                    service, _ = listener.accept()
                    client.setblocking(False)
                    stuck = 0
                    while stuck < 50:  # for 50 looks in a row nothing more was taken
                        try:
                            client.send(bytes(1 << 20))
                            stuck = 0
                        except BlockingIOError:
                            stuck += 1
                            threading.Event().wait(0.01)
                    service.close()
                # Sanitizers keep what was freed.
                self.assertLess(proxy.peak_kb() - before, 60_000)

    def test_without_descriptors_it_says_so_and_goes_on_when_there_are_some_again(self):
        with Proxy(*self.to) as proxy:
            subprocess.run(["prlimit", f"--pid={proxy.process.pid}", "--nofile=40"], check=True)
            many = [proxy.connect() for _ in range(60)]
            for line in proxy.process.stderr:
                if "clients wait for a connection" in line:
                    break
            self.assertIn("Too many open files (raise `ulimit -n`)", line)
            for client in many:
                client.close()
            deadline = time.monotonic() + DEADLINE_S
            while time.monotonic() < deadline:  # those are let go one after the other
                try:
                    with proxy.connect() as client:
                        self.assertEqual(echoed(client, b"hello\n"), b"hello")
                    return
                except OSError:
                    pass
            self.fail("nobody is served any more")


class ToxiproxyApi(unittest.TestCase):
    def setUp(self):
        self.service = EchoService()

    def test_a_proxy_is_made_poisoned_disabled_and_reset(self):
        with Proxy("--toxiproxy", "127.0.0.1:0") as running:
            api = Api(running.port)
            status, proxy = api.ask(
                "POST", "/proxies",
                {"name": "echo", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{self.service.port}"},
            )  # fmt: skip
            self.assertEqual(status, 201)
            port = int(proxy["listen"].rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as client:
                self.assertEqual(echoed(client, b"one\n"), b"one")
                api.ask("POST", "/proxies/echo/toxics",
                        {"type": "latency", "attributes": {"latency": 80}})  # fmt: skip
                begun = time.monotonic()
                self.assertEqual(echoed(client, b"two\n"), b"two")  # the connection was there before
                self.assertGreaterEqual(time.monotonic() - begun, 0.08)
                api.ask("POST", "/proxies/echo", {"enabled": False})
                self.assertEqual(client.recv(1), b"")
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
            self.assertEqual(api.ask("POST", "/reset"), (204, None))
            self.assertEqual(api.ask("GET", "/proxies/echo/toxics"), (200, []))
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as client:
                self.assertEqual(echoed(client, b"three\n"), b"three")

    def test_a_proxy_of_the_command_line_is_controlled_too(self):
        with Proxy("--tcp", "--to", f"127.0.0.1:{self.service.port}",
                   "--toxiproxy", "127.0.0.1:0") as proxy:  # fmt: skip
            api = Api(proxy.api_port())
            self.assertEqual(list(api.ask("GET", "/proxies")[1]), ["tcp"])
            api.ask("POST", "/proxies/tcp/toxics", {"type": "limit_data", "attributes": {"bytes": 2}})
            with proxy.connect() as client:
                client.sendall(b"hello")
                self.assertEqual(b"".join(iter(lambda: client.recv(9), b"")), b"he")


if __name__ == "__main__":
    unittest.main()
