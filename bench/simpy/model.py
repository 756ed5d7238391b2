#!/usr/bin/env python3
"""Two experiments as people write them by hand in SimPy: calls through a breaker that counts failures in a
row, with a timeout. In `varying` they are Poisson, to an upstream with lognormal latencies and errors; in
`steady` they come at a constant rate, and every answer takes as long. It counts, and keeps a list of response
times; tripcurve beside it also has histograms, phases and a report.

Usage: model.py varying|steady SECONDS; prints the calls and the processor seconds that they took.
"""

import math
import random
import sys
import time

import simpy

RATE = 10_000  # calls per second
MEDIAN, P99 = 0.020, 0.200  # of the latency, in seconds
ERRORS = 0.02
TIMEOUT = 1.0
FAILURES, OPEN_FOR = 5, 60.0  # the classic breaker's defaults

SIGMA = math.log(P99 / MEDIAN) / 2.3263478740408408


class Breaker:
    def __init__(self):
        self.failures = 0
        self.opened_at = None

    def lets_out(self, now):
        return self.opened_at is None or now >= self.opened_at + OPEN_FOR

    def record(self, good, now):
        if good:
            self.failures = 0
            self.opened_at = None
        else:
            self.failures += 1
            if self.failures >= FAILURES:
                self.opened_at = now


class World:
    def __init__(self, steady, length):
        self.steady = steady
        self.env = simpy.Environment()
        self.length = length
        self.draws = random.Random(1)
        self.breaker = Breaker()
        self.calls = self.rejected = self.failed = 0
        self.responses = []

    def load(self):
        while True:
            yield self.env.timeout(1 / RATE if self.steady else self.draws.expovariate(RATE))
            if self.env.now >= self.length:
                return
            self.calls += 1
            if self.breaker.lets_out(self.env.now):
                self.env.process(self.call())
            else:
                self.rejected += 1

    def call(self):
        begun = self.env.now
        latency = MEDIAN if self.steady else self.draws.lognormvariate(math.log(MEDIAN), SIGMA)
        good = (self.steady or self.draws.random() >= ERRORS) and latency < TIMEOUT
        yield self.env.timeout(min(latency, TIMEOUT))
        self.responses.append(self.env.now - begun)
        self.failed += not good
        self.breaker.record(good, self.env.now)

    def run(self):
        self.env.process(self.load())
        self.env.run()


def main():
    world = World(sys.argv[1] == "steady", float(sys.argv[2]))
    before = time.process_time()
    world.run()
    print(world.calls, time.process_time() - before)


if __name__ == "__main__":
    main()
