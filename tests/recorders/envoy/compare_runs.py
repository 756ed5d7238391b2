#!/usr/bin/env python3
"""Holds simulated ejections against those of a real Envoy between load and upstream (../README.md).

    TRIPCURVE=path/to/tripcurve ./compare_runs

For each setting: `tripcurve upstream` is a host, or one for each of several hosts; Envoy stands before
them; `tripcurve run --target` fires at Envoy's listener, without a breaker of its own. What Envoy's
event log says of ejections and returns is compared with `tripcurve simulate --breaker envoy,...` of
the same experiment: as many, in the same order, at the same times but for SLACK. Envoy's sweeps are
at multiples of `interval` since its start, so the upstreams and the load begin at such a multiple;
nothing that decides may come nearer to a sweep than SLACK. Which of several hosts it is is not
compared, because Envoy's round robin begins with any of them. Exit status 1 if any differs.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time

from real_envoy import Envoy, cluster, seconds

TRIPCURVE = os.environ.get("TRIPCURVE", "tripcurve")
SLACK = 0.25
SEED = "7"
START = 0.15  # what a tripcurve takes to be there

ONE_HOST = {"max_ejection_percent": 100, "healthy_panic_threshold": 0, "interval": "2s"}
GATEWAY = {"consecutive_gateway_failure": 3, "enforcing_consecutive_gateway_failure": 100}
SPLIT = {"split_external_local_origin_errors": True}

FIVE_HOSTS = {"hosts": 5, "consecutive_5xx": 0, "max_ejection_percent": 40, "interval": "2s",
              "base_ejection_time": "800ms"}

# name, errors of the outage, settings. Where the errors are of a path, every fifth call is to it, and
# so are all calls of one of five hosts in turn.
SETTINGS = [
    ("503s", "503:100%", ONE_HOST | {"consecutive_5xx": 4, "base_ejection_time": "3s"}),
    ("503s, at once", "503:100%",
     ONE_HOST | {"consecutive_5xx": 2, "base_ejection_time": "1s", "update_merge_window": "0s"}),
    ("resets are gateway errors", "reset:100%",
     ONE_HOST | GATEWAY | {"consecutive_5xx": 100, "base_ejection_time": "1s"}),
    ("closes are gateway errors", "empty:100%",
     ONE_HOST | GATEWAY | {"consecutive_5xx": 100, "base_ejection_time": "1s"}),
    ("timeouts are gateway errors", "hang:100%",
     ONE_HOST | GATEWAY | {"consecutive_5xx": 100, "base_ejection_time": "1s"}),
    ("500s are no gateway errors", "500:100%",
     ONE_HOST | GATEWAY | {"consecutive_5xx": 0, "base_ejection_time": "1s"}),
    ("refused connects add up when split", "refuse",
     ONE_HOST | SPLIT | {"consecutive_local_origin_failure": 3, "base_ejection_time": "1s"}),
    ("resets do not when split", "reset:100%",
     ONE_HOST | SPLIT | {"consecutive_local_origin_failure": 2, "consecutive_5xx": 2,
                         "base_ejection_time": "1s"}),
    ("in panic the host is called on", "503:100%",
     ONE_HOST | {"consecutive_5xx": 2, "base_ejection_time": "1s", "healthy_panic_threshold": 50}),
    ("three hosts, the later two a merge window late", "503:100%",
     ONE_HOST | {"hosts": 3, "consecutive_5xx": 2, "base_ejection_time": "1s"}),
    ("three hosts and a budget for one", "reset:100%",
     ONE_HOST | GATEWAY | {"hosts": 3, "max_ejection_percent": 40, "base_ejection_time": "1s"}),
    ("success rates of five hosts, each with one path", "503:100% on=/0",
     FIVE_HOSTS | {"success_rate_request_volume": 3, "success_rate_stdev_factor": 1500}),
    ("failure percentages of five hosts, in panic as by default", "500:100% on=/0",
     FIVE_HOSTS | {"enforcing_success_rate": 0, "enforcing_failure_percentage": 100,
                   "failure_percentage_threshold": 60, "failure_percentage_request_volume": 3}),
    ("a budget for none, and always one", "504:100% on=/0",
     FIVE_HOSTS | {"enforcing_success_rate": 0, "consecutive_5xx": 2, "max_ejection_percent": 5,
                   "always_eject_one_host": True, "base_ejection_time": "1500ms"}),
]

RATE, TIMEOUT = "10/s", "200ms"


def experiment(outage=""):
    phases = ["healthy 2400ms", f"outage 5s {outage}", "recovered 4s"]
    return [word for phase in phases for word in ("--phase", phase)] + ["--seed", SEED]


def paths(errors):
    return [word for i in range(5) for word in ("--endpoint", f"/{i}")] if " on=" in errors else []


def words(action, moment):
    return f"{action} at {moment:.2f}s"


async def output_of(*command):
    process = await asyncio.create_subprocess_exec(
        TRIPCURVE, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await process.communicate()
    if process.returncode not in (0, 1, 3):
        raise SystemExit(err.decode())
    return out.decode()


async def simulated(errors, settings, folder):
    spec = ",".join(["envoy"] + [f"{k}={str(v).lower()}" for k, v in settings.items()])
    path = folder + "/simulated.jsonl"
    await output_of("simulate", "--breaker", spec, "--rate", RATE, "--timeout", TIMEOUT, "--quiet",
                    "--events", path, *paths(errors), *experiment("errors=" + errors))
    found = []
    with open(path, encoding="utf-8") as lines:
        for event in map(json.loads, lines):
            if event["event"] == "transition" and event["cause"].startswith("host"):
                action = "EJECT" if " ejected: " in event["cause"] else "UNEJECT"
                found.append((event["t_ms"] / 1000, action))
    return found


@contextlib.asynccontextmanager
async def upstream(errors, port):
    process = await asyncio.create_subprocess_exec(
        TRIPCURVE, "upstream", "--port", str(port), *experiment("errors=" + errors),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        await process.stdout.readline()
        yield
    finally:
        process.terminate()
        await process.wait()


def free_ports(count):
    import socket

    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def observed(errors, settings, folder):
    """Ejections and returns, in seconds of the upstreams' time."""
    ports = free_ports(settings.get("hosts", 1))
    route = {"match": {"prefix": "/"}, "route": {"cluster": "c", "timeout": f"{seconds(TIMEOUT):g}s"}}
    async with Envoy([cluster("c", settings, ports)], [route], folder) as envoy:
        interval, now = seconds(settings["interval"]), time.time()
        zero = envoy.born["c"] + interval * (1 + (now + START - envoy.born["c"]) // interval)
        await asyncio.sleep(zero - START - now)
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(upstream(errors, port)) for port in ports))
            await output_of("run", "--target", f"http://127.0.0.1:{envoy.port}/", "--breaker", "none",
                            "--rate", RATE, "--timeout", "2s", "--quiet", *paths(errors),
                            *experiment())
        await asyncio.sleep(0.05)
        return [(t - zero, action) for t, action, _, enforced, _ in envoy.events("c")
                if action == "UNEJECT" or enforced]


async def compare(name, errors, settings):
    with tempfile.TemporaryDirectory() as folder:
        ours, envoys = await simulated(errors, settings, folder), await observed(errors, settings, folder)
    same = len(ours) == len(envoys) and all(
        a[1] == b[1] and abs(a[0] - b[0]) < SLACK for a, b in zip(ours, envoys))
    print(f"{'same' if same else 'DIFFERS'}: {name}: {len(envoys)} ejections and returns", flush=True)
    for title, events in (("simulated", ours), ("Envoy    ", envoys)):
        print(f"  {title} " + (", ".join(words(action, t) for t, action in events) or "none"), flush=True)
    return same


async def main():
    wanted = sys.argv[1:]
    results = [await compare(*setting) for setting in SETTINGS if not wanted or setting[0] in wanted]
    sys.exit(0 if all(results) else 1)


asyncio.run(main())
