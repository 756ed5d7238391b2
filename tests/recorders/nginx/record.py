#!/usr/bin/env python3
"""Plays scripts to a real nginx and prints traces (../README.md, docs/CONFORMANCE.md).

    ./make_scripts.py --seed 1 --traces 8 | ./record | tripcurve conform -

nginx has no clock to move: time is real, so a script of 9 s takes 9 s, and several run beside
each other, each in an upstream of its own. nginx counts in whole seconds of the clock, so a trace begins at one, and a
script in which something happened near one is left out, with a word on stderr.

Each call is a request through nginx (../proxies/player.py). `rejected` is a call that another server
got. nginx tells the state of a server to nobody, so the traces have none.
"""

import asyncio
import json
import math
import sys
import tempfile
import time

from player import Player, play_all
from real_nginx import ELSEWHERE, Nginx

NEAR = 0.012  # seconds within which two things are at one time


class UpstreamPlayer(Player):
    """One script, to an upstream of its own."""

    rejected = "no live upstreams"

    def is_rejected(self, answer):
        return answer == (200, ELSEWHERE)

    async def state(self):
        return None

    def checked_trace(self, version, zero):
        if any(math.floor(begin - NEAR) != math.floor(end + NEAR) for begin, end in self.spans):
            self.doubts.add("a step where a second begins")
        if self.doubts:
            return None
        trace = self.trace(f"nginx {version}", zero)
        state = {"start": 4, "end": 4, "read": 2}
        for step in trace["steps"]:
            step[state[step[1]]] = None
        return trace


async def record(scripts):
    players = [UpstreamPlayer(f"u{i}", script) for i, script in enumerate(scripts)]
    for player in players:
        await player.hosts.listen()
    with tempfile.TemporaryDirectory() as folder:
        async with Nginx(players, folder) as nginx:
            zero = math.ceil(time.time() + 0.1)
            for player in players:
                player.port = nginx.port
            await asyncio.gather(*(player.play(zero) for player in players))
    for player in players:
        trace = player.checked_trace(nginx.version, zero)
        if trace:
            print(json.dumps(trace), flush=True)
        else:
            print(f"{player.script['id']}: left out: {', '.join(sorted(player.doubts))}", file=sys.stderr)
        player.hosts.close()


play_all(record)
