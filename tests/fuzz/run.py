#!/usr/bin/env python3
"""Runs a fuzz target from what the tree already has: its seeds and the words that its parser knows.

Usage: run.py PROGRAM [--seconds N] [--seed N] [--corpus FOLDER]

PROGRAM is fuzz_<target>. The inputs it begins with are tests/fuzz/seeds/<target>/ and those that SEEDS
takes out of the tree; its dictionary is tests/fuzz/dictionaries/<target>.dict and the short texts in the
sources that WORDS names, so that a new key is in it by itself. What the fuzzer finds on its way is kept in
--corpus, if that is given. The input of a finding is kept beside PROGRAM. Exits 1 on a finding.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def whole(text):
    return [text]


def lines(text):
    """The first few of many that are alike."""
    return text.splitlines()[:50]


def traces(text):
    """The first few, each with its first steps: a long trace teaches the fuzzer nothing more."""
    short = []
    for line in text.splitlines()[:3]:
        steps = [match.end() for match in re.finditer(r'\],(?=\[\d)', line)]
        short.append(line[: steps[23] - 1] + "]}" if len(steps) > 23 else line)
    return short


def shortest(text):
    return sorted(text.splitlines(), key=len)[:5]


def arguments(text):
    """What transcripts give to flags."""
    commands = re.findall(r"^\$ (.*)", text, re.MULTILINE)
    return [
        argument.strip("'\"")
        for command in commands
        for argument in re.findall(r"--[a-z-]+[ =]('[^']*'|\"[^\"]*\"|[^\s-]\S*)", command)
    ]


def texts(source):
    """What a test in C++ hands to a parser: the texts with a form, adjacent literals joined."""
    source = re.sub(r"^\s*(//|#)[^\n]*", "", source, flags=re.MULTILINE)
    joined = re.findall(r'(?:"(?:\\.|[^"\\\n])*"\s*)+', source)
    plain = [
        re.sub(r"\\(u[0-9a-f]{4}|.)", unescaped, "".join(LITERAL.findall(text))) for text in joined
    ]
    return [text for text in dict.fromkeys(plain) if re.search(r"[\n{=:<>]", text)]


def files_in(source):
    """Of these, what may be a whole file."""
    return [text for text in texts(source) if len(text) > 50 and re.search(r"[\n{]", text)]


def unescaped(match):
    what = match[1]
    return chr(int(what[1:], 16)) if what[0] == "u" else {"n": "\n", "t": "\t", "r": "\r"}.get(what, what)


LITERAL = re.compile(r'(?<![\w\'])"((?:\\.|[^"\\\n])*)"')

SEEDS = {
    "calls": [("tests/replay/formats_test.cpp", texts)],
    "claims": [("tests/claims/kinds_test.cpp", texts)],
    "condition": [("tests/breaker/gobreaker_test.cpp", texts),
                  ("tests/breaker/oxy_test.cpp", texts)],
    "experiment": [("examples/*.yaml", whole), ("tests/experiment/bad/*.yaml", whole),
                   ("tests/golden/experiments.jsonl", lines), ("cli/templates/*.yaml", whole)],
    "grammar": [("tests/transcripts/*.txt", arguments),
                ("tests/expect/expectation_test.cpp", texts),
                ("tests/core/duration_shapes_test.cpp", texts),
                ("tests/faults/schedule_test.cpp", texts), ("tests/faults/capacity_test.cpp", texts)],
    "import": [("tests/importer/files/*", whole), ("examples/*", whole),
               ("tests/importer/*_test.cpp", files_in)],
    "plain_files": [("tests/importer/files/*.json", whole), ("tests/importer/files/*.properties", whole),
                    ("examples/*.json", whole), ("tests/document/*_test.cpp", texts),
                    ("tests/importer/gateways_test.cpp", texts)],
    "trace": [("tests/golden/traces/*.ndjson", traces), ("tests/golden/calls/*.ndjson", shortest)],
    "yaml": [("tests/importer/files/*.y*ml", whole), ("examples/*.y*ml", whole),
             ("tests/document/yaml_test.cpp", texts)],
}

WORDS = {
    "answer": [],
    "calls": ["replay/*.cpp", "replay/formats/*.cpp"],
    "claims": ["claims/*.cpp", "claims/kinds/*.cpp"],
    "condition": ["breaker/parts/expression.cpp", "breaker/dialects/gobreaker.cpp",
                  "breaker/dialects/oxy_*.cpp", "importer/formats/dapr_trip.cpp"],
    "experiment": ["experiment/*.cpp", "faults/*.cpp", "expect/metrics.cpp"],
    "grammar": ["core/*.cpp", "core/durations/*.cpp", "faults/*.cpp", "load/*.cpp", "expect/*.cpp", "breaker/dialects/*.cpp", "client/policies/*.cpp"],
    "import": ["importer/*.cpp", "importer/formats/*.cpp"],
    "latencies": ["experiment/recorded_latency.cpp"],
    "page": ["serve/page_request.cpp"],
    "plain_files": ["document/*.cpp"],
    "request": ["net/request_parser.cpp"],
    "result": ["report/*record*.hpp", "report/words.cpp"],
    "through": [],
    "toxiproxy": ["serve/toxiproxy*.cpp", "toxics/*.cpp"],
    "trace": ["conform/*.cpp", "client/policies/*.cpp", "breaker/dialects/*.cpp"],
    "yaml": ["document/yaml.cpp"],
}

# Longer inputs only make it slow.
LONGEST = {"answer": 2048, "condition": 256, "grammar": 256, "page": 2048, "request": 2048, "toxiproxy": 4096,
           "result": 65536}
LONGEST_OF_FILES = 8192

def words_of(source):
    """The short texts in C++ that may stand in an input: no sentences, no formats, no headers."""
    source = re.sub(r"//[^\n]*|^\s*#[^\n]*", "", source, flags=re.MULTILINE)
    words = []
    for word in LITERAL.findall(source):
        if 1 < len(word) <= 40 and "\\" not in word and " " not in word and "{}" not in word:
            words.append(word)
    return list(dict.fromkeys(words))


def dictionary_line(word):
    """A word as libFuzzer reads it."""
    return '"%s"' % "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}"
        for byte in word.encode()
    )


def dictionary(target):
    own = ROOT / f"tests/fuzz/dictionaries/{target}.dict"
    words = []
    for pattern in WORDS[target]:
        files = sorted(ROOT.glob(pattern))
        if not files:
            raise SystemExit(f"run.py: no source is {pattern}")
        for file in files:
            words += words_of(file.read_text())
    return (own.read_text() if own.exists() else "") + "".join(
        dictionary_line(word) + "\n" for word in dict.fromkeys(words)
    )


def write_seeds(target, folder):
    """The inputs to begin with; of those in the tree each once."""
    texts = {file.read_bytes() for file in (ROOT / f"tests/fuzz/seeds/{target}").glob("*")}
    for pattern, split in SEEDS.get(target, []):
        files = [file for file in sorted(ROOT.glob(pattern)) if file.is_file()]
        if not files:
            raise SystemExit(f"run.py: no file is {pattern}")
        for file in files:
            texts |= {text.encode() for text in split(file.read_text())}
    folder.mkdir(parents=True)
    for number, text in enumerate(sorted(texts)):
        (folder / f"{number:04}").write_bytes(text)
    return len(texts)


def command(program, target, work, given):
    longest = LONGEST.get(target, LONGEST_OF_FILES)
    words = [
        program,
        f"-max_total_time={given.seconds}",
        f"-max_len={longest}",
        f"-dict={work / 'words.dict'}",
        f"-artifact_prefix={work.parent / target}-",
        # One input may take 25 s where two cores do the work of ten, and no more than 1 GiB.
        "-timeout=25",
        "-rss_limit_mb=1024",
        "-malloc_limit_mb=256",
        "-print_funcs=0",
        "-print_final_stats=1",
    ]
    if given.seed:
        words.append(f"-seed={given.seed}")
    return words + [str(given.corpus or work / "found"), str(work / "seeds")]


def run(given):
    program = Path(given.program).resolve()
    target = program.name.removeprefix("fuzz_")
    if target not in WORDS:
        raise SystemExit(f"run.py: '{target}' is no target; there are: {' '.join(sorted(WORDS))}")
    work = program.parent / "work" / target
    shutil.rmtree(work, ignore_errors=True)
    seeds = write_seeds(target, work / "seeds")
    (given.corpus or work / "found").mkdir(parents=True, exist_ok=True)
    (work / "words.dict").write_text(dictionary(target))
    print(f"{target}: {seeds} seeds, {given.seconds} s", flush=True)

    # addr2line comes with every compiler; llvm-symbolizer would be another package.
    options = ":".join(
        filter(None, ["external_symbolizer_path=/usr/bin/addr2line", os.environ.get("ASAN_OPTIONS")])
    )
    done = subprocess.run(
        command(str(program), target, work, given),
        env=os.environ | {"ASAN_OPTIONS": options, "UBSAN_OPTIONS": "print_stacktrace=1"},
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
        check=False,
    )
    said = done.stderr.splitlines()
    # Of what went well only the end is of interest.
    print("\n".join(said if done.returncode != 0 else said[-8:]), flush=True)
    if done.returncode != 0:
        print(f"{target}: a finding; see it again with {program} {work.parent / target}-*")
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the mutations; 0: another each time")
    parser.add_argument("--corpus", type=Path)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
