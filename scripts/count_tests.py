#!/usr/bin/env python3
"""Prints "PASSED FAILED" for a file that ctest --output-junit wrote; to stderr, the end of what each
failed entry said.

An entry of ctest that runs a whole test executable (the sanitizers' builds) counts as the test cases
that Catch2 says it ran. A test that ctest could not run is a failure, and so is a file that is
missing, broken or without a test, or an entry that failed and does not say in how many cases:
silence is not success.
"""

import re
import sys
import xml.etree.ElementTree as xml

ALL_PASSED = re.compile(r"^All tests passed \(\d+ assertions? in (\d+) test cases?\)", re.MULTILINE)
LAST_LINES = 30
SOME_FAILED = re.compile(r"^test cases: +\d+ \|(?: +(\d+) passed \|)? +(\d+) failed", re.MULTILINE)


def count_cases(entry):
    """What one entry of ctest says: passed, failed."""
    said = entry.findtext("system-out") or ""
    if entry.get("status") == "run":
        whole = ALL_PASSED.findall(said)
        return (int(whole[-1]) if whole else 1), 0
    whole = SOME_FAILED.findall(said)
    return (int(whole[-1][0] or 0), int(whole[-1][1])) if whole else (0, 1)


def tell(entry):
    """The name of an entry that failed, and its last lines: the reason stands there."""
    said = (entry.findtext("system-out") or "").rstrip().splitlines()
    print(f"failed: {entry.get('name')}", *(f"  {line}" for line in said[-LAST_LINES:]), sep="\n", file=sys.stderr)


def count(path):
    try:
        entries = xml.parse(path).getroot().findall("testcase")
    except (OSError, xml.ParseError) as error:
        print(f"no test results: {error}", file=sys.stderr)
        return 0, 1
    for entry in entries:
        if entry.get("status") != "run":
            tell(entry)
    counts = [count_cases(entry) for entry in entries]
    return sum(passed for passed, _ in counts), sum(failed for _, failed in counts) + (not counts)


if __name__ == "__main__":
    print(*count(sys.argv[1]))
