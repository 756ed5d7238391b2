#!/usr/bin/env python3
"""What clients call the faults of the upstream: measures it and prints the table of docs/FAULTS.md.

Usage: measure.py TRIPCURVE

Needs curl, go, java, node and python3. Each fault is called once by each client, with a timeout of one second.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAULTS = ["reset", "reset(at=head)", "reset(at=body)", "empty", "hang", "hang(at=head)", "hang(at=body)", "refuse",
          "truncate", "malformed-head", "malformed-chunk", "garbage", "header-flood", "endless", "slow-close"]
CURL = {0: "", 1: "unsupported protocol", 7: "could not connect", 18: "partial file", 28: "timeout", 52: "empty reply",
        56: "receive error"}
SECONDS = "1"


def curl(url):
    called = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", SECONDS, url],
                            capture_output=True, text=True, check=False)
    status = "" if called.stdout == "000" else called.stdout
    if called.returncode == 0:
        return status
    end = f"exit {called.returncode} ({CURL.get(called.returncode, '?')})"
    return f"{status}, then {end}" if status else end


def program(*command):
    def call(url):
        called = subprocess.run([*command, url, SECONDS], capture_output=True, text=True, check=False, timeout=30)
        said = (called.stdout or called.stderr).strip().splitlines()[0]
        return re.sub(r' "[^"]*$', "", said[:60])  # of what was read, a client may quote a part
    return call


def main():
    tripcurve = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["go", "build", "-o", f"{folder}/client", str(HERE / "client.go")], check=True)
        subprocess.run(["javac", "-d", folder, str(HERE / "Client.java")], check=True)
        clients = {"curl": curl, "Go net/http": program(f"{folder}/client"),
                   "Java HttpURLConnection": program("java", "-cp", folder, "Client"),
                   "Node http": program("node", str(HERE / "client.js")),
                   "Python urllib": program(sys.executable, str(HERE / "client.py"))}
        print("| fault | " + " | ".join(clients) + " |")
        print("|---" * (len(clients) + 1) + "|")
        for fault in FAULTS:
            row = []
            for call in clients.values():
                errors = fault if fault == "refuse" else f"{fault}:100%"
                with subprocess.Popen([tripcurve, "upstream", "--port", "18499", "--errors", errors],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as upstream:
                    while "serving" not in upstream.stderr.readline():
                        pass
                    row.append(call("http://127.0.0.1:18499/"))
                    upstream.terminate()
            print(f"| `{fault}` | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
