#!/usr/bin/env python3
"""A checkout service that calls a payment service, with a breaker in between.

It listens on PORT and calls PAYMENTS. The breaker opens after 5 failures in a row, for 2 s, and
then lets one call out. COUNTS says what it takes for a failure: by default only connections that
fail, so that answers like 503 never open it. That is the bug that the example finds; with
COUNTS=errors it is repaired.

/metrics has a gauge of the breaker's state: 0 closed, 1 half-open, 2 open. Two more bugs to find:
GAUGE=stuck sets the gauge when the breaker opens, and never again; FORGETS=nothing counts failures
without an end, so that once it has opened a single one opens it again.
"""

import http.client
import os
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAYMENTS = urllib.parse.urlsplit(os.environ.get("PAYMENTS", "http://127.0.0.1:9000/pay"))


class BadAnswer(Exception):
    """The payment service has answered that it cannot."""


FAILURES = (OSError, BadAnswer) if os.environ.get("COUNTS") == "errors" else (OSError,)


class Open(Exception):
    """The breaker did not let the call out."""


class Breaker:
    def __init__(self, failures=5, open_for=2.0):
        self.lock = threading.Lock()
        self.limit, self.open_for = failures, open_for
        self.failures, self.opened_at, self.probing = 0, None, False
        self.gauge = 0

    def tell(self, state):
        if state == 2 or os.environ.get("GAUGE") != "stuck":
            self.gauge = state

    def call(self, function, *arguments):
        with self.lock:
            if self.opened_at is not None:
                if self.probing or time.monotonic() - self.opened_at < self.open_for:
                    raise Open()
                self.probing = True
                self.tell(1)
        try:
            result = function(*arguments)
        except FAILURES:
            with self.lock:
                self.failures += 1
                self.probing = False
                if self.failures >= self.limit:
                    self.opened_at = time.monotonic()
                    self.tell(2)
            raise
        with self.lock:
            self.opened_at, self.probing = None, False
            if os.environ.get("FORGETS") != "nothing":
                self.failures = 0
            self.tell(0)
        return result


breaker = Breaker()


def pay(headers):
    connection = http.client.HTTPConnection(PAYMENTS.hostname, PAYMENTS.port, timeout=1)
    try:
        connection.request("POST", PAYMENTS.path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status >= 500:
        raise BadAnswer(answer.status)


class Checkout(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/metrics":
            self.answer(200, f"breaker_state {breaker.gauge}\n".encode())
            return
        # Passes on who calls, as tracing libraries do.
        traced = {name: self.headers[name] for name in ("traceparent",) if name in self.headers}
        try:
            breaker.call(pay, traced)
            status, body = 200, b"paid"
        except Exception as error:
            status, body = 503, type(error).__name__.encode()
        self.answer(status, body)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Checkout).serve_forever()
