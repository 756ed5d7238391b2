#!/usr/bin/env python3
"""Plays scripts to a real Envoy and prints traces (../README.md, docs/CONFORMANCE.md).

    ./make_scripts.py --seed 1 --traces 8 | ./record | tripcurve conform -

Envoy has no clock to move: time is real, so a script of 6 s takes 6 s, and several run beside each
other, each in a cluster of its own behind one Envoy. Times in a trace are those measured, in the
detector's own time: its sweeps are at multiples of `interval`. A script in which something came too
near a sweep, or the end of a merge window, is left out, with a word on stderr: microseconds would
decide, so record it again.

Each call is a request through Envoy. Its host, a server of ours, holds it until the script ends it:
success is a 200, failure a 503, and for `ignored` the client goes away. `rejected` is Envoy's 503 with
the flag UH. The state is open when the balancer has no host to give. With `update_merge_window: 0s`
that is so when all hosts are ejected and panic is off; else it is asked by a call of which the client
leaves at once, which counts for nothing but takes a turn of the round robin: for one host only.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time

from hosts import seconds
from player import Player, play_all
from real_envoy import Envoy, cluster

NEAR = 0.012  # seconds within which two things are at one time
WANDER = 0.02  # seconds by which sweeps may be late
SETTLED = 0.008  # seconds after which all of Envoy knows of an ejection
NO_HOST = (503, b"UH")


class ClusterPlayer(Player):
    """One script, in a cluster of its own."""

    rejected = "UH"
    settle = SETTLED  # until an ejection has reached the balancer

    def __init__(self, name, script):
        super().__init__(name, script, int(script["config"].get("hosts", 1)))
        self.interval = seconds(self.settings.get("interval", "10s"))
        self.window = seconds(self.settings.get("update_merge_window", "1s"))
        self.asked = []  # when the state was asked for
        self.picks = []  # (when, which host got the call)
        if self.hosts.count > 1 and (self.window > 0 or self.settings.get("healthy_panic_threshold", 50) >= 1):
            raise SystemExit(
                f"{script['id']}: several hosts need update_merge_window: 0s and healthy_panic_threshold: 0")

    def cluster(self):
        return cluster(self.name, self.settings, self.hosts.ports)

    def route(self):
        return {"match": {"prefix": f"/{self.name}/"}, "route": {"cluster": self.name, "timeout": "0s"}}

    def is_rejected(self, answer):
        return answer == NO_HOST

    async def state(self):
        self.asked.append(time.time())
        if self.window == 0:
            panics = int(float(self.settings.get("healthy_panic_threshold", 50))) > 0
            return "open" if not panics and all(await self.envoy.hosts_out(self.name)) else "closed"
        number = f"probe-{len(self.steps)}"
        probe = self.call(number)
        answer = await self.answered_or_arrived(probe, number)
        probe.cancel()
        return "open" if answer == NO_HOST else "closed"

    async def play_to(self, envoy):
        self.envoy, self.port = envoy, envoy.port
        await self.begin_round()
        await self.play(envoy.born[self.name])

    async def begin_round(self):
        """Calls that count for nothing, until the next one of several hosts is the first."""
        host = None if self.hosts.count > 1 else 0
        while host != self.hosts.count - 1:
            number = f"turn-{host}"
            task = self.call(number)
            await self.answered_or_arrived(task, number)
            task.cancel()
            if not self.hosts.arrived[number].done():
                return
            host = self.hosts.arrived[number].result()

    def look_at_round(self, events):
        """The round robin begins anywhere: what begins elsewhere than here tells it by its picks."""
        port_of = {f"127.0.0.1:{port}": host for host, port in enumerate(self.hosts.ports)}
        for turn, (moment, host) in enumerate(self.picks):
            out = {}
            for t, action, url, enforced, _ in events:
                if t < moment and (action == "UNEJECT" or enforced):
                    out[port_of[url]] = action == "EJECT"
            left = [h for h in range(self.hosts.count) if not out.get(h)]
            if left and left[turn % len(left)] != host:
                self.doubts.add("the round began elsewhere")

    def admitted(self, number):
        if self.hosts.arrived[number].done():
            self.picks.append((time.time(), self.hosts.arrived[number].result()))

    def off_grid(self, moment):
        """How far from a sweep, in seconds of the detector's time."""
        return (moment + self.interval / 2) % self.interval - self.interval / 2

    def checked_trace(self):
        """The trace in the detector's own time, which its log of returns tells."""
        born, events = self.envoy.born[self.name], self.envoy.events(self.name)
        if self.hosts.count > 1:
            self.look_at_round(events)
        if any(-SETTLED < asked - t < SETTLED / 2 for t, *_ in events for asked in self.asked):
            self.doubts.add("asked for the state while it changed")
        late = [self.off_grid(t - born) for t, action, *_ in events if action == "UNEJECT"]
        wander = max(late) - min(late) if late else 0
        if wander > WANDER:
            self.doubts.add("sweeps wander")
        zero = born + (statistics.median(late) if late else -0.003)
        self.spans = [(begin - zero - NEAR - wander, end - zero + NEAR + wander) for begin, end in self.spans]
        if any(begin // self.interval != end // self.interval for begin, end in self.spans):
            self.doubts.add("a step at a sweep")
        self.look_for_races([(t - zero, *rest) for t, *rest in events], NEAR + wander)
        if self.doubts:
            return None
        return self.trace("Envoy 1.40.0", zero)

    def look_for_races(self, events, near):
        """Things that are due at a sweep: microseconds decide whether it sees them."""
        base = seconds(self.settings.get("base_ejection_time", "30s"))
        most = seconds(self.settings["max_ejection_time"]) if "max_ejection_time" in self.settings else max(300, base)
        hosts = {}
        for t, action, url, enforced, _ in events:
            # The least and the most that the multiplier may be: the sweep right after the one that
            # returned a host may lower it, or not.
            host = hosts.setdefault(url, {"times": [0, 0], "back": None})
            if action == "UNEJECT":
                host["back"] = t
            elif enforced:
                if host["back"] is not None:
                    sweeps = round(t // self.interval - (host["back"] + self.interval / 2) // self.interval)
                    low, high = host["times"]
                    host["times"] = [max(0, low - sweeps), max(0, high - max(0, sweeps - 1))]
                if host["times"][0] != host["times"][1]:
                    self.doubts.add("a multiplier in doubt")
                if host["times"][0] * base < most + base:
                    host["times"] = [n + 1 for n in host["times"]]
                if abs(self.off_grid(t + min(host["times"][0] * base, most))) < near:
                    self.doubts.add("due at a sweep")
        self.look_at_window([t for t, action, _, enforced, _ in events if action == "UNEJECT" or enforced])

    def look_at_window(self, changes):
        """A merge window that ends as something else happens."""
        if self.window == 0:
            return
        last, delivery = None, None
        ends = []
        for t in changes:
            if delivery is not None and t >= delivery:
                last, delivery = delivery, None
            if last is not None and abs(t - last - self.window) < NEAR:
                self.doubts.add("a change at the end of a merge window")
            if last is None or t - last > self.window:
                last, delivery = t, None
            elif delivery is None:
                delivery = t + self.window
                ends.append(delivery)
        if any(begin < end_of_window < end for begin, end in self.spans for end_of_window in ends):
            self.doubts.add("a step at the end of a merge window")


async def record(scripts):
    players = [ClusterPlayer(f"c{i}", script) for i, script in enumerate(scripts)]
    for player in players:
        await player.hosts.listen()
    with tempfile.TemporaryDirectory() as folder:
        clusters = [player.cluster() for player in players]
        routes = [player.route() for player in players]
        async with Envoy(clusters, routes, folder) as envoy:
            await asyncio.gather(*(player.play_to(envoy) for player in players))
        for player in players:
            trace = player.checked_trace()
            if trace:
                print(json.dumps(trace), flush=True)
            else:
                why = ", ".join(sorted(player.doubts))
                print(f"{player.script['id']}: left out: {why}", file=sys.stderr)
            player.hosts.close()


play_all(record)
