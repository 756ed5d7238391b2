#!/usr/bin/env python3
"""Makes random scripts for ./record.

    make_scripts.py --seed 1 --traces 8 [--hosts 3]

The same seed gives the same scripts. Time is Envoy's own, so their events keep clear of sweeps and of
each other, and no ejection ends at a sweep.
"""

import argparse
import json
import random

LENGTH = 6000  # milliseconds
CLEAR = 45  # of a sweep
APART = 16


def settings(rng, hosts):
    interval, base = rng.choice([400, 500, 1000]), rng.choice([250, 650, 1150])
    config = {
        "hosts": hosts,
        "interval": f"{interval}ms",
        "base_ejection_time": f"{base}ms",
        "max_ejection_percent": rng.choice([100, 100, 100, 50] if hosts > 1 else [100]),
        "consecutive_5xx": rng.choice([0, 1, 2, 3, 4]),
        "healthy_panic_threshold": rng.choice([0, 0, 0, 50]) if hosts == 1 else 0,
        "update_merge_window": "0s" if hosts > 1 else rng.choice(["0s", "1s", "300ms"]),
    }
    if rng.random() < 0.4 or config["consecutive_5xx"] == 0:
        config["consecutive_gateway_failure"] = rng.choice([0, 1, 2, 3])
        config["enforcing_consecutive_gateway_failure"] = rng.choice([0, 100, 100])
    return config, interval


def script(rng, name, hosts):
    config, interval = settings(rng, hosts)
    events, taken = [], []

    def is_free(t):
        return CLEAR <= t % interval <= interval - CLEAR and all(abs(t - other) >= APART for other in taken)

    t, calls, bad = 100, 0, 0.7
    while t < LENGTH:
        if rng.random() < 0.08:
            bad = rng.choice([0.1, 0.6, 1])
        if is_free(t):
            calls += 1
            taken.append(t)
            end = t + rng.choice([APART, APART, APART, 80, 200])
            while not is_free(end):
                end += 1
            taken.append(end)
            outcome = "ignored" if rng.random() < 0.06 else "failure" if rng.random() < bad else "success"
            events += [[t, "start", f"c{calls}"], [end, "end", f"c{calls}", outcome]]
        t += rng.choice([20, 30, 50, 150, 400])
    return {"id": name, "dialect": "envoy", "config": config, "events": sorted(events)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", type=int, default=8)
    parser.add_argument("--hosts", type=int, default=1)
    args = parser.parse_args()
    for i in range(args.traces):
        rng = random.Random(f"{args.seed}/{args.hosts}/{i}")
        print(json.dumps(script(rng, f"envoy-{args.hosts}-{args.seed}-{i}", args.hosts)))


main()
