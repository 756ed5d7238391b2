"""Plays one script to a proxy: each call is a request through it, which a host of ours holds until the
script ends it. success is a 200, failure what the script says, a 503 by default, and for `ignored` the
client goes away.

Time is real, so a trace has the times that were measured, and a script in which something came too near
to something else is left out: microseconds would decide.
"""

import argparse
import asyncio
import json
import sys
import time

from hosts import Hosts, get


class Player:
    """A proxy's own player says what a rejected call gets (`rejected`), and tells the state."""

    rejected = ""  # the error of a rejected call
    settle = 0.008  # seconds after which the proxy has told itself of a call's end

    def __init__(self, name, script, hosts=1):
        self.name, self.script = name, script
        self.settings = script["config"]
        self.hosts = Hosts(hosts)
        self.steps, self.running, self.doubts = [], {}, set()
        self.spans = []  # from when to when each step was under way
        self.port = None

    def is_rejected(self, answer):
        raise NotImplementedError

    async def state(self):
        raise NotImplementedError

    def admitted(self, number):
        """A call is on its way to a host."""

    def call(self, number):
        self.hosts.expect(number)
        return asyncio.ensure_future(get(self.port, f"/{self.name}/", f"x-call: {number}\r\n"))

    async def answered_or_arrived(self, task, number):
        await asyncio.wait({task, self.hosts.arrived[number]}, timeout=0.05,
                           return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and not self.hosts.arrived[number].done():
            self.doubts.add("a call is neither rejected nor at its host")
        return task.result() if task.done() else None

    async def play(self, born):
        for event in self.script["events"]:
            await asyncio.sleep(max(0, born + event[0] / 1000 - time.time()))
            begin = time.time()
            await getattr(self, event[1])(*event[2:])
            self.spans.append((begin, time.time()))
        for task, _ in self.running.values():
            task.cancel()
        await asyncio.sleep(0.05)

    async def start(self, name):
        now, number = time.time(), f"{name}-{len(self.steps)}"
        task = self.call(number)
        answer = await self.answered_or_arrived(task, number)
        if answer is not None and self.is_rejected(answer):
            self.steps.append([now, "start", name, "rejected", "open", self.rejected])
        else:
            self.running[name] = task, number
            self.admitted(number)
            self.steps.append([now, "start", name, "admitted", "closed"])

    async def end(self, name, outcome):
        if name not in self.running:
            return
        task, number = self.running.pop(name)
        if outcome == "ignored":
            task.cancel()
        else:
            how = self.script.get("failure", "503") if outcome == "failure" else "200"
            self.hosts.answers[number].set_result(how)
            await asyncio.wait({task}, timeout=1)
        now = time.time()
        await asyncio.sleep(self.settle)
        self.steps.append([now, "end", name, outcome, await self.state()])

    async def read(self):
        self.steps.append([time.time(), "read", await self.state()])

    def trace(self, library, zero):
        """What was recorded, its times counted from `zero`."""
        kept = {key: self.script[key] for key in ("failure", "note") if key in self.script}
        return {
            "id": self.script["id"],
            "dialect": self.script["dialect"],
            "library": library,
            "config": self.settings,
            **kept,
            "steps": [[int((step[0] - zero) * 1000), *step[1:]] for step in self.steps],
        }


def play_all(record):
    """Records the scripts on stdin, some at a time: `record` is a coroutine that takes a list of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--together", type=int, default=4, help="scripts that run beside each other")
    together = parser.parse_args().together
    scripts = [json.loads(line) for line in sys.stdin if line.strip()]
    for i in range(0, len(scripts), together):
        asyncio.run(record(scripts[i : i + together]))
