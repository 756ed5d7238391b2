#!/usr/bin/env python3
"""Makes random scripts for the recorders of this folder.

    make_scripts.py gobreaker --seed 1 --traces 50

The same seed gives the same scripts. Settings are small, so that a script of some dozen calls takes a
breaker through its states again and again, and many events fall on the instants at which something is
due by a setting, or one millisecond beside them.
"""

import argparse
import json
import random


def ms(number):
    return f"{number}ms"


class Draft:
    """The settings of a script while they are drawn, and what its times turn on."""

    def __init__(self, rng):
        self.rng = rng
        self.config = {}
        self.spans = []  # milliseconds after which something may be due
        self.grids = []  # milliseconds at whose multiples something may be due
        self.outcomes = ["success", "failure"]
        self.chance = None  # the seed of what the library draws
        self.failure = None  # how calls fail

    def put(self, key, value, chance=1.0):
        """A setting, or its default where chance has it so; says whether it was put."""
        drawn = self.rng.random() < chance
        if drawn:
            self.config[key] = value
        return drawn

    def span(self, low, high):
        """A duration: mostly round, so that different ones meet at one instant."""
        length = self.rng.randint(low, high)
        if self.rng.random() < 0.7 and length >= 100:
            length -= length % 50
        self.spans.append(length)
        return length

    def ignores(self):
        self.outcomes.append("ignored")

    def draws(self):
        self.chance = self.rng.getrandbits(64)


