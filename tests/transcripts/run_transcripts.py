#!/usr/bin/env python3
"""Holds dialogues with the real binary: run_transcripts.py FILE...

A transcript is a text file with one or several dialogues:

    # a comment
    $ tripcurve run --latencey 5ms
    > 2>&1 | cat
    exit 2
    stderr has: did you mean '--latency'?
    stdout is empty

`$` starts a dialogue with a line of bash, `>` adds lines to it. `tripcurve` is the binary that the
variable TRIPCURVE names. A pipe fails with the first of its commands that does (pipefail). Then
follow statements:

    exit N
    stdout|stderr has: TEXT          stdout|stderr lacks: TEXT
    stdout|stderr matches: REGEX     stdout|stderr is empty
    file NAME has: TEXT

`^` and `$` match at lines. Every dialogue states its exit code, runs in an empty directory of its own
that is also its HOME, has a minute, and leaves no process behind.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

DEADLINE_S = 60
SHOWN_CHARACTERS = 4000
PROLOGUE = 'set -o pipefail; shopt -s expand_aliases; alias tripcurve=\'"$TRIPCURVE"\'\n'


class Malformed(Exception):
    pass


class Outcome:
    """How a dialogue's command ended."""

    def __init__(self, directory, code, stdout, stderr):
        self.directory = directory
        self.code = code
        self.streams = {"stdout": stdout, "stderr": stderr}

    def file(self, name):
        path = self.directory / name
        return path.read_text(errors="replace") if path.is_file() else None


# A statement's form and whether it holds. The groups of the form are the arguments.
STATEMENTS = [
    (r"exit (\d+)", lambda out, code: out.code == int(code)),
    (r"(stdout|stderr) has: (.+)", lambda out, stream, text: text in out.streams[stream]),
    (r"(stdout|stderr) lacks: (.+)", lambda out, stream, text: text not in out.streams[stream]),
    (
        r"(stdout|stderr) matches: (.+)",
        lambda out, stream, regex: re.search(regex, out.streams[stream], re.MULTILINE) is not None,
    ),
    (r"(stdout|stderr) is empty", lambda out, stream: out.streams[stream] == ""),
    (r"file (\S+) has: (.+)", lambda out, name, text: text in (out.file(name) or "")),
]


class Dialogue:
    def __init__(self, place, command):
        self.place = place
        self.command = command
        self.statements = []  # (place, text, whether it holds of an Outcome)

    def add(self, place, text):
        for form, holds in STATEMENTS:
            if match := re.fullmatch(form, text):
                self.statements.append((place, text, lambda out: holds(out, *match.groups())))
                return
        raise Malformed(f"{place}: not a statement: {text}")


def parse(path):
    dialogues = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        place = f"{path.name}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("$ "):
            dialogues.append(Dialogue(place, line[2:]))
        elif not dialogues:
            raise Malformed(f"{place}: before the first dialogue: {line}")
        elif line.startswith("> ") and not dialogues[-1].statements:
            dialogues[-1].command += "\n" + line[2:]
        else:
            dialogues[-1].add(place, line)
    if not dialogues:
        raise Malformed(f"{path.name}: no dialogue in it")
    for dialogue in dialogues:
        if not any(text.startswith("exit ") for _, text, _ in dialogue.statements):
            raise Malformed(f"{dialogue.place}: no `exit N`")
    return dialogues


def hold(dialogue, directory, deadline_s):
    """Runs the dialogue; returns its Outcome, whose code is None when the deadline passed."""
    home = directory / "home"
    home.mkdir()
    with open(directory / "stdout", "w+b") as stdout, open(directory / "stderr", "w+b") as stderr:
        shell = subprocess.Popen(
            ["bash", "-c", PROLOGUE + dialogue.command],
            cwd=home,
            env={**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = shell.wait(deadline_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            try:
                os.killpg(shell.pid, signal.SIGKILL)  # what it left running, too
            except ProcessLookupError:
                pass
            shell.wait()
        said = []
        for stream in (stdout, stderr):
            stream.seek(0)
            said.append(stream.read().decode(errors="replace"))
    return Outcome(home, code, *said)


def shown(text):
    if len(text) > SHOWN_CHARACTERS:
        text = text[: SHOWN_CHARACTERS // 2] + "\n[...]\n" + text[-SHOWN_CHARACTERS // 2 :]
    return "".join(f"    | {line}\n" for line in text.splitlines())


def failures(dialogue, deadline_s=DEADLINE_S):
    """What did not hold, in words; empty when all did."""
    with tempfile.TemporaryDirectory() as directory:
        outcome = hold(dialogue, Path(directory), deadline_s)
        if outcome.code is None:
            wrong = [f"{dialogue.place}: still running after {deadline_s} s"]
        else:
            wrong = [
                f"{place}: does not hold: {text}"
                for place, text, holds in dialogue.statements
                if not holds(outcome)
            ]
    if wrong:
        wrong.append(f"  of: {dialogue.command}\n  exit {outcome.code}")
        wrong += [f"  {name}:\n{shown(text)}" for name, text in outcome.streams.items()]
    return wrong


def main(paths):
    if not paths or not os.access(os.environ.get("TRIPCURVE", ""), os.X_OK):
        print("usage: TRIPCURVE=<the binary> run_transcripts.py FILE...", file=sys.stderr)
        return 2
    failed = 0
    try:
        for dialogue in [dialogue for path in paths for dialogue in parse(Path(path))]:
            wrong = failures(dialogue)
            failed += bool(wrong)
            print("\n".join(wrong) if wrong else f"ok  {dialogue.place}: {dialogue.command.splitlines()[0]}")
    except Malformed as error:
        print(error)
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
