#!/usr/bin/env python3
"""Checks that the sources keep to the layers that CMake states.

A folder may include itself and the folders its CMakeLists.txt names (USES, or tripcurve::<folder> for
an executable), and nothing else of ours; its tests may include what it may. The libraries and the
parts of the machine that belong to the rim stay there. And nothing lies around unbuilt: every source,
header, test and transcript is named in a CMakeLists.txt, and no test has a name that ctest mangles.
A source includes its own header first.

Usage: check_layers.py [ROOT]; prints one line per violation and exits 1 if there is one.
"""

import re
import sys
from pathlib import Path

# Who may include the headers of others. A place is a folder, a file, or a folder's .cpp files.
FENCED_HEADERS = {
    r"boost/": ["net/", "tests/net/", "sweep/space.cpp", "sweep/statistics.cpp"],
    r"httplib\.h$": ["tests/net/", "tests/serve/"],
    r"openssl/": ["net/", "tests/net/"],
    r"CLI/": ["cli/command_tree.cpp", "cli/completing_app.hpp", "cli/flags.cpp", "cli/help.cpp", "cli/main.cpp"],
    r"absl/": ["replay/zone.cpp"],
    r"(zlib|zstd)\.h$": ["replay/source.cpp", "tests/replay/"],
    r"nlohmann/": ["report/", "replay/*.cpp", "replay/formats/*.cpp", "shards/*.cpp", "sweep/", "experiment/", "conform/", "document/", "serve/", "cli/", "tests/"],
    r"yaml-cpp/": ["document/*.cpp"],
    r"nlohmann/json\.hpp$": ["report/*.cpp", "report/formats/*.cpp", "report/record.hpp", "replay/*.cpp", "replay/formats/*.cpp", "shards/*.cpp", "sweep/*.cpp", "experiment/*.cpp", "experiment/schema_words.hpp", "conform/*.cpp", "document/*.cpp", "serve/*.cpp", "cli/*.cpp", "tests/"],  # heavy: not in headers
}

# Who may ask the machine for time, threads and chance; all others are told.
MACHINE = {
    "a clock": r"_clock\s*::\s*now\b|\bgettimeofday\b|\bclock_gettime\b"
    r"|(?<![\w.>])time\s*\(\s*(nullptr|NULL|0|&)",
    "a thread": r"\bstd\s*::\s*(j?thread|async)\b|\bpthread_create\b",
    "unseeded chance": r"\brandom_device\b|\bmt19937|\b\w+_engine\b|\bs?rand\s*\("
    r"|\bstd\s*::\s*\w+_distribution\b",
}
MACHINE_PLACES = ["net/", "child/", "serve/", "trial/wire.cpp", "cli/", "live/terminal.cpp", "bench/", "tests/"]
WAITING = r"\bsleep_(for|until)\b|\bu?sleep\s*\(|\bnanosleep\b"

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def lies_in(path, places):
    """Whether `path` ("net/client.cpp") lies in one of the places."""
    return any(
        path.startswith(place) if place.endswith("/") else Path(path).match(place)
        for place in places
    )


def call_arguments(cmake, function):
    """The words of each call of a CMake function, without comments."""
    cmake = re.sub(r"#[^\n]*", "", cmake)
    return [call.split() for call in re.findall(rf"\b{function}\s*\(([^()]*)\)", cmake)]


def section(words, keyword):
    """The words that follow KEYWORD, up to the next word in capitals."""
    if keyword not in words:
        return []
    rest = words[words.index(keyword) + 1 :]
    return rest[: next((i for i, word in enumerate(rest) if word.isupper()), len(rest))]


