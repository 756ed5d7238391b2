#!/usr/bin/env python3
"""Makes random scripts for ./record.

    make_scripts.py --seed 1 --traces 8

The same seed gives the same scripts. Their events keep clear of where a second begins.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "proxies"))
import scripts

LENGTH = 9000  # milliseconds
CLEAR = 60  # of the begin of a second


def script(rng, name, args):
    return {
        "id": f"nginx-{name}",
        "dialect": "nginx",
        "config": {"max_fails": rng.choice([0, 1, 1, 2, 3]), "fail_timeout": f"{rng.choice([1, 1, 2, 3])}s"},
        "failure": rng.choice(["503", "500", "reset", "closed"]),
        "events": scripts.calls(rng, LENGTH, [50, 80, 150, 400, 900],
                                lambda t: CLEAR <= t % 1000 <= 1000 - CLEAR),
    }


scripts.main(__doc__, script)
