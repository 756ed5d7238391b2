#!/usr/bin/env python3
"""Generates random scripts for the recorder of concurrency-limits: calls come at a rate that changes,
take times that grow and shrink, and end well, dropped or ignored."""

import argparse
import json
import random


def window(draw):
    if draw.random() < 0.5:
        return {}
    keys = {"minWindowTime": f"{draw.randrange(100_000, 300_000)}us",
            "maxWindowTime": f"{draw.randrange(100_000, 600_000)}us",
            "windowSize": draw.randrange(10, 30),
            "minRttThreshold": f"{draw.choice([0, 100, 60_000])}us"}
    return dict(draw.sample(sorted(keys.items()), draw.randrange(1, 5))) or {"windowed": True}


def settings(draw):
    limit = draw.choice(["aimd", "gradient2", "vegas"])
    keys = {"initialLimit": draw.randrange(1, 60)}
    if limit == "aimd":
        keys |= {"minLimit": draw.randrange(1, 30), "maxLimit": draw.randrange(20, 60),
                 "backoffRatio": draw.choice([0.5, 0.7, 0.9, 0.99]),
                 "timeout": f"{draw.randrange(10_000, 90_000)}us"}
    elif limit == "gradient2":
        keys |= {"minLimit": draw.randrange(1, 30), "maxConcurrency": draw.randrange(20, 80),
                 "smoothing": draw.choice([0.1, 0.2, 0.5, 1]), "queueSize": draw.randrange(0, 9),
                 "longWindow": draw.choice([10, 30, 100, 600]), "rttTolerance": draw.choice([1, 1.5, 2.5])}
    else:
        keys |= {"maxConcurrency": draw.randrange(10, 200), "smoothing": draw.choice([0.2, 0.5, 1]),
                 "alpha": draw.randrange(1, 6), "beta": draw.randrange(4, 12),
                 "probeMultiplier": draw.choice([1, 2, 5, 30])}
    some = draw.sample(sorted(keys.items()), draw.randrange(0, len(keys) + 1))
    return {"limit": limit} | dict(some) | window(draw)


def script(number, draw, calls):
    config = settings(draw)
    slow = 10 if any("indow" in key for key in config) else 1
    events = []
    now = 0
    for call in range(calls):
        stretch = call * 6 // calls
        pace = random.Random(number * 10 + stretch)
        gap, usual = pace.choice([200, 500, 2_000]), pace.choice([1_000, 10_000, 40_000])
        now += 1 + int(slow * draw.expovariate(1 / gap))
        took = 1 + int(slow * usual * draw.choice([0.5, 1, 1, 1, 3]) * draw.uniform(0.9, 1.1))
        end = draw.choices(["success", "dropped", "ignored"], [90, 2, 8])[0]
        events += [[now, "start", call], [now + took, "end", call, end]]
    events.sort(key=lambda event: (event[0], event[1]))
    return {"id": f"random-{number}", "config": config, "events": events}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", type=int, default=30)
    parser.add_argument("--calls", type=int, default=400)
    options = parser.parse_args()
    for trace in range(options.traces):
        number = options.seed * 1000 + trace
        print(json.dumps(script(number, random.Random(number), options.calls), separators=(",", ":")))


if __name__ == "__main__":
    main()
