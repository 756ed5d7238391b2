#!/usr/bin/env python3
"""action.yml as far as a machine without GitHub can run it: its form, and its steps in bash. What builds
and installs the package is scripts/package, which scripts/test-package looks at."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((SOURCE / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
WORKFLOW = yaml.safe_load((SOURCE / "examples/github-actions.yml").read_text())


def run(step, **environment):
    """As GitHub runs a step of `shell: bash`."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": os.environ["PATH"]} | environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False)


class Action(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def judged_with(self, **inputs):
        """The words that tripcurve was given."""
        tool = self.folder / "tripcurve"
        tool.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
        tool.chmod(0o755)
        said = run(STEPS["Judge the experiment"], **inputs, PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        return said.stdout.splitlines()

    def key_of(self, sources):
        output = self.folder / "output"
        output.write_text("")
        said = run(STEPS["Identify the version"], GITHUB_ACTION_PATH=str(sources),
                   GITHUB_OUTPUT=str(output))
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        return output.read_text()

    def test_what_its_steps_refer_to_is_there(self):
        ids = {step.get("id") for step in STEPS.values()}
        for step in STEPS.values():
            self.assertTrue("uses" in step or step["shell"] == "bash")
            for name in re.findall(r"inputs\.(\w+)", str(step)):
                self.assertIn(name, ACTION["inputs"])
            for name in re.findall(r"steps\.(\w+)", str(step)):
                self.assertIn(name, ids)

    def test_the_workflow_of_init_gives_it_inputs_that_it_has(self):
        steps = WORKFLOW["jobs"]["breaker"]["steps"]
        [use] = [step for step in steps if step.get("uses") == "./.tripcurve"]
        self.assertLessEqual(set(use["with"]), set(ACTION["inputs"]))

    def test_flags_are_split_as_a_shell_does(self):
        self.assertEqual(
            self.judged_with(COMMAND="simulate", EXPERIMENT="a b.yaml",
                             FLAGS="--quiet --expect 'time_to_open < 1s'\n  --seed 1"),
            ["simulate", "a b.yaml", "--quiet", "--expect", "time_to_open < 1s", "--seed", "1"])

    def test_without_flags_there_are_none(self):
        self.assertEqual(self.judged_with(COMMAND="run", EXPERIMENT="x.yaml", FLAGS=""), ["run", "x.yaml"])

    def test_flags_run_nothing(self):
        self.assertEqual(self.judged_with(COMMAND="run", EXPERIMENT="x.yaml", FLAGS="'$(exit 3)' `id`")[2:],
                         ["$(exit 3)", "`id`"])

    def test_flags_that_cannot_be_split_end_the_step(self):
        said = run(STEPS["Judge the experiment"], COMMAND="run", EXPERIMENT="x.yaml", FLAGS="--seed '1")
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("unmatched single quote", said.stderr)

    def test_the_cache_belongs_to_the_sources_and_the_system(self):
        sources = self.folder / "sources"
        sources.mkdir()
        (sources / "main.cpp").write_text("int main() {}")
        first = self.key_of(sources)
        self.assertRegex(first, r"^key=tripcurve-[a-z]+-[\d.]+-\w+-[0-9a-f]{16}\n$")
        (sources / "build").mkdir()
        (sources / "build/made").touch()
        (sources / ".git").mkdir()
        (sources / ".git/HEAD").touch()
        self.assertEqual(self.key_of(sources), first)
        (sources / "main.cpp").write_text("int main() { return 1; }")
        self.assertNotEqual(self.key_of(sources), first)
        shutil.rmtree(sources)


if __name__ == "__main__":
    sys.exit(unittest.main())
