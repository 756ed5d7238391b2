"""A real Envoy with clusters of our making: its configuration, its process, and what it tells.

The binary is what the environment variable ENVOY names. Everything is on the loopback interface, and
all ports are free ones.
"""

import asyncio
import datetime
import json
import os
import re
import signal

from hosts import get, seconds

TYPE = "type.googleapis.com/envoy.extensions.filters"
OF_THE_CLUSTER = ("hosts", "healthy_panic_threshold", "overprovisioning_factor", "update_merge_window")


def is_duration(value):
    return isinstance(value, str) and re.fullmatch(r"[\d.]+(ms|s|m)", value)


def as_proto(value):
    """A setting as protobuf's JSON has it: durations in seconds."""
    return f"{seconds(value):g}s" if is_duration(value) else value


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def cluster(name, settings, ports):
    """A cluster of hosts at these ports, with a dialect's settings."""
    detection = {k: as_proto(v) for k, v in settings.items() if k not in OF_THE_CLUSTER}
    hosts = [{"endpoint": {"address": address(port)}} for port in ports]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "outlier_detection": detection,
        "common_lb_config": {
            "healthy_panic_threshold": {"value": settings.get("healthy_panic_threshold", 50)},
            "update_merge_window": as_proto(settings.get("update_merge_window", "1s")),
        },
        "load_assignment": {
            "cluster_name": name,
            "policy": {"overprovisioning_factor": settings.get("overprovisioning_factor", 140)},
            "endpoints": [{"lb_endpoints": hosts}],
        },
    }


def bootstrap(clusters, routes, events):
    """One listener with these routes; ejections go to the file `events`."""
    manager = {
        "@type": f"{TYPE}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "delayed_close_timeout": "0s",
        # A rejected call is told by its flag, as in the access log.
        "local_reply_config": {"body_format": {"text_format_source": {"inline_string": "%RESPONSE_FLAGS%"}}},
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{TYPE}.http.router.v3.Router"},
            }
        ],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    listener = {"name": "in", "address": address(0), "filter_chains": [chain]}
    return {
        "admin": {"address": address(0)},
        "cluster_manager": {"outlier_detection": {"event_log_path": events}},
        "static_resources": {"clusters": clusters, "listeners": [listener]},
    }


class Envoy:
    """A running Envoy, as an async context. `folder` is one for its files."""

    def __init__(self, clusters, routes, folder):
        self.folder = folder
        self.config = bootstrap(clusters, routes, folder + "/events.log")
        self.port = self.admin = None
        self.born = {}  # when each cluster's detector was made, by its log

    async def __aenter__(self):
        with open(self.folder + "/envoy.json", "w", encoding="utf-8") as file:
            json.dump(self.config, file)
        log = self.folder + "/envoy.log"
        flags = (
            "--concurrency 1 --disable-hot-restart --file-flush-interval-msec 5 -l warning "
            "--component-log-level upstream:debug --log-format"
        ).split() + ["%E.%F %v", "--admin-address-path", self.folder + "/admin"]
        with open(log, "wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                os.environ["ENVOY"], "-c", self.folder + "/envoy.json", *flags, stdout=out, stderr=out)
        await self._ready(log)
        status = json.loads((await get(self.admin, "/listeners?format=json"))[1])
        self.port = status["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                found = re.match(r"(\d+\.\d+) cm init: adding: cluster=(\S+)", line)
                if found:
                    self.born[found[2]] = float(found[1])
        return self

    async def _ready(self, log):
        for _ in range(500):
            await asyncio.sleep(0.02)
            if self.process.returncode is not None:
                with open(log, encoding="utf-8", errors="replace") as text:
                    raise SystemExit("Envoy refuses: " + text.read()[-800:])
            try:
                with open(self.folder + "/admin", encoding="utf-8") as file:
                    self.admin = int(file.read().split(":")[1])
                if (await get(self.admin, "/ready"))[0] == 200:
                    return
            except (OSError, IndexError):
                pass
        raise SystemExit("Envoy is not ready after 10 s")

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()

    async def hosts_out(self, name):
        """For each host of a cluster, whether it is ejected."""
        clusters = json.loads((await get(self.admin, "/clusters?format=json"))[1])["cluster_statuses"]
        hosts = next(c["host_statuses"] for c in clusters if c["name"] == name)
        return [bool(host["health_status"].get("failed_outlier_check")) for host in hosts]

    def events(self, name):
        """Its event log: (time in seconds, action, host, whether it was enforced, type)."""
        try:
            with open(self.folder + "/events.log", encoding="utf-8") as lines:
                events = [json.loads(line) for line in lines if line.strip()]
        except FileNotFoundError:
            return []
        return [
            (
                datetime.datetime.fromisoformat(e["timestamp"].replace("Z", "+00:00")).timestamp(),
                e["action"],
                e["upstream_url"],
                e.get("enforced", False),
                e.get("type", "CONSECUTIVE_5XX") if e["action"] == "EJECT" else "",
            )
            for e in events
            if e["cluster_name"] == name
        ]
