"""Calls URL once with Python's urllib, which http.client is below, and prints how that ended."""

import sys
import urllib.error
import urllib.request


def innermost(error):
    while isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    return type(error).__name__


try:
    with urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2])) as answer:
        answer.read()
        print(answer.status)
except urllib.error.HTTPError as error:
    print(error.code)
except Exception as error:  # whatever the library calls it is what is asked for
    print(innermost(error))
