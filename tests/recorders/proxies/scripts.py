"""Draws the calls of a script for a recorder that plays in real time."""

import argparse
import json
import random

APART = 16  # milliseconds between any two events


def calls(rng, length, gaps, is_clear=lambda t: True):
    """Events up to `length` milliseconds: calls that begin so far apart, mostly failing for a while and
    then not, at times that are clear."""
    events, taken = [], []

    def is_free(t):
        return is_clear(t) and all(abs(t - other) >= APART for other in taken)

    t, number, bad = 100, 0, 0.7
    while t < length:
        if rng.random() < 0.08:
            bad = rng.choice([0.1, 0.6, 1])
        if is_free(t):
            number += 1
            taken.append(t)
            end = t + rng.choice([APART, APART, APART, 80, 200])
            while not is_free(end):
                end += 1
            taken.append(end)
            outcome = "ignored" if rng.random() < 0.06 else "failure" if rng.random() < bad else "success"
            events += [[t, "start", f"c{number}"], [end, "end", f"c{number}", outcome]]
        t += rng.choice(gaps)
    return sorted(events)


def main(doc, script, **more):
    """Prints scripts: script(rng, name, arguments). `more` are further arguments with their defaults."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in {"seed": 1, "traces": 8, **more}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    for i in range(args.traces):
        of_each = "/".join(str(getattr(args, name)) for name in ("seed", *more))
        rng = random.Random(f"{of_each}/{i}")
        print(json.dumps(script(rng, "-".join(of_each.split("/")[::-1]) + f"-{i}", args)))