class Tree:
    def __init__(self, root):
        self.root = root
        self.cmake = {
            file.parent.name: file.read_text() for file in sorted(root.glob("*/CMakeLists.txt"))
        }
        self.uses = {folder: self.used_by(folder) for folder in self.cmake if folder != "tests"}

    def used_by(self, folder):
        for words in call_arguments(self.cmake[folder], "tripcurve_library"):
            return set(section(words, "USES"))
        return set(re.findall(r"tripcurve::(\w+)", self.cmake[folder]))

    def is_library(self, folder):
        return bool(call_arguments(self.cmake[folder], "tripcurve_library"))

    def files(self, folder, pattern):
        return sorted(self.root.glob(f"{folder}/**/{pattern}"))

    def may_include(self, path):
        """The folders of ours that the file at `path` may include."""
        folder, *rest = Path(path).parts
        if folder != "tests":
            return {folder} | self.uses[folder]
        under_test = rest[0]
        return {"tests", under_test} | self.uses.get(under_test, set(self.uses))


def include_violations(tree, path, text):
    for header in INCLUDE.findall(text):
        folder = header.split("/")[0]
        if folder in tree.cmake and folder not in tree.may_include(path):
            yield f"{path} includes {header}, but its folder does not use {folder}"
        for fenced, places in FENCED_HEADERS.items():
            if re.match(fenced, header) and not lies_in(path, places):
                yield f"{path} includes {header}, which belongs to {' '.join(places)}"


def own_header_violations(tree, path, text):
    """A source that includes its own header first shows that the header compiles alone."""
    header = path.removesuffix(".cpp") + ".hpp"
    if path.endswith(".cpp") and (tree.root / header).exists():
        if INCLUDE.findall(text)[:1] != [header]:
            yield f"{path} does not include {header} first"


def machine_violations(path, text):
    code = COMMENT_OR_STRING.sub(" ", text)
    if not lies_in(path, MACHINE_PLACES):
        for what, words in {**MACHINE, "a nap": WAITING}.items():
            if found := re.search(words, code):
                yield f"{path} uses {what} ({found[0]}), which belongs to {' '.join(MACHINE_PLACES)}"
    if path.startswith("tests/") and (found := re.search(WAITING, code)):
        yield f"{path} waits ({found[0]}): move the clock instead"


def case_violations(path, text):
    """CTest takes a ';' in a name for the end of it, so that the case would not run."""
    for name in re.findall(r'\bTEST_CASE\(\s*"((?:\\.|[^"\\])*)"', text):
        if ";" in name:
            yield f"{path} names a case '{name}': ctest takes no ';'"


def unbuilt(tree):
    for folder in tree.uses:
        named = set(re.findall(r"[\w./-]+", tree.cmake[folder]))
        for file in tree.files(folder, "*.cpp") + (
            tree.files(folder, "*.hpp") if tree.is_library(folder) else []
        ):
            if (name := file.relative_to(tree.root / folder).as_posix()) not in named:
                yield f"{folder}/{name} is not named in {folder}/CMakeLists.txt"

    tests = {}
    for name, *words in call_arguments(tree.cmake["tests"], "tripcurve_test"):
        tests[name] = section(words, "SOURCES")
    for file in tree.files("tests", "*_test.cpp"):
        folder, name = file.relative_to(tree.root / "tests").as_posix().split("/", 1)
        if name not in tests.get(folder, []):
            yield f"tests/{folder}/{name} is not named in tests/CMakeLists.txt"

    transcripts = tree.root / "tests/transcripts"
    for file in sorted(transcripts.glob("*.txt")):
        if file.name == "CMakeLists.txt":
            continue
        if not re.search(rf"\b{file.stem}\b", (transcripts / "CMakeLists.txt").read_text()):
            yield f"tests/transcripts/{file.name} is not named in tests/transcripts/CMakeLists.txt"


def violations(root):
    tree = Tree(root)
    for folder in tree.cmake:
        for file in tree.files(folder, "*.[ch]pp"):
            path = file.relative_to(root).as_posix()
            text = file.read_text()
            yield from include_violations(tree, path, text)
            yield from own_header_violations(tree, path, text)
            yield from machine_violations(path, text)
            yield from case_violations(path, text)
    yield from unbuilt(tree)


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = list(violations(root))
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
