#!/usr/bin/env python3
"""The runner of transcripts finds what is wrong with a transcript, and with what it states."""

import os
import select
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import run_transcripts

# Stands in for the binary: says its arguments on both streams and exits with the first.
STAND_IN = """#!/bin/sh
echo "to stdout: $*"
echo "to stderr: $*" >&2
exit "$1"
"""


class RunTranscripts(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.binary = self.directory / "a stand-in"
        self.binary.write_text(STAND_IN)
        self.binary.chmod(0o755)
        os.environ["TRIPCURVE"] = str(self.binary)

    def run_on(self, text):
        """The runner's exit code and output for a transcript of this text."""
        transcript = self.directory / "story.txt"
        transcript.write_text(text)
        done = subprocess.run(
            [sys.executable, run_transcripts.__file__, transcript], capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def check_passes(self, text):
        code, said = self.run_on(text)
        self.assertEqual(code, 0, said)

    def check_fails(self, text, reason):
        code, said = self.run_on(text)
        self.assertEqual(code, 1, said)
        self.assertIn(reason, said)

    def test_a_dialogue_that_went_as_stated_passes(self):
        self.check_passes(
            "# a comment\n\n$ tripcurve 3 x > file\n> echo out\n> tripcurve 4\nexit 4\n"
            "stdout has: out\nstdout has: to stdout: 4\nstdout lacks: x\n"
            "stderr matches: ^to stderr: \\d x$\nfile file has: to stdout: 3 x\n"
        )
        self.check_passes("$ tripcurve 0 >/dev/null 2>&1\nexit 0\nstdout is empty\nstderr is empty\n")

    def test_each_statement_can_fail(self):
        for statement in [
            "exit 3",
            "stdout has: to stderr",
            "stderr has: to stdout",
            "stdout lacks: 2 x",
            "stderr lacks: 2 x",
            "stdout matches: ^stdout",
            "stderr matches: 2$",
            "stdout is empty",
            "stderr is empty",
            "file stdout has: x",
        ]:
            with self.subTest(statement):
                text = f"$ tripcurve 2 x\nexit 2\n{statement}\n"
                self.check_fails(text, f"story.txt:3: does not hold: {statement}")

    def test_one_failed_dialogue_of_two_fails_the_transcript(self):
        self.check_fails("$ tripcurve 1\nexit 2\n$ tripcurve 1\nexit 1\n", "story.txt:2: does not")

    def test_a_pipe_ends_as_the_first_command_that_fails(self):
        self.check_passes("$ tripcurve 5 | cat\nexit 5\n")

    def test_a_malformed_transcript_fails(self):
        self.check_fails("", "story.txt: no dialogue in it")
        self.check_fails("# only a comment\n", "story.txt: no dialogue in it")
        self.check_fails("exit 0\n", "story.txt:1: before the first dialogue")
        self.check_fails("$ tripcurve 0\nstdout has: 0\n", "story.txt:1: no `exit N`")
        self.check_fails("$ tripcurve 0\nexit 0\nstdout hsa: 0\n", "story.txt:3: not a statement")
        self.check_fails("$ tripcurve 0\nexit 0\n> too late\n", "story.txt:3: not a statement")

    def test_without_a_binary_nothing_passes(self):
        os.environ["TRIPCURVE"] = "/nonexistent"
        self.assertEqual(self.run_on("$ true\nexit 0\n")[0], 2)

    def test_each_dialogue_has_an_empty_home_of_its_own(self):
        self.check_passes("$ touch ~/left\nexit 0\n$ ls -A; [ $HOME = $PWD ]\nexit 0\nstdout is empty\n")

    def test_a_dialogue_that_hangs_is_ended_and_fails(self):
        dialogue = run_transcripts.Dialogue("here", "echo said; read < <(sleep 100)")
        wrong = run_transcripts.failures(dialogue, deadline_s=1)
        self.assertIn("here: still running after 1 s", wrong)
        self.assertTrue(any("said" in line for line in wrong))

    def test_what_a_dialogue_leaves_running_is_ended(self):
        self.check_passes(f"$ sleep 100 & echo $! > {self.directory}/pid\nexit 0\n")
        try:
            process = os.pidfd_open(int((self.directory / "pid").read_text()))
        except ProcessLookupError:
            return
        self.assertTrue(select.select([process], [], [], 10)[0], "it still runs")


if __name__ == "__main__":
    unittest.main()
