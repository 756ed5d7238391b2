#!/usr/bin/env python3
"""Plays every experiment of examples/, and the one that `tripcurve init` writes, in virtual time, and
compares how tripcurve ends with the line "# exits: N" of the file (0 without one)."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRIPCURVE = os.environ["TRIPCURVE"]


def tripcurve(*arguments, folder=ROOT):
    return subprocess.run(
        [TRIPCURVE, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=300, check=False)


class Examples(unittest.TestCase):
    def check(self, file, folder, expected):
        validated = tripcurve("validate", file, folder=folder)
        self.assertEqual(validated.returncode, 0, validated.stderr)
        simulated = tripcurve("simulate", file, folder=folder)
        self.assertEqual(simulated.returncode, expected, simulated.stdout + simulated.stderr)

    def test_every_example_ends_as_it_says(self):
        for path in sorted((ROOT / "examples").rglob("*.yaml")):
            text = path.read_text()
            if not re.search(r"^phases:", text, re.MULTILINE):
                continue
            if re.search(r"^through:", text, re.MULTILINE):
                continue  # which simulate refuses; the services of tests/services are really called
            exits = re.search(r"^# exits: (\d+)$", text, re.MULTILINE)
            with self.subTest(path.name):
                self.check(str(path.relative_to(ROOT)), ROOT, int(exits[1]) if exits else 0)

    def test_what_init_writes_is_right_and_passes(self):
        with tempfile.TemporaryDirectory() as folder:
            written = tripcurve("init", "--github", "--gitlab", folder=folder)
            self.assertEqual(written.returncode, 0, written.stderr)
            self.check("tripcurve.yaml", folder, 0)
            for path in ("tripcurve.yaml", ".github/workflows/tripcurve.yml", ".gitlab-ci.yml"):
                self.assertNotIn("@FILE@", Path(folder, path).read_text())

    def test_the_workflow_among_the_examples_is_the_one_that_init_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            tripcurve("init", "--github", folder=folder)
            written = Path(folder, ".github/workflows/tripcurve.yml").read_text()
        self.assertEqual(written, (ROOT / "examples/github-actions.yml").read_text())


if __name__ == "__main__":
    sys.exit(unittest.main())
