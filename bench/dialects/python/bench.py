"""What one call pays for its breaker in Python's library. Usage: bench.py CHOICE; prints lines
"case threads ns", as bench_dialects does. See ../run.
"""

import sys
import threading
import time

import pybreaker

THREADS = (1, 2)


def succeed():
    pass


def fail():
    raise ValueError("failure")


def calling(breaker, function):
    with breaker.calling():
        function()


BREAKER = pybreaker.CircuitBreaker()
SUBJECTS = {
    "pybreaker": BREAKER.call,
    "pybreaker_calling": lambda function: calling(BREAKER, function),
}


def time_of(threads, n, call):
    def calls():
        for _ in range(n):
            call()

    others = [threading.Thread(target=calls) for _ in range(threads - 1)]
    start = time.perf_counter_ns()
    for other in others:
        other.start()
    calls()
    for other in others:
        other.join()
    return time.perf_counter_ns() - start


def measure(what, threads, call):
    n = 1
    while min(time_of(threads, n, call), time_of(threads, n, call)) < 20_000_000:
        n *= 2
    times = sorted(time_of(threads, n, call) / n for _ in range(7))
    print(f"{what} {threads} {times[3]:.2f}")


def refused(call):
    try:
        call(succeed)
    except pybreaker.CircuitBreakerError:
        pass


def main():
    call = SUBJECTS[sys.argv[1]]
    for threads in THREADS:
        measure("call", threads, lambda: call(succeed))
    while True:
        try:
            call(fail)
        except ValueError:
            continue
        except pybreaker.CircuitBreakerError:
            break
    measure("rejected", 1, lambda: refused(call))


if __name__ == "__main__":
    main()
