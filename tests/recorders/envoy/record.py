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

import argparse
import asyncio
import functools
import json
import re
import statistics
import sys
import tempfile
import time

from real_envoy import Envoy, cluster, get, seconds

NEAR = 0.012  # seconds within which two things are at one time
WANDER = 0.02  # seconds by which sweeps may be late
SETTLED = 0.008  # seconds after which all of Envoy knows of an ejection
STATUS = {"success": 200, "failure": 503}
NO_HOST = (503, b"UH")


class Hosts:
    """The servers of one cluster, which hold each call until they are told how to answer."""

    def __init__(self, count):
        self.count = count
        self.servers, self.ports = [], []
        self.answers, self.arrived = {}, {}

    async def listen(self):
        for host in range(self.count):
            server = await asyncio.start_server(functools.partial(self._serve, host), "127.0.0.1", 0)
            self.servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])

    def close(self):
        for server in self.servers:
            server.close()

    def expect(self, call):
        loop = asyncio.get_running_loop()
        self.answers[call], self.arrived[call] = loop.create_future(), loop.create_future()

    async def _serve(self, host, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            call = re.search(r"x-call: (\S+)", head)[1]
            if not self.arrived[call].done():
                self.arrived[call].set_result(host)
            gone = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({self.answers[call], gone}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if self.answers[call].done():
                status = self.answers[call].result()
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Player:
    """One script, in a cluster of its own."""

    def __init__(self, name, script):
        self.name, self.script = name, script
        self.settings = script["config"]
        self.interval = seconds(self.settings.get("interval", "10s"))
        self.window = seconds(self.settings.get("update_merge_window", "1s"))
        self.hosts = Hosts(int(self.settings.get("hosts", 1)))
        self.steps, self.running, self.doubts = [], {}, set()
        self.spans = []  # from when to when each step was under way
        self.asked = []  # when the state was asked for
        self.picks = []  # (when, which host got the call)
        if self.hosts.count > 1 and (self.window > 0 or self.settings.get("healthy_panic_threshold", 50) >= 1):
            raise SystemExit(
                f"{script['id']}: several hosts need update_merge_window: 0s and healthy_panic_threshold: 0")

    def cluster(self):
        return cluster(self.name, self.settings, self.hosts.ports)

    def route(self):
        return {"match": {"prefix": f"/{self.name}/"}, "route": {"cluster": self.name, "timeout": "0s"}}

    def call(self, number):
        self.hosts.expect(number)
        return asyncio.ensure_future(get(self.envoy.port, f"/{self.name}/", f"x-call: {number}\r\n"))

    async def answered_or_arrived(self, task, number):
        await asyncio.wait({task, self.hosts.arrived[number]}, timeout=0.05,
                           return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and not self.hosts.arrived[number].done():
            self.doubts.add("a call is neither rejected nor at its host")
        return task.result() if task.done() else None

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

    async def play(self, envoy):
        self.envoy = envoy
        born = envoy.born[self.name]
        await self.begin_round()
        for event in self.script["events"]:
            await asyncio.sleep(max(0, born + event[0] / 1000 - time.time()))
            begin = time.time()
            await getattr(self, event[1])(*event[2:])
            self.spans.append((begin, time.time()))
        for task, _ in self.running.values():
            task.cancel()
        await asyncio.sleep(0.05)

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

    async def start(self, name):
        now, number = time.time(), f"{name}-{len(self.steps)}"
        task = self.call(number)
        answer = await self.answered_or_arrived(task, number)
        if answer == NO_HOST:
            self.steps.append([now, "start", name, "rejected", "open", "UH"])
        else:
            self.running[name] = task, number
            if self.hosts.arrived[number].done():
                self.picks.append((now, self.hosts.arrived[number].result()))
            self.steps.append([now, "start", name, "admitted", "closed"])

    async def end(self, name, outcome):
        if name not in self.running:
            return
        task, number = self.running.pop(name)
        if outcome == "ignored":
            task.cancel()
        else:
            self.hosts.answers[number].set_result(STATUS[outcome])
            await asyncio.wait({task}, timeout=1)
        now = time.time()
        await asyncio.sleep(SETTLED)  # until an ejection has reached the balancer
        self.steps.append([now, "end", name, outcome, await self.state()])

    async def read(self):
        self.steps.append([time.time(), "read", await self.state()])

    def off_grid(self, moment):
        """How far from a sweep, in seconds of the detector's time."""
        return (moment + self.interval / 2) % self.interval - self.interval / 2

    def trace(self):
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
        steps = [[step[0] - zero, *step[1:]] for step in self.steps]
        self.spans = [(begin - zero - NEAR - wander, end - zero + NEAR + wander) for begin, end in self.spans]
        if any(begin // self.interval != end // self.interval for begin, end in self.spans):
            self.doubts.add("a step at a sweep")
        self.look_for_races([(t - zero, *rest) for t, *rest in events], NEAR + wander)
        if self.doubts:
            return None
        return {
            "id": self.script["id"],
            "dialect": "envoy",
            "library": "Envoy 1.40.0",
            "config": self.settings,
            "steps": [[int(step[0] * 1000), *step[1:]] for step in steps],
        }

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
    players = [Player(f"c{i}", script) for i, script in enumerate(scripts)]
    for player in players:
        await player.hosts.listen()
    with tempfile.TemporaryDirectory() as folder:
        clusters = [player.cluster() for player in players]
        routes = [player.route() for player in players]
        async with Envoy(clusters, routes, folder) as envoy:
            await asyncio.gather(*(player.play(envoy) for player in players))
        for player in players:
            trace = player.trace()
            if trace:
                print(json.dumps(trace), flush=True)
            else:
                why = ", ".join(sorted(player.doubts))
                print(f"{player.script['id']}: left out: {why}", file=sys.stderr)
            player.hosts.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--together", type=int, default=4, help="scripts that run beside each other")
    together = parser.parse_args().together
    scripts = [json.loads(line) for line in sys.stdin if line.strip()]
    for i in range(0, len(scripts), together):
        await record(scripts[i : i + together])


asyncio.run(main())
