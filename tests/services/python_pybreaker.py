#!/usr/bin/env python3
"""A small service with a breaker of pybreaker between it and its dependency.

Its settings come from the environment: PORT that it listens on, DEPENDENCY that it calls,
FAIL_MAX and RESET_TIMEOUT (seconds) of its breaker, and what services do besides: FALLBACK=1
answers well instead of failing, RETRIES=n tries again, CACHE=seconds gives a good answer again for
so long, PASS_ID=0 does not pass on who calls, INERT=1 has the typing error that makes a breaker do
nothing: it excludes every exception, BREAKER=0 has none. HEALTH=seconds asks the dependency that
often on its own account, past the breaker. PATIENCE=seconds answers a call then, whatever its
request may do, and POOL=n has so many workers for all requests: those that were given up keep
theirs until they end.

SECOND is another dependency, with a breaker of its own; every call needs both. INSTANCES=n acts as
so many instances that a balancer calls in turn, each with breakers of its own; their requests bring
their number in X-Instance.

/metrics has a gauge of the (first) breaker's state: 0 closed, 1 half-open, 2 open. GAUGE=stuck has
the bug that it is set when the breaker opens, and never again.
"""

import concurrent.futures
import http.client
import itertools
import os
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pybreaker

RETRIES = int(os.environ.get("RETRIES", "0"))
CACHE = float(os.environ.get("CACHE", "0"))
PATIENCE = float(os.environ["PATIENCE"]) if "PATIENCE" in os.environ else None
PASSED_ON = ("traceparent", "X-Request-Id") if os.environ.get("PASS_ID", "1") == "1" else ()


class Gauge(pybreaker.CircuitBreakerListener):
    value = 0

    def state_change(self, cb, old_state, new_state):
        if os.environ.get("GAUGE") != "stuck" or new_state.name == "open":
            self.value = {"closed": 0, "half-open": 1, "open": 2}[new_state.name]

    def page(self):
        return (
            "# HELP breaker_state 0 closed, 1 half-open, 2 open\n# TYPE breaker_state gauge\n"
            f'breaker_state{{breaker="dependency"}} {self.value}\n'
        ).encode()


class Dependency:
    def __init__(self, url):
        self.url = urllib.parse.urlsplit(url)
        self.own = threading.local()
        self.gauge = Gauge()
        self.breaker = pybreaker.CircuitBreaker(
            fail_max=int(os.environ.get("FAIL_MAX", "5")),
            reset_timeout=float(os.environ.get("RESET_TIMEOUT", "2")),
            exclude=[Exception] if os.environ.get("INERT") == "1" else [],
            listeners=[self.gauge],
        )

    def ask(self, headers):
        own = self.own
        if getattr(own, "connection", None) is None:
            own.connection = http.client.HTTPConnection(
                self.url.hostname, self.url.port, timeout=1 if PATIENCE is None else 60
            )
        try:
            own.connection.request("GET", self.url.path or "/", headers=headers)
            answer = own.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            own.connection.close()
            own.connection = None
            raise
        if answer.status >= 500:
            raise RuntimeError(f"the dependency answered {answer.status}")

    def ask_with_patience(self, headers):
        if PATIENCE is None:
            return self.ask(headers)
        asked = workers.submit(self.ask, headers)
        try:
            return asked.result(timeout=PATIENCE)
        except concurrent.futures.TimeoutError:
            asked.cancel()
            raise

    def call(self, headers):
        for attempt in range(RETRIES + 1):
            try:
                if os.environ.get("BREAKER") == "0":
                    return self.ask_with_patience(headers)
                return self.breaker.call(self.ask_with_patience, headers)
            except pybreaker.CircuitBreakerError:
                raise
            except Exception:
                if attempt == RETRIES:
                    raise


class Instance:
    def __init__(self, number):
        self.number = number
        urls = [os.environ["DEPENDENCY"], os.environ.get("SECOND")]
        self.dependencies = [Dependency(url) for url in urls if url]
        self.fresh_until = 0.0

    def call(self, headers):
        """Calls all of them, whatever the first one says; raises the last error."""
        if time.monotonic() < self.fresh_until:
            return
        failure = None
        for dependency in self.dependencies:
            try:
                dependency.call(headers | {"X-Instance": str(self.number)})
            except Exception as error:
                failure = error
        if failure:
            raise failure
        self.fresh_until = time.monotonic() + CACHE


workers = concurrent.futures.ThreadPoolExecutor(int(os.environ.get("POOL", "100")))
instances = [Instance(number + 1) for number in range(int(os.environ.get("INSTANCES", "1")))]
in_turn = itertools.cycle(instances)


def check_health(every):
    url = urllib.parse.urlsplit(os.environ["DEPENDENCY"])
    while True:
        time.sleep(every)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=1)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/metrics":
            self.answer(200, instances[0].dependencies[0].gauge.page())
            return
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        try:
            next(in_turn).call(headers)
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
    if "HEALTH" in os.environ:
        threading.Thread(target=check_health, args=[float(os.environ["HEALTH"])], daemon=True).start()
    print("listening", flush=True)
    server.serve_forever()
