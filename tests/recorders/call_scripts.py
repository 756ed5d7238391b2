"""What the generators of scripts of whole calls share.

The policies' times are multiples of 50 ms and the upstream's are not, so that hardly ever two things
fall on one instant; the recorders leave out a script in which they do.
"""

import argparse
import json
import random


def odd(rng, low, high):
    """Milliseconds that are no multiple of 50."""
    number = rng.randint(low, high)
    return number if number % 50 else number + 7


def reply(rng, failures, slow):
    if rng.random() < 0.04:
        return {}  # never
    after = odd(rng, 300, 2500) if rng.random() < slow else odd(rng, 1, 120)
    if rng.random() >= failures:
        return {"after": after, "status": rng.choice([200, 200, 200, 204, 302, 404])}
    status = rng.choice([503, 503, 500, 502, 504, 429, 408, 501, "refused"])
    found = {"after": after, "status": status}
    if status in (503, 429) and rng.random() < 0.25:
        found["retry_after"] = rng.randint(1, 2)
    return found


def calls(rng):
    made = []
    at = 0
    wanted = rng.randint(15, 35)
    while len(made) < wanted:
        failures, slow = rng.choice([(0.02, 0.02), (0.02, 0.02), (0.5, 0.1), (0.95, 0.05), (0.3, 0.7)])
        pace = rng.choice([30, 150, 600, 1200])
        for _ in range(rng.randint(4, 12)):
            at += odd(rng, 1, pace)
            call = {"at": at, "id": len(made) + 1, "upstream": [reply(rng, failures, slow) for _ in range(rng.randint(1, 4))]}
            if rng.random() < 0.08:
                call["gone"] = odd(rng, 1, 900)
            made.append(call)
    return made


def some_calls(rng, most, without=()):
    """So many calls at most, without what a library has not."""
    made = calls(rng)[:most]
    for call in made:
        for key in without:
            call.pop(key, None)
            for answer in call["upstream"]:
                answer.pop(key, None)
    return made


def main(prefix, kinds, description, make_calls=lambda rng, client: calls(rng)):
    """Prints random scripts. `kinds` are the choices of the user, each with what draws its client."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("kind", choices=list(kinds))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", type=int, default=50)
    chosen = parser.parse_args()
    for number in range(1, chosen.traces + 1):
        name = f"{prefix}-{chosen.kind}-{chosen.seed}-{number:04}"
        rng = random.Random(name)
        client = kinds[chosen.kind](rng)
        print(json.dumps({"id": name, **client, "calls": make_calls(rng, client)}, separators=(",", ":")))
