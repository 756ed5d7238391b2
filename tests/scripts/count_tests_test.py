#!/usr/bin/env python3
"""What scripts/count_tests.py makes of the results of ctest."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/count_tests.py"


def run(results):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(results)
        file.flush()
        return subprocess.run(
            [sys.executable, SCRIPT, file.name], capture_output=True, text=True, check=True
        )


def counted(results):
    return run(results).stdout.strip()


def entry(status, said="", name="one"):
    return f'<testcase name="{name}" status="{status}"><system-out>{said}</system-out></testcase>'


def results(*entries):
    return f"<testsuite>{''.join(entries)}</testsuite>"


class CountTests(unittest.TestCase):
    def test_an_entry_counts_once(self):
        self.assertEqual(counted(results(entry("run"), entry("run", "ok"), entry("fail"))), "2 1")

    def test_a_whole_executable_counts_as_its_cases(self):
        said = "noise\nAll tests passed (70 assertions in 26 test cases)\n"
        self.assertEqual(counted(results(entry("run", said), entry("run"))), "27 0")

    def test_failed_cases_of_an_executable_are_counted(self):
        said = "test cases: 12 | 10 passed | 2 failed\nassertions: 40 | 38 passed | 2 failed\n"
        self.assertEqual(counted(results(entry("fail", said))), "10 2")
        self.assertEqual(counted(results(entry("fail", "test cases: 1 | 1 failed\n"))), "0 1")

    def test_an_executable_that_broke_off_or_leaked_is_a_failure(self):
        self.assertEqual(counted(results(entry("fail", "AddressSanitizer: ..."))), "0 1")
        said = "All tests passed (70 assertions in 26 test cases)\nLeakSanitizer: ..."
        self.assertEqual(counted(results(entry("fail", said))), "0 1")

    def test_what_failed_is_named_with_the_end_of_what_it_said(self):
        told = run(results(entry("run", "fine", "good"), entry("fail", "first\n" + "more\n" * 29 + "why", "bad"))).stderr
        self.assertEqual(told, "failed: bad\n" + "  more\n" * 29 + "  why\n")

    def test_silence_is_a_failure(self):
        self.assertEqual(counted(results()), "0 1")
        self.assertEqual(counted("<testsuite>"), "0 1")


if __name__ == "__main__":
    unittest.main()
