#!/usr/bin/env python3
"""Makes random scripts of calls for this recorder: ./make_scripts.py policies --seed 1 --traces 100"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import call_scripts


def ms(rng, low, high):
    return f"{rng.randrange(low, high, 50)}ms"


def period(rng):
    """A tenth of it divides the time at which the fake clock starts, as the breaker's buckets lie on a grid."""
    return f"{rng.choice([500, 600, 750, 1000, 1200, 1500, 2000, 2500, 3000, 4000, 5000])}ms"


def retry(rng):
    options = {"policy": "RetryPolicy"}
    if rng.random() < 0.7:
        options["failsafehttp"] = True
    else:
        options["HandleIf"] = rng.choice(["5xx,err", "5xx,429,err", "5xx", "err", "503,408,err"])
    if rng.random() < 0.8:
        options["WithMaxRetries"] = rng.randint(0, 4)
    chosen = rng.random()
    if chosen < 0.4:
        options["WithDelay"] = ms(rng, 0, 600)
    elif chosen < 0.6:
        options["WithBackoff"] = [ms(rng, 50, 300), ms(rng, 300, 1000)]
    elif chosen < 0.85:
        options["WithBackoffFactor"] = [ms(rng, 50, 300), ms(rng, 300, 1500), rng.choice([1.1, 1.5, 2, 3.7, 10])]
    if rng.random() < 0.2:
        options["WithMaxDuration"] = ms(rng, 100, 1500)
    if rng.random() < 0.5:
        options["ReturnLastFailure"] = True
    if rng.random() < 0.3:
        options["AbortOnErrors"] = rng.choice([["circuitbreaker.ErrOpen"], ["circuitbreaker.ErrOpen", "bulkhead.ErrFull"], ["timeout.ErrExceeded"]])
    if rng.random() < 0.15:
        options["AbortIf"] = rng.choice(["501", "4xx", "502,504", "err"])
    return options


def breaker(rng):
    options = {"policy": "CircuitBreaker"}
    most = rng.randint(2, 6)
    options.update(rng.choice([
        {"WithFailureThreshold": most},
        {"WithFailureThresholdRatio": [most, most + rng.randint(0, 4)]},
        {"WithFailureThresholdPeriod": [most, period(rng)]},
        {"WithFailureRateThreshold": [rng.choice([0.1, 0.25, 0.5, 0.8, 1]), most, period(rng)]},
    ]))
    if rng.random() < 0.5:
        options["WithSuccessThreshold"] = rng.randint(1, 3)
    options["WithDelay"] = ms(rng, 500, 2500)
    if rng.random() < 0.7:
        options["HandleIf"] = rng.choice(["5xx,err", "5xx,err", "5xx,429,err", "5xx", "5xx,429"])
    return options


def hedge(rng):
    options = {"policy": "HedgePolicy", "NewWithDelay": ms(rng, 50, 600)}
    if rng.random() < 0.6:
        options["WithMaxHedges"] = rng.randint(1, 3)
    if rng.random() < 0.5:
        options["CancelIf"] = rng.choice(["2xx,3xx,4xx", "2xx", "2xx,3xx,4xx,5xx"])
    return options


def bulkhead(rng):
    options = {"policy": "Bulkhead", "New": rng.randint(1, 4)}
    if rng.random() < 0.6:
        options["WithMaxWaitTime"] = ms(rng, 50, 800)
    return options


def limit(rng, low, high):
    return {"policy": "Timeout", "New": ms(rng, low, high)}


def fallback(rng):
    options = {"policy": "Fallback"}
    if rng.random() < 0.7:
        options["HandleIf"] = rng.choice(["5xx,err", "5xx,429,err", "err", "5xx"])
    return options


def policies(rng):
    chosen = [breaker(rng)] if rng.random() < 0.85 else []
    if rng.random() < 0.65:
        chosen.append(retry(rng))
    elif rng.random() < 0.8:
        chosen.append(hedge(rng))
    if rng.random() < 0.6:
        chosen.append(limit(rng, 100, 1500))
    if rng.random() < 0.3:
        chosen.append(bulkhead(rng))
    rng.shuffle(chosen)
    if rng.random() < 0.3:
        chosen.insert(0, limit(rng, 1000, 6000))
    if rng.random() < 0.2:
        chosen.insert(rng.choice([0, 0, len(chosen) // 2]), fallback(rng))
    for number, policy in enumerate(chosen):
        if any(outside["policy"] == "Timeout" for outside in chosen[:number]):
            policy.pop("CancelIf", None)
        # Attempts of one call that wait for each other's place race.
        if any(outside["policy"] == "HedgePolicy" for outside in chosen[:number]):
            policy.pop("WithMaxWaitTime", None)
    return {"failsafe-go": chosen or [retry(rng)]}


def must_stay(client):
    """Callers must not go away where tripcurve is known to differ; ../README.md says how."""
    kinds = [policy["policy"] for policy in client["failsafe-go"]]
    late = any("CancelIf" in policy for policy in client["failsafe-go"])
    stale = "RetryPolicy" in kinds and "Timeout" in kinds[kinds.index("RetryPolicy"):]
    return late or stale


def calls(rng, client):
    """What never answers is left by its caller, where no timeout gives it up."""
    stays = must_stay(client)
    made = call_scripts.some_calls(rng, rng.randint(10, 20), without=["gone"] if stays else [])
    for call in made:
        if {} in call["upstream"] and stays:
            call["upstream"] = [answer or {"after": 2003, "status": 200} for answer in call["upstream"]]
        elif {} in call["upstream"]:
            call.setdefault("gone", call_scripts.odd(rng, 900, 3000))
    return made


if __name__ == "__main__":
    call_scripts.main("failsafe-go", {"policies": policies}, __doc__, calls)
