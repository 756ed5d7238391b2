#!/usr/bin/env python3
"""What clients call the faults of the upstream: measures it and prints the table of docs/FAULTS.md.

Usage: measure.py TRIPCURVE [FAULT...]

Needs curl, go, java, node and python3. Each fault is called once by each client, with a timeout of one second.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAULTS = ["reset", "reset(at=head)", "reset(at=body)", "empty", "hang", "hang(at=head)", "hang(at=body)", "refuse",
          "truncate", "malformed-head", "malformed-chunk", "garbage", "header-flood", "endless", "slow-close",
          "slow-accept(by=2s)", "full-backlog", "tls-certificate", "tls-certificate(flaw=early)",
          "tls-certificate(flaw=wrong-name)", "tls-certificate(flaw=unknown)", "tls-hang", "tls-reset", "tls-slow(by=2s)"]
WHOLE_PORT = ["refuse", "full-backlog"]
CURL = {0: "", 1: "unsupported protocol", 7: "could not connect", 18: "partial file", 28: "timeout",
        35: "TLS connect error", 52: "empty reply", 56: "receive error", 60: "certificate not trusted"}
SECONDS = "1"
FOR_EVER_S = 30
PASSWORD = "changeit"
LONGEST = 60  # of what is told


def curl(url, authority):
    called = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", SECONDS,
                             *(["--cacert", authority] if authority else []), url],
                            capture_output=True, text=True, check=False)
    status = "" if called.stdout == "000" else called.stdout
    if called.returncode == 0:
        return status
    end = f"exit {called.returncode} ({CURL.get(called.returncode, '?')})"
    return f"{status}, then {end}" if status else end


def program(*command):
    def call(url, authority):
        trust = {"SSL_CERT_FILE": authority, "NODE_EXTRA_CA_CERTS": authority} if authority else {}
        try:
            called = subprocess.run([*command, url, SECONDS], capture_output=True, text=True, check=False,
                                    timeout=FOR_EVER_S, env=os.environ | trust)
        except subprocess.TimeoutExpired:  # a client may have a timeout for each read, and none for the whole
            return "reads on for ever"
        said = (called.stdout or called.stderr).strip().splitlines()[0]
        short = said if len(said) <= LONGEST else said[:LONGEST].rsplit(" ", 1)[0] + " ..."
        return re.sub(r' "[^"]*$', "", short)  # of what was read, a client may quote a part
    return call


def java(folder):
    def call(url, authority):
        store = f"{folder}/trusted"
        if authority:
            Path(store).unlink(missing_ok=True)
            subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "tripcurve", "-file", authority, "-keystore",
                            store, "-storepass", PASSWORD], capture_output=True, check=True)
        return program("java", f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
                       "-cp", folder, "Client")(url, authority)
    return call


def main():
    tripcurve = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["go", "build", "-o", f"{folder}/client", str(HERE / "client.go")], check=True)
        subprocess.run(["javac", "-d", folder, str(HERE / "Client.java")], check=True)
        clients = {"curl": curl, "Go net/http": program(f"{folder}/client"),
                   "Java HttpURLConnection": java(folder),
                   "Node http": program("node", str(HERE / "client.js")),
                   "Python urllib": program(sys.executable, str(HERE / "client.py"))}
        print("| fault | " + " | ".join(clients) + " |")
        print("|---" * (len(clients) + 1) + "|")
        for fault in sys.argv[2:] or FAULTS:
            row = []
            authority = f"{folder}/ca.pem" if fault.startswith("tls-") else ""
            tls = ["--tls", "--tls-ca-out", authority] if authority else []
            for call in clients.values():
                errors = fault if fault in WHOLE_PORT else f"{fault}:100%"
                with subprocess.Popen([tripcurve, "upstream", "--port", "18499", *tls, "--errors", errors],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as upstream:
                    while "serving" not in upstream.stderr.readline():
                        pass
                    try:
                        row.append(call(f"http{'s' if authority else ''}://127.0.0.1:18499/", authority))
                    finally:
                        upstream.terminate()
            print(f"| `{fault}` | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
