#!/usr/bin/env python3
"""A real Prometheus scrapes a real run. Environment: TRIPCURVE names the program."""

import json
import os
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PATIENCE = 40

CONFIG = """
global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}
scrape_configs:
  - job_name: tripcurve
    static_configs: [{{targets: ["{target}"]}}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
        return answer.read().decode()


class Scrape(unittest.TestCase):
    def start(self, command, **pipes):
        program = subprocess.Popen(command, text=True, **pipes)
        self.addCleanup(lambda: (program.kill(), program.communicate(timeout=PATIENCE)))
        return program

    def run_with_metrics(self):
        run = self.start([os.environ["TRIPCURVE"], "run", "--quiet", "--metrics", "127.0.0.1:0",
                          "--phase", "calm 1s", "--phase", "outage 200s errors=503:100%", "--seed", "7",
                          "--endpoint", '/pay"\\{}'], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)  # fmt: skip
        return re.search(r"http://(\S+)/metrics", run.stderr.readline())[1]

    def test_promtool_has_nothing_to_say_against_the_metrics(self):
        text = get(f"http://{self.run_with_metrics()}/metrics")
        self.assertIn("circuit_breaker_state", text)
        told = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, timeout=PATIENCE,
                              capture_output=True, check=False)  # fmt: skip
        self.assertEqual((0, "", ""), (told.returncode, told.stdout, told.stderr))

    def test_prometheus_sees_the_breaker_trip_and_the_calls_add_up(self):
        target = self.run_with_metrics()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        config = Path(folder.name) / "prometheus.yml"
        config.write_text(CONFIG.format(target=target))
        port = free_port()
        self.start(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder.name}/data",
                    f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip

        def ask(query):
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
            try:
                found = json.loads(get(url))["data"]["result"]
            except (urllib.error.URLError, ConnectionError):
                return None  # not up yet
            return float(found[0]["value"][1]) if found else None

        deadline = time.monotonic() + PATIENCE
        while (ask("max(circuit_breaker_opens_total)") or 0) < 2:
            self.assertLess(time.monotonic(), deadline, "no second opening was scraped in time")
        self.assertEqual(1, ask("max(circuit_breaker_trips_total)"), "the second opening is no trip")
        self.assertEqual(1, ask('up{job="tripcurve"}'))
        self.assertIn(ask("max(circuit_breaker_state)"), (0, 1, 2))
        self.assertGreater(ask('sum(tripcurve_calls_total{outcome="ok"})'), 0)
        self.assertEqual(1, ask('count(tripcurve_experiment_info{seed="7"})'))
        self.assertEqual(13, ask('count(tripcurve_calls_total{endpoint="/pay\\"\\\\{}"})'))
        self.assertGreaterEqual(ask("histogram_quantile(0.5, sum by (le) (tripcurve_response_seconds_bucket))"), 0)


if __name__ == "__main__":
    unittest.main()
