#!/usr/bin/env python3
"""Clients and services that are slow, wrong, greedy or gone, at `tripcurve upstream` and `tripcurve proxy`:
they are refused or waited for, memory stays bounded, and others are served meanwhile and afterwards.

Every wait has a deadline, all traffic is on loopback and bounded, and nothing asserts that something was fast.
"""

import contextlib
import os
import random
import re
import resource
import signal
import socket
import socketserver
import struct
import subprocess
import threading
import time
import unittest
from pathlib import Path

TRIPCURVE = os.environ["TRIPCURVE"]
DEADLINE_S = 60
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
# With sanitizers, which keep what was freed, and twice what they are asked for.
MORE_KB = 60_000
# That of threads has some words of its own for each word.
PER_CONNECTION_KB = 240 if "thread" in os.environ.get("TRIPCURVE_SANITIZE", "") else 60


def raise_descriptors(wanted):
    """The limit of this process and its children, as high as it goes; how many there are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, most))
    return count


class Service(socketserver.ThreadingTCPServer):
    """Behind a proxy: answers each request as it is told to, and keeps what it was asked."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), None)
        self.answer = answer
        self.asked = []
        self.ended = threading.Semaphore(0)  # a connection that the proxy has ended
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, client, _):
        with contextlib.suppress(OSError):
            while request := self.read(client):
                self.asked.append(request)
                self.answer(client)
        self.ended.release()

    @staticmethod
    def read(client):
        """A request, with the body that a length announces; "" at the end."""
        request = b""
        while b"\r\n\r\n" not in request:
            if not (more := client.recv(65536)):
                return b""
            request += more
        length = re.search(rb"content-length: (\d+)", request, re.IGNORECASE)
        end = request.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
        while len(request) < end:
            if not (more := client.recv(65536)):
                return b""
            request += more
        return request

    def close(self):
        self.shutdown()
        self.server_close()


class Server:
    """A running `tripcurve upstream`, or `tripcurve proxy` in front of a Service."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [TRIPCURVE, *arguments, "--seed", "1"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def ask(self, request=LAST_GET):
        """All that comes back on a connection of its own; cut off where it was reset."""
        answer = b""
        with self.connect() as client, contextlib.suppress(ConnectionError):
            client.sendall(request)
            while more := client.recv(65536):
                answer += more
        return answer

    def peak_kb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        """What it prints at its end, and all that it has said."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=DEADLINE_S)


