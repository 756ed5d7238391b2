#!/usr/bin/env python3
"""Makes random scripts of calls for record-calls: ./make_scripts.py values|stages|waits --seed 1 --traces 100"""

import json
import pathlib
import random
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import call_scripts

SPRING = "org.springframework.web.client."
CLASSES = [
    "java.lang.Exception",
    "java.util.concurrent.TimeoutException",
    SPRING + "HttpServerErrorException",
    SPRING + "HttpClientErrorException",
    SPRING + "HttpStatusCodeException",
    SPRING + "ResourceAccessException",
    SPRING + "RestClientException",
    "io.github.resilience4j.circuitbreaker.CallNotPermittedException",
    "io.github.resilience4j.bulkhead.BulkheadFullException",
]


def ms(rng, low, high):
    return f"{rng.randrange(low, high, 50)}ms"


def wait(rng):
    options = {"waitDuration": ms(rng, 50, 600)}
    if rng.random() < 0.5:
        options["enableExponentialBackoff"] = True
        if rng.random() < 0.8:
            options["exponentialBackoffMultiplier"] = rng.choice([1, 1.3, 1.5, 2, 3.7, 0.5])
        if rng.random() < 0.4:
            options["exponentialMaxWaitDuration"] = ms(rng, 300, 1500)
    return options


def retry(rng):
    options = {"policy": "retry"}
    if rng.random() < 0.8:
        options["maxAttempts"] = rng.randint(1, 5)
    if rng.random() < 0.85:
        options.update(wait(rng))
    if rng.random() < 0.3:
        options["retryExceptions"] = rng.sample(CLASSES, rng.randint(1, 3))
    if rng.random() < 0.4:
        options["ignoreExceptions"] = rng.sample(CLASSES[1:], rng.randint(1, 2))
    if rng.random() < 0.25:
        options["resultPredicate"] = rng.choice(["204", "302", "204,302"])
        if rng.random() < 0.5:
            options["failAfterMaxAttempts"] = True
    return options


def breaker(rng):
    size = rng.randint(2, 8)
    options = {
        "policy": "circuitbreaker",
        "slidingWindowType": rng.choice(["COUNT_BASED", "COUNT_BASED", "TIME_BASED"]),
        "slidingWindowSize": size,
        "minimumNumberOfCalls": rng.randint(1, size),
        "failureRateThreshold": rng.choice([10, 25, 50, 60, 80, 100]),
        "permittedNumberOfCallsInHalfOpenState": rng.randint(1, 4),
        "waitDurationInOpenState": ms(rng, 500, 2500),
    }
    if rng.random() < 0.2:
        options["slowCallDurationThreshold"] = ms(rng, 50, 500)
        options["slowCallRateThreshold"] = rng.choice([30, 50, 80])
    if rng.random() < 0.25:
        options["recordExceptions"] = rng.sample(CLASSES[:7], rng.randint(1, 3))
    if rng.random() < 0.3:
        options["ignoreExceptions"] = rng.sample(CLASSES[1:], rng.randint(1, 2))
    return options


def bulkhead(rng, waits):
    options = {"policy": "bulkhead", "maxConcurrentCalls": rng.randint(1, 4)}
    if waits and rng.random() < 0.6:
        options["maxWaitDuration"] = ms(rng, 50, 800)
    return options


def policies(rng, waits):
    """In the order of Spring's aspects mostly: retry, breaker, time limiter, bulkhead."""
    chosen = []
    if rng.random() < 0.75:
        chosen.append(retry(rng))
    if rng.random() < 0.85 or not chosen:
        chosen.append(breaker(rng))
    if rng.random() < 0.6:
        chosen.append({"policy": "timelimiter", "timeoutDuration": ms(rng, 100, 1500)})
        if rng.random() < 0.2:
            chosen[-1]["cancelRunningFuture"] = rng.random() < 0.5
    if rng.random() < 0.4:
        chosen.append(bulkhead(rng, waits))
    if rng.random() < 0.4:
        rng.shuffle(chosen)
    if rng.random() < 0.2:
        chosen.insert(rng.randint(0, len(chosen)), {"policy": "fallback"})
    return chosen


def values(rng):
    return {"resilience4j": policies(rng, waits=True)}


def stages(rng):
    return {"resilience4j": policies(rng, waits=False), "returns": "CompletionStage"}


def calls(rng, _client):
    return call_scripts.some_calls(rng, rng.randint(10, 20), without=("gone", "retry_after"))


def waits(rng, name):
    options = {"policy": "retry", "maxAttempts": rng.randint(3, 9), **wait(rng)}
    options["enableRandomizedWait"] = True
    if rng.random() < 0.8:
        options["randomizedWaitFactor"] = rng.choice([0, 0.1, 0.25, 0.5, 0.9])
    return {"id": name, "resilience4j": [options], "draws": [rng.random() for _ in range(options["maxAttempts"] - 1)]}


def main():
    if sys.argv[1:2] != ["waits"]:
        call_scripts.main("resilience4j", {"values": values, "stages": stages}, __doc__, calls)
        return
    seed, traces = int(sys.argv[3]), int(sys.argv[5])
    for number in range(1, traces + 1):
        name = f"resilience4j-waits-{seed}-{number:04}"
        print(json.dumps(waits(random.Random(name), name), separators=(",", ":")))


if __name__ == "__main__":
    main()
