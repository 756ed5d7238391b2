#!/usr/bin/env python3
"""A small service with a breaker of pybreaker between it and its dependency.

Its settings come from the environment: PORT that it listens on, DEPENDENCY that it calls,
FAIL_MAX and RESET_TIMEOUT (seconds) of its breaker, and what services do besides: FALLBACK=1
answers well instead of failing, RETRIES=n tries again, PASS_ID=0 does not pass on who calls,
INERT=1 has the typing error that makes a breaker do nothing: it excludes every exception.
"""

import http.client
import os
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pybreaker

DEPENDENCY = urllib.parse.urlsplit(os.environ["DEPENDENCY"])
RETRIES = int(os.environ.get("RETRIES", "0"))
PASSED_ON = ("traceparent", "X-Request-Id") if os.environ.get("PASS_ID", "1") == "1" else ()

breaker = pybreaker.CircuitBreaker(
    fail_max=int(os.environ.get("FAIL_MAX", "5")),
    reset_timeout=float(os.environ.get("RESET_TIMEOUT", "2")),
    exclude=[Exception] if os.environ.get("INERT") == "1" else [],
)
own = threading.local()


def call_dependency(headers):
    if getattr(own, "connection", None) is None:
        own.connection = http.client.HTTPConnection(
            DEPENDENCY.hostname, DEPENDENCY.port, timeout=1
        )
    try:
        own.connection.request("GET", DEPENDENCY.path or "/", headers=headers)
        answer = own.connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        own.connection.close()
        own.connection = None
        raise
    if answer.status >= 500:
        raise RuntimeError(f"the dependency answered {answer.status}")


def call(headers):
    for attempt in range(RETRIES + 1):
        try:
            return breaker.call(call_dependency, headers)
        except pybreaker.CircuitBreakerError:
            raise
        except Exception:
            if attempt == RETRIES:
                raise


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        try:
            call(headers)
            self.answer(200, b"ok")
        except Exception as error:
            if os.environ.get("FALLBACK") == "1":
                self.answer(200, b"fallback")
            else:
                self.answer(503, str(error).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    print("listening", flush=True)
    server.serve_forever()
