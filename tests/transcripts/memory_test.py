#!/usr/bin/env python3
"""What a large result costs, and what is said when there is no memory left. Not under a sanitizer,
which takes memory of its own and ends the program itself when there is none."""

import os
import resource
import subprocess
import tempfile
import unittest
from pathlib import Path

TRIPCURVE = os.environ["TRIPCURVE"]
DEADLINE_S = 60


class Memory(unittest.TestCase):
    def report(self, text, limit_bytes=resource.RLIM_INFINITY):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "big.json")
            Path(path).write_text(text)
            return subprocess.run(
                [TRIPCURVE, "report", path], stderr=subprocess.PIPE, timeout=DEADLINE_S,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit_bytes,) * 2),
            )  # fmt: skip

    def test_a_result_costs_little_more_than_its_bytes(self):
        keys = ",".join(f'"key{i}":{i}' for i in range(1_900_000))
        for text, words in [
            ('{"schema_version":3,' + keys + "}", b"is missing"),
            ('{"schema_version":3,"a":[' + "0," * 30_000_000 + "0]}", b"values"),
            ('{"schema_version":3,"name":"' + "x" * 60_000_000 + '"}', b"is missing"),
        ]:
            report = self.report(text)
            self.assertEqual(report.returncode, 2)
            self.assertIn(words, report.stderr)
        peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(peak_kb, 350_000)

    def test_what_is_out_of_memory_says_so(self):
        text = '{"schema_version":3,"a":[' + "0," * 1_000_000 + "0]}"
        report = self.report(text, limit_bytes=40_000 * 1024)
        self.assertEqual(report.returncode, 4)
        self.assertIn(b"tripcurve: out of memory", report.stderr)


if __name__ == "__main__":
    unittest.main()
