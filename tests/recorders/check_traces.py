#!/usr/bin/env python3
"""Records traces anew with a real library and says where its answers differ.

    check_traces.py gobreaker/record ../golden/traces/gobreaker.ndjson

Exit status 1 if any trace differs.
"""

import json
import subprocess
import sys


def script(trace):
    """What was done to the breaker, or to the client of whole calls, without what it answered."""
    if "steps" not in trace or "calls" in trace:
        answered = ("library", "steps", "delays_ms")
        return {key: value for key, value in trace.items() if key not in answered}
    asked = {"start": 3, "end": 4, "read": 2}  # elements that are questions
    events = [step[: asked[step[1]]] for step in trace["steps"] if step[1] in asked]
    kept = ("id", "dialect", "config", "chance", "failure")
    return {key: trace[key] for key in kept if key in trace} | {"events": events}


def answers(trace):
    """The steps, or the delays of a retry."""
    return trace["steps"] if "steps" in trace else trace["delays_ms"]


def difference(trace, recorded):
    steps, again = answers(trace), answers(recorded)
    for number, pair in enumerate(zip(steps, again)):
        if pair[0] != pair[1]:
            return f"step {number}: {json.dumps(pair[0])}, recorded {json.dumps(pair[1])}"
    if len(steps) != len(again):
        return f"{len(steps)} steps, recorded {len(again)}"
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    recorder, path = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        traces = [json.loads(line) for line in lines]
    scripts = "".join(json.dumps(script(trace)) + "\n" for trace in traces)
    answer = subprocess.run([recorder], input=scripts, stdout=subprocess.PIPE, text=True, check=True)
    recorded = [json.loads(line) for line in answer.stdout.splitlines()]
    if len(recorded) != len(traces):
        sys.exit(f"{len(traces)} scripts, {len(recorded)} traces")
    differ = 0
    for trace, again in zip(traces, recorded):
        if found := difference(trace, again):
            differ += 1
            print(f"{trace['id']}: {found}")
    steps = sum(len(answers(trace)) for trace in traces)
    library = ", ".join(sorted({trace["library"] for trace in recorded}))
    print(f"{library}: {len(traces) - differ} of {len(traces)} traces equal, {steps} steps")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
