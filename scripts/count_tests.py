#!/usr/bin/env python3
"""Prints "PASSED FAILED" for a file that ctest --output-junit wrote.

A test that ctest could not run is a failure, and so is a file that is missing, broken or without a
test: silence is not success.
"""

import sys
import xml.etree.ElementTree as xml


def count(path):
    try:
        cases = xml.parse(path).getroot().findall("testcase")
    except (OSError, xml.ParseError) as error:
        print(f"no test results: {error}", file=sys.stderr)
        return 0, 1
    passed = sum(case.get("status") == "run" for case in cases)
    return passed, len(cases) - passed or int(not cases)


if __name__ == "__main__":
    print(*count(sys.argv[1]))
