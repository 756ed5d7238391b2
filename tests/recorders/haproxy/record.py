#!/usr/bin/env python3
"""Plays scripts to a real HAProxy and prints traces (../README.md, docs/CONFORMANCE.md).

    ./make_scripts.py --seed 1 --traces 8 | ./record | tripcurve conform -

HAProxy has no clock to move: time is real, so a script of 6 s takes 6 s, and several run beside each
other, each in a backend of its own. Its health checks are requests to our server, which always passes
them: a trace's times count from the first one, and each check comes a little late. A script in which something
happened near a check is left out, with a word on stderr.

Each call is a request through HAProxy (../proxies/player.py). `rejected` is HAProxy's own 503. The state
is what its socket says of the server.
"""

import asyncio
import json
import sys
import tempfile
import time

from hosts import seconds
from player import Player, play_all
from real_haproxy import Haproxy, server

NEAR = 0.008  # seconds within which two things are at one time
LATE = 0.004  # seconds by which a check may be late


class ServerPlayer(Player):
    """One script, to the server of a backend of its own."""

    rejected = "<NOSRV>"
    settle = 0.004

    def is_rejected(self, answer):
        return answer[0] == 503 and b"No server is available" in answer[1]

    async def state(self):
        return "open" if await self.haproxy.is_down(self.name) else "closed"

    async def play_to(self, haproxy):
        self.haproxy, self.port = haproxy, haproxy.port
        while not self.hosts.checks:
            await asyncio.sleep(0.01)
        await self.play(self.hosts.checks[0])

    def drift(self, lengths):
        """How late each check is, from the first on: what its distance to the one before is above
        one of the settings that it may have. Whatever is no such distance was brought forward."""
        late, checks = [0], self.hosts.checks
        for before, check in zip(checks, checks[1:]):
            above = [check - before - length for length in lengths]
            late.append(late[-1] + next((a for a in above if -0.001 < a < LATE), 0))
        return late

    def checked_trace(self):
        checks = self.hosts.checks
        lengths = [seconds(self.settings[key]) for key in ("inter", "fastinter", "downinter")
                   if key in self.settings]
        late = self.drift(lengths)
        if any(begin - NEAR < check < end + NEAR for begin, end in self.spans for check in checks):
            self.doubts.add("a step at a check")
        if self.doubts:
            return None
        for step in self.steps:
            step[0] -= next(d for check, d in reversed(list(zip(checks, late))) if check <= step[0])
        return self.trace(f"HAProxy {self.haproxy.version}", checks[0])


async def record(scripts):
    players = [ServerPlayer(f"b{i}", script) for i, script in enumerate(scripts)]
    for player in players:
        await player.hosts.listen()
    with tempfile.TemporaryDirectory() as folder:
        servers = {player.name: server(player.settings, player.hosts.ports[0]) for player in players}
        async with Haproxy(servers, folder) as haproxy:
            await asyncio.gather(*(player.play_to(haproxy) for player in players))
    for player in players:
        trace = player.checked_trace()
        if trace:
            print(json.dumps(trace), flush=True)
        else:
            print(f"{player.script['id']}: left out: {', '.join(sorted(player.doubts))}", file=sys.stderr)
        player.hosts.close()


play_all(record)