def eventually(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def drop(client):
    """Leaves with a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class HostileTest(unittest.TestCase):
    def each(self, check, *flags):
        """The check at an upstream and at a proxy, and that they serve others before and afterwards."""
        for kind in ["upstream", "proxy"]:
            service = Service(lambda client: client.sendall(OK))
            to = ["--to", f"http://127.0.0.1:{service.port}"] if kind == "proxy" else []
            with self.subTest(kind), Server(kind, *to, *flags) as server:
                self.assertTrue(server.ask().startswith(b"HTTP/1.1 200 "))
                service.asked.clear()
                check(server, service)
                self.assertTrue(server.ask().startswith(b"HTTP/1.1 200 "))
                self.assertIsNone(server.process.poll())
            service.close()


class SlowClients(HostileTest):
    def test_heads_and_bodies_that_come_byte_by_byte_are_answered_and_hold_up_nobody(self):
        request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\nslow body"

        def check(server, service):
            clients = [server.connect() for _ in range(40)]
            for position in range(len(request)):
                for client in clients:
                    client.sendall(request[position : position + 1])
                if position % 20 == 0:
                    self.assertTrue(server.ask().startswith(b"HTTP/1.1 200 "))
            for client in clients:
                with client:
                    self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200 "))
            bodies = [asked for asked in service.asked if asked.endswith(b"slow body")]
            self.assertIn(len(bodies), [0, 40])  # an upstream has no service

        self.each(check)

    def test_ten_thousand_idle_connections_cost_little_and_a_new_one_is_served(self):
        count = min(10_000, raise_descriptors(20_000) - 500)

        def check(server, _):
            before = server.peak_kb()
            idle = []
            try:
                for _ in range(count):
                    idle.append(server.connect())
                    idle[-1].sendall(GET if len(idle) % 100 == 0 else b"")
                self.assertTrue(server.ask().startswith(b"HTTP/1.1 200 "))
                self.assertLess((server.peak_kb() - before) / count, PER_CONNECTION_KB)
            finally:
                for client in idle:
                    client.close()

        self.each(check)

    def test_who_leaves_in_the_middle_leaves_no_connection_behind(self):
        parts = [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
                 b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]  # fmt: skip

        def check(server, _):
            before = server.descriptors()
            for part in parts * 20:
                for leave in (drop, socket.socket.close):
                    client = server.connect()
                    client.sendall(part)
                    leave(client)
            self.assertTrue(eventually(lambda: server.descriptors() <= before + 1))

        self.each(check)

    def test_who_asks_and_never_reads_makes_nobody_keep_much(self):
        def check(server, _):
            before = server.peak_kb()
            with server.connect() as client:
                client.setblocking(False)
                stuck = 0
                sent = 0
                while stuck < 30 and sent < 50_000_000:  # for 30 looks in a row nothing more was taken
                    try:
                        sent += client.send(GET * 1000)
                        stuck = 0
                    except BlockingIOError:
                        stuck += 1
                        time.sleep(0.01)
                self.assertTrue(server.ask().startswith(b"HTTP/1.1 200 "))
                self.assertLess(server.peak_kb() - before, MORE_KB)

        self.each(check)

    def test_a_body_that_nobody_reads_is_not_made(self):
        with Server("upstream", "--size", "1GB") as server:
            before = server.peak_kb()
            clients = [server.connect() for _ in range(20)]
            for client in clients:
                client.sendall(GET)
                self.assertTrue(client.recv(16).startswith(b"HTTP/1.1 200 "))
            self.assertLess(server.peak_kb() - before, MORE_KB)
            for client in clients:
                client.close()

    def test_without_descriptors_it_says_so_and_goes_on_when_there_are_some_again(self):
        def check(server, _):
            subprocess.run(["prlimit", f"--pid={server.process.pid}", "--nofile=64"], check=True)
            many = [server.connect() for _ in range(100)]
            for line in server.process.stderr:
                if "clients wait for a connection" in line:
                    break
            self.assertIn("Too many open files (raise `ulimit -n`)", line)
            for client in many:
                client.close()

        self.each(check)


class WrongClients(HostileTest):
    SHAPES = {
        "a length beside chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
                                  b"\r\n0\r\n\r\n",
        "chunks beside a length": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"
                                  b"\r\n0\r\n\r\n",
        "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "a list of lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 5\r\n\r\nabcd",
        "a length with a sign": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
        "a length below zero": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "a length in hex": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x4\r\n\r\nabcd",
        "a length of 2^64": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "a coding that is not chunked": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "chunked that is not last": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n"
                                    b"0\r\n\r\n",
        "chunked twice": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
                         b"\r\n0\r\n\r\n",
        "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a blank before the colon": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
        "a tab before the colon": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
        "a field folded into the first line": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
        "a bare line feed in a field": b"GET / HTTP/1.1\r\nHost: x\nContent-Length: 4\r\n\r\nabcd",
        "a bare carriage return": b"GET / HTTP/1.1\r\nHost: x\rContent-Length: 4\r\n\r\n",
        "a zero byte": b"GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n",
        "no version": b"GET /\r\n\r\n",
        "a version of later": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
        "a method that is none": b"G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
    }  # fmt: skip
    # Of these the head is right, and the body shows what is wrong.
    BODIES = {
        "a chunk below zero": b"-1\r\nab\r\n0\r\n\r\n",
        "a chunk with a prefix": b"0x2\r\nab\r\n0\r\n\r\n",
        "a chunk of 2^64": b"10000000000000000\r\nab\r\n0\r\n\r\n",
        "a chunk that is longer than it says": b"2\r\nabc\r\n0\r\n\r\n",
        "a chunk that ends with a line feed": b"2\nab\n0\n\n",
    }

    def test_what_could_be_read_in_two_ways_is_refused_and_no_service_sees_it(self):
        def check(server, service):
            for name, request in self.SHAPES.items():
                with self.subTest(name):
                    answer = server.ask(request + GET)
                    self.assertRegex(answer, rb"^HTTP/1\.1 400 ")
                    self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
            self.assertEqual(service.asked, [])

        self.each(check)

    def test_how_many_were_refused_is_told_at_the_end(self):
        with Server("upstream") as server:
            for request in [b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000]:
                server.ask(request)
            out, _ = server.end()
            self.assertIn("refused, for they were no HTTP/1.1 or too large (400, 413, 431): 2\n", out)

    def test_a_body_that_is_wrong_ends_its_connection_and_smuggles_nothing(self):
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

        def check(server, service):
            for name, body in self.BODIES.items():
                with self.subTest(name):
                    answer = server.ask(head + body + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertNotIn(b" 200 ", answer)
                    self.assertLessEqual(answer.count(b"HTTP/1.1 "), 1)
            self.assertNotIn(b"smuggled", b"".join(service.asked))

        self.each(check)

    def test_a_folded_field_is_one_field(self):
        def check(server, service):
            answer = server.ask(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: a\r\n X-Other: 99\r\n"
                                b"Connection: close\r\n\r\n")  # fmt: skip
            self.assertRegex(answer, rb"^HTTP/1\.1 200 ")
            for asked in service.asked:
                self.assertIn(b"X-Long: a X-Other: 99\r\n", asked)

        self.each(check)

    def test_a_megabyte_of_head_is_refused_and_not_kept(self):
        def check(server, service):
            before = server.peak_kb()
            for head in [b"GET /" + b"x" * 1_000_000, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000,
                         b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 170_000]:  # fmt: skip
                for _ in range(2):
                    answer = server.ask(head)
                    # What the client still sends then is dropped for a while only; later it is a reset.
                    self.assertIn(answer[:13], [b"HTTP/1.1 431 ", b"HTTP/1.1 400 ", b""])
            self.assertLess(server.peak_kb() - before, MORE_KB)
            self.assertEqual(service.asked, [])

        self.each(check)

    def test_garbage_is_refused(self):
        chance = random.Random(1)

        def check(server, service):
            for size in [1, 10, 100, 1000, 10_000, 100_000]:
                garbage = chance.randbytes(size)
                answer = server.ask(garbage + b"\r\n\r\n")
                self.assertIn(answer[:13], [b"HTTP/1.1 400 ", b"HTTP/1.1 431 ", b""])
            self.assertEqual(service.asked, [])

        self.each(check)


class Services(unittest.TestCase):
    """Behind a proxy."""

    @contextlib.contextmanager
    def proxied(self, answer):
        service = Service(answer)
        with Server("proxy", "--to", f"http://127.0.0.1:{service.port}") as server:
            yield server, service
        service.close()

    @staticmethod
    def endless(client):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            client.sendall(b"x" * 65536)

    def test_an_answer_without_end_ends_when_the_client_leaves(self):
        with self.proxied(self.endless) as (server, service):
            before = server.peak_kb()
            with server.connect() as client:
                client.sendall(GET)
                for _ in range(100):
                    self.assertTrue(client.recv(65536))
            self.assertTrue(service.ended.acquire(timeout=DEADLINE_S))
            self.assertLess(server.peak_kb() - before, MORE_KB)

    def test_an_answer_that_the_client_does_not_read_is_not_kept(self):
        with self.proxied(self.endless) as (server, service):
            before = server.peak_kb()
            clients = [server.connect() for _ in range(20)]
            for client in clients:
                client.sendall(GET)
                self.assertTrue(client.recv(1))
            self.assertLess(server.peak_kb() - before, MORE_KB)
            for client in clients:
                client.close()
            for _ in clients:
                self.assertTrue(service.ended.acquire(timeout=DEADLINE_S))

    def test_a_head_without_end_is_no_answer(self):
        def answer(client):
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                client.sendall(b"a: b\r\n" * 10_000)

        with self.proxied(answer) as (server, _):
            before = server.peak_kb()
            self.assertRegex(server.ask(), rb"^HTTP/1\.1 502 ")
            self.assertLess(server.peak_kb() - before, MORE_KB)

    def test_what_is_no_answer_is_a_502_that_says_so(self):
        for said, reason in [
            (b"220 smtp.example ESMTP\r\n", b"not HTTP/1.1"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"not HTTP/1.1"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", b"not HTTP/1.1"),
            (b"", b"it ended the connection"),
            (b"HTTP/1.1 200 OK\r\nContent-", b"it ended the connection"),
        ]:

            def answer(client, said=said):
                client.sendall(said)
                client.shutdown(socket.SHUT_WR)

            with self.subTest(said), self.proxied(answer) as (server, _):
                answered = server.ask()
                self.assertRegex(answered, rb"^HTTP/1\.1 502 ")
                self.assertIn(reason, answered)


if __name__ == "__main__":
    unittest.main()
