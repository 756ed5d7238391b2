#!/usr/bin/env python3
"""Makes random scripts for ./record.

    make_scripts.py --seed 1 --traces 8

The same seed gives the same scripts. Their events keep clear of the checks, as far as those are known.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "proxies"))
import scripts

LENGTH = 6000  # milliseconds
CLEAR = 35  # of where a check is as long as nothing brings one forward


def settings(rng, inter):
    config = {
        "observe": rng.choice(["layer7", "layer7", "layer7", "layer4"]),
        "error-limit": rng.choice([1, 2, 3]),
        "on-error": rng.choice(["fail-check", "mark-down", "mark-down", "sudden-death", "fastinter"]),
        "inter": f"{inter}ms",
        "rise": rng.choice([1, 2, 3]),
        "fall": rng.choice([1, 2, 3]),
    }
    if rng.random() < 0.5:
        config["fastinter"] = f"{rng.choice([250, 410, 2300])}ms"
    if rng.random() < 0.4:
        config["downinter"] = f"{rng.choice([330, 870, 2500])}ms"
    return config


def script(rng, name, args):
    inter = rng.choice([700, 1100, 1900])
    return {
        "id": f"haproxy-{name}",
        "dialect": "haproxy",
        "config": settings(rng, inter),
        "failure": rng.choice(["503", "503", "500", "reset", "closed"]),
        "events": scripts.calls(rng, LENGTH, [30, 50, 80, 150, 400],
                                lambda t: CLEAR <= t % inter <= inter - CLEAR),
    }


scripts.main(__doc__, script)
