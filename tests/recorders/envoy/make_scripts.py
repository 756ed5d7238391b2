#!/usr/bin/env python3
"""Makes random scripts for ./record.

    make_scripts.py --seed 1 --traces 8 [--hosts 3]

The same seed gives the same scripts. Time is Envoy's own, so their events keep clear of sweeps and of
each other, and no ejection ends at a sweep.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "proxies"))
import scripts

LENGTH = 6000  # milliseconds
CLEAR = 45  # of a sweep


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


def script(rng, name, args):
    config, interval = settings(rng, args.hosts)
    events = scripts.calls(rng, LENGTH, [20, 30, 50, 150, 400],
                           lambda t: CLEAR <= t % interval <= interval - CLEAR)
    return {"id": f"envoy-{name}", "dialect": "envoy", "config": config, "events": events}


scripts.main(__doc__, script, hosts=1)