def gobreaker(draft):
    rng = draft.rng
    draft.ignores()
    draft.put("MaxRequests", rng.randint(0, 4), 0.85)
    if rng.random() < 0.75:
        interval = draft.span(200, 3000)
        draft.put("Interval", ms(interval))
        if rng.random() < 0.55:
            draft.put("BucketPeriod", ms(draft.span(max(1, interval // 8), interval)))
    draft.put("Timeout", ms(draft.span(50, 2000)), 0.95)
    most = rng.randint(0, 4)
    least, ratio = rng.randint(1, 8), rng.choice([0.2, 0.3333, 0.5, 0.6, 0.75, 1.0])
    draft.put(
        "ReadyToTrip",
        rng.choice([
            f"ConsecutiveFailures > {most}",
            f"Requests >= {least} && TotalFailures/Requests >= {ratio}",
        ]),
        0.9,
    )


def resilience4j(draft, smallest_ring=1):
    rng = draft.rng
    draft.ignores()
    time_based = rng.random() < 0.5
    draft.put("slidingWindowType", "TIME_BASED" if time_based else "COUNT_BASED")
    size = rng.randint(smallest_ring, 5 if time_based else 9)
    draft.put("slidingWindowSize", size)
    if time_based:
        draft.grids.append(1000)
        draft.spans += [1000, size * 1000]
    draft.put("minimumNumberOfCalls", rng.randint(1, 8))
    rates = [1, 25, 33.333332, 42.857143, 50, 60.5, 66.7, 75, 83.333336, 100]
    draft.put("failureRateThreshold", rng.choice(rates), 0.9)
    if rng.random() < 0.5:
        draft.put("slowCallDurationThreshold", ms(draft.span(20, 600)))
        draft.put("slowCallRateThreshold", rng.choice(rates), 0.8)
    wait = draft.span(50, 2500)
    draft.put("waitDurationInOpenState", ms(wait))
    draft.put("permittedNumberOfCallsInHalfOpenState", rng.randint(smallest_ring, 5))
    if rng.random() < 0.4:
        draft.put("maxWaitDurationInHalfOpenState", ms(draft.span(30, 1500)))
        draft.put("transitionToStateAfterWaitDuration", rng.choice(["OPEN", "CLOSED"]), 0.5)
    draft.put("automaticTransitionFromOpenToHalfOpenEnabled", rng.random() < 0.7, 0.4)
    if draft.put("enableExponentialBackoff", True, 0.3):
        multiplier = rng.choice([1.1, 1.5, 2, 2.7])
        if draft.put("exponentialBackoffMultiplier", multiplier, 0.8):
            draft.spans += [int(wait * multiplier), int(int(wait * multiplier) * multiplier)]
        draft.put("exponentialMaxWaitDurationInOpenState", ms(draft.span(wait, 3 * wait)), 0.5)
    draft.put("initialState", rng.choice(["CLOSED", "OPEN", "HALF_OPEN"]), 0.1)


def resilience4j_lockfree(draft):
    resilience4j(draft, smallest_ring=2)  # a ring of one throws a NullPointerException
    draft.put("slidingWindowSynchronizationStrategy", "LOCK_FREE")


def opossum(draft):
    rng = draft.rng
    draft.put("timeout", False)
    draft.put("errorThresholdPercentage", rng.choice([0, 10, 25, 33.3, 50, 55, 60, 75, 99, 100]))
    draft.put("resetTimeout", ms(draft.span(50, 2500)))
    rolling, buckets = rng.randint(100, 4000), rng.randint(1, 10)
    draft.put("rollingCountTimeout", ms(rolling))
    draft.put("rollingCountBuckets", buckets)
    draft.spans.append(rolling)
    draft.grids.append(rolling // buckets)
    draft.put("volumeThreshold", rng.randint(0, 6), 0.9)
    draft.put("allowWarmUp", True, 0.2)
    draft.put("capacity", rng.randint(1, 4), 0.2)
    if draft.put("errorFilter", "ignored", 0.4):
        draft.ignores()


def cockatiel3(draft):
    rng = draft.rng
    backoffs = {
        "plain": lambda: ms(draft.span(0, 2000)),
        "ConstantBackoff": lambda: {"interval": ms(draft.span(0, 1500))},
        "IterableBackoff": lambda: {
            "durations": [ms(draft.span(0, 1500)) for _ in range(rng.randint(1, 4))]
        },
        "ExponentialBackoff": lambda: {
            "initialDelay": ms(draft.span(20, 500)),
            "maxDelay": ms(draft.span(200, 3000)),
            "exponent": rng.choice([2, 3]),
            "generator": "noJitterGenerator",
        },
    }
    kind = rng.choice(list(backoffs))
    backoff = backoffs[kind]()
    draft.put("halfOpenAfter", backoff if kind == "plain" else {"type": kind} | backoff)

    threshold = rng.choice([0.1, 0.2, 0.25, 1 / 3, 0.5, 0.58, 0.6, 0.7, 0.9])
    kind = rng.choice(["ConsecutiveBreaker", "CountBreaker", "SamplingBreaker"])
    rule = {"type": kind, "threshold": threshold}
    if kind == "ConsecutiveBreaker":
        rule["threshold"] = rng.randint(0, 4)
    elif kind == "CountBreaker":
        rule["size"] = rng.randint(1, 10)
        if rng.random() < 0.6:
            rule["minimumNumberOfCalls"] = rng.randint(1, rule["size"])
    else:
        duration = draft.span(200, 4000)
        draft.spans.append(round(duration / max(5, -(-duration // 1000))))
        rule |= {"duration": ms(duration)}
        if rng.random() < 0.9:
            rule["minimumRps"] = rng.choice([0.5, 1, 2, 5, 9.7])
    draft.put("breaker", rule)
    if draft.put("unhandled", "ignored", 0.4):
        draft.ignores()


def cockatiel(draft):
    cockatiel3(draft)
    sampling = {"calls": draft.rng.randint(1, 5), "threshold": draft.rng.choice([0, 0.2, 0.5, 0.9])}
    draft.put("halfOpenSampling", sampling, 0.6)


def sentinel(draft):
    rng = draft.rng
    draft.ignores()
    grade = rng.randint(0, 2)
    draft.put("grade", grade)
    ratios = [0, 0.2, 0.25, 1 / 3, 0.5, 0.6, 0.75, 1.0]
    if grade == 0:
        draft.put("count", draft.span(5, 400) + rng.choice([0, 0, 0, 0.4, 0.5]))
        draft.put("slowRatioThreshold", rng.choice(ratios), 0.85)
    else:
        draft.put("count", rng.choice(ratios) if grade == 1 else rng.choice([0, 1, 2, 2.5, 4]))
    seconds = rng.randint(1, 3)
    draft.put("timeWindow", seconds)
    draft.spans.append(seconds * 1000)
    draft.put("minRequestAmount", rng.randint(1, 6), 0.9)
    interval = draft.span(100, 4000)
    if not draft.put("statIntervalMs", interval, 0.85):
        interval = 1000
    draft.grids.append(interval)


def sentinel_golang(draft):
    rng = draft.rng
    draft.ignores()
    strategy = rng.randint(0, 2)
    draft.put("strategy", strategy)
    ratios = [0, 0.2, 0.25, 0.33333333, 0.3333333, 1 / 3, 0.5, 0.6, 0.75, 1.0]
    draft.put("threshold", rng.choice([0, 1, 2, 2.5, 4] if strategy == 2 else ratios), 0.95)
    if strategy == 0:
        draft.put("maxAllowedRtMs", draft.span(5, 400), 0.95)
    draft.put("retryTimeoutMs", draft.span(50, 2500))
    draft.put("minRequestAmount", rng.randint(0, 6), 0.9)
    interval, buckets = draft.span(100, 4000), rng.randint(1, 12)
    if rng.random() < 0.6:
        interval -= interval % buckets
    draft.put("statIntervalMs", interval)
    if not draft.put("statSlidingWindowBucketCount", buckets, 0.8) or interval % buckets != 0:
        buckets = 1
    draft.grids.append(interval // buckets)
    draft.put("probeNum", rng.randint(0, 4), 0.8)


def smallrye(draft):
    rng = draft.rng
    draft.ignores()
    draft.put("requestVolumeThreshold", rng.randint(1, 9))
    draft.put("failureRatio", rng.choice([0, 0.1, 0.2, 0.28, 0.3, 1 / 3, 0.5, 0.6, 0.7, 0.75, 1.0]))
    draft.put("delay", ms(draft.span(0, 2500)))
    draft.put("successThreshold", rng.randint(1, 4))


def vertx(draft):
    rng = draft.rng
    draft.ignores()
    draft.put("maxFailures", rng.randint(1, 6))
    draft.put("failuresRollingWindow", ms(rng.choice([900, 1000, 1000, 2000, 2500, 4000])))
    reset = ms(draft.span(1, 2500))
    draft.put("resetTimeout", reset if rng.random() < 0.95 else "-1")
    draft.grids.append(1000)


def go_zero(draft):
    draft.draws()
    draft.grids.append(250)
    draft.spans += [1000, 1000, 2000, 10_000]


def kratos(draft):
    rng = draft.rng
    draft.draws()
    draft.put("success", rng.choice([0.1, 0.25, 1 / 3, 0.5, 0.6, 0.75, 0.9, 1.0]), 0.9)
    draft.put("request", rng.randint(0, 12))
    window, bucket = draft.span(50, 4000), rng.randint(1, 12)
    draft.put("window", ms(window))
    draft.put("bucket", bucket)
    draft.grids.append(max(1, window // bucket))


def oxy_condition(draft):
    rng = draft.rng
    ratio = rng.choice(["0.0", "0.1", "0.25", "0.3", "0.3333333333333333", "0.5", "0.75", "1.0"])
    quantile = rng.choice(["0.0", "25.0", "50.0", "90.0", "99.9", "100.0"])
    slow = rng.choice([draft.span(1, 400), draft.span(100, 30_000)])
    compare = rng.choice([">", ">", ">", ">=", ">=", "<", "<=", "==", "!="])
    codes = rng.choice(["500, 600, 0, 600", "500, 600, 200, 600", "502, 505, 0, 600", "500, 503, 200, 300"])
    return rng.choice([
        f"NetworkErrorRatio() {compare} {ratio}",
        f"NetworkErrorRatio() {compare} {ratio}",
        f"ResponseCodeRatio({codes}) {compare} {ratio}",
        f"ResponseCodeRatio({codes}) {compare} {ratio}",
        f"LatencyAtQuantileMS({quantile}) {rng.choice(['>', '>=', '=='])} {slow}",
        f"RequestThreshold() {compare} {rng.randint(0, 6)}",
    ])


def oxy(draft):
    rng = draft.rng
    draft.failure = rng.choice([None, "502", "504", "500"])
    condition = oxy_condition(draft)
    for _ in range(rng.choice([0, 0, 1, 2])):
        other = oxy_condition(draft)
        condition = rng.choice([
            f"{condition} || {other}",
            f"{condition} && {other}",
            f"({condition}) && ({other})",
        ])
    draft.put("expression", condition)
    draft.put("checkPeriod", ms(draft.span(1, 1500)), 0.7)
    draft.put("fallbackDuration", ms(draft.span(50, 4000)), 0.9)
    draft.put("recoveryDuration", ms(draft.span(0, 4000)), 0.9)
    draft.grids.append(1000)
    draft.spans += [1000, 10_000]


POLLY_RATIOS = [0.1, 0.2, 0.25, 1 / 3, 0.5, 0.6, 0.7, 0.75, 0.9, 1.0]


def polly_window(draft, shortest):
    length = draft.span(shortest, 4000)
    draft.spans.append(max(1, length // 10))
    return ms(length)


def polly(draft):
    rng = draft.rng
    draft.ignores()
    draft.put("FailureRatio", rng.choice([0, *POLLY_RATIOS]), 0.9)
    draft.put("MinimumThroughput", rng.randint(2, 8))
    draft.put("SamplingDuration", polly_window(draft, 500), 0.95)
    draft.put("BreakDuration", ms(draft.span(500, 2500)))


def polly_generator(draft):
    rng = draft.rng
    polly(draft)
    unit = draft.span(100, 1000)
    times = rng.choice(["FailureCount", "FailureRate", "HalfOpenAttempts", "2^HalfOpenAttempts"])
    draft.spans += [unit * factor for factor in (1, 2, 2, 3, 4)]
    rule = {"base": ms(unit), "times": times}
    if rng.random() < 0.4:
        rule["most"] = ms(draft.span(unit, 3 * unit))
    draft.put("BreakDurationGenerator", rule)


def polly7(draft):
    rng = draft.rng
    draft.ignores()
    if rng.random() < 0.35:
        draft.put("policy", "CircuitBreaker")
        draft.put("exceptionsAllowedBeforeBreaking", rng.randint(1, 5))
    else:
        draft.put("policy", "AdvancedCircuitBreaker")
        draft.put("failureThreshold", rng.choice(POLLY_RATIOS))
        draft.put("samplingDuration", polly_window(draft, rng.choice([20, 20, 200, 500])))
        if rng.random() < 0.25:
            draft.put("samplingDuration", ms(draft.span(20, 199)))
        draft.put("minimumThroughput", rng.randint(2, 8))
    draft.put("durationOfBreak", ms(draft.span(0 if rng.random() < 0.1 else 50, 2500)))


def yarp(draft):
    rng = draft.rng
    length = draft.span(1000, 6000)
    draft.spans.append(1000)
    draft.put("DetectionWindowSize", ms(length))
    draft.put("MinimalTotalCountThreshold", rng.randint(1, 8))
    draft.put("DefaultFailureRateLimit", rng.choice([0.1, 0.25, 0.3, 1 / 3, 0.5, 0.6, 0.75, 0.9]), 0.8)
    draft.put("TransportFailureRateHealthPolicy.RateLimit", rng.choice([0.2, 0.4, 0.5, 0.7]), 0.2)
    draft.put("ReactivationPeriod", ms(draft.span(200, 5000)))
    draft.put("AvailableDestinationsPolicy", "HealthyAndUnknown", 0.9)


DIALECTS = {
    "gobreaker": gobreaker,
    "resilience4j": resilience4j,
    "resilience4j-lockfree": resilience4j_lockfree,
    "opossum": opossum,
    "cockatiel": cockatiel,
    "cockatiel3": cockatiel3,
    "sentinel": sentinel,
    "sentinel-golang": sentinel_golang,
    "smallrye": smallrye,
    "vertx": vertx,
    "go-zero": go_zero,
    "kratos": kratos,
    "oxy": oxy,
    "polly": polly,
    "polly-generator": polly_generator,
    "polly7": polly7,
    "yarp": yarp,
}


class Timeline:
    """Draws the times of events, each not before the last."""

    def __init__(self, draft):
        self.rng = draft.rng
        self.spans = draft.spans
        self.grids = draft.grids
        self.now = 0
        self.recent = [0]

    def step(self, pace, leaps, anchor=None):
        """leaps is the chance to go to where something may be due."""
        if self.rng.random() < leaps:
            if self.grids and self.rng.random() < 0.25:
                grid = self.rng.choice(self.grids)
                due = (self.now // grid + 1) * grid
            else:
                since = self.rng.choice(self.recent) if anchor is None else anchor
                due = since + self.rng.choice(self.spans)
            candidate = due + self.rng.choice([-1, 0, 1])
        else:
            candidate = self.now + self.rng.choice([0, self.rng.randint(1, pace)])
        if candidate < self.now:
            candidate = self.now + self.rng.randint(0, pace)
        self.now = candidate
        self.recent = [*self.recent[-4:], candidate]
        return candidate


def events(draft):
    """Calls that overlap, in spells of failure and of health.

    Nobody knows yet which calls will run: the recorder leaves out the end of a call that does not. A
    call gets up to two ends, as it may still be waiting at the first.
    """
    rng = draft.rng
    timeline = Timeline(draft)
    script = []
    pending = []  # calls that may be running: (call, started, ends left)
    calls = 0
    left = 0
    wanted = rng.randint(60, 140)
    while len(script) < wanted:
        if left == 0:
            left = rng.randint(8, 25)
            failures = rng.choice([0.05, 0.4, 0.7, 0.95])
            pace = rng.choice([5, 40, 200])
            leaps = rng.choice([0.04, 0.15, 0.4])
            crowd = rng.randint(1, 6)
        left -= 1
        if rng.random() < 0.08:
            script.append([timeline.step(pace, leaps), "read"])
        elif rng.random() < len(pending) / crowd:
            call, started, ends = pending.pop(rng.randrange(len(pending)))
            at = timeline.step(pace, leaps, started if rng.random() < 0.4 else None)
            if rng.random() < 0.15:
                outcome = rng.choice(draft.outcomes)
            else:
                outcome = "failure" if rng.random() < failures else "success"
            script.append([at, "end", call, outcome])
            if ends > 1:
                pending.append((call, started, ends - 1))
        else:
            calls += 1
            at = timeline.step(pace, leaps)
            script.append([at, "start", calls])
            pending.append((calls, at, rng.choice([1, 1, 2])))
    return script


def main():
    parser = argparse.ArgumentParser(description="Makes random scripts for the recorders.")
    parser.add_argument("dialect", choices=DIALECTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", type=int, default=50)
    chosen = parser.parse_args()
    for number in range(1, chosen.traces + 1):
        name = f"{chosen.dialect}-random-{chosen.seed}-{number:04}"
        draft = Draft(random.Random(name))
        DIALECTS[chosen.dialect](draft)
        dialect = "polly" if chosen.dialect == "polly-generator" else chosen.dialect
        script = {"id": name, "dialect": dialect, "config": draft.config}
        if draft.chance is not None:
            script["chance"] = draft.chance
        if draft.failure is not None:
            script["failure"] = draft.failure
        print(json.dumps(script | {"events": events(draft)}, separators=(",", ":")))


if __name__ == "__main__":
    main()
