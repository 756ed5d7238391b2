#!/usr/bin/env python3
"""Plants one violation after the other in a copy of the sources; check_layers.py must name each."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# File, what is added to it, and what must be said. A file that is not there is made.
PLANTED = [
    ("core/units.cpp", '#include "breaker/breaker.hpp"', "core/units.cpp includes breaker/breaker.hpp"),
    ("core/units.cpp", "#include <faults/plan.hpp>", "core/units.cpp includes faults/plan.hpp"),
    ("sim/world.hpp", '#  include "report/summary.hpp"', "sim/world.hpp includes report/summary.hpp"),
    ("breaker/dialects/classic.cpp", '#include "load/tally.hpp"', "includes load/tally.hpp"),
    ("tests/core/units_test.cpp", '#include "breaker/breaker.hpp"', "includes breaker/breaker.hpp"),
    ("load/engine.cpp", "#include <boost/asio/ip/tcp.hpp>", "load/engine.cpp includes boost/asio"),
    ("cli/main.cpp", "#include <httplib.h>", "cli/main.cpp includes httplib.h"),
    ("live/frame.cpp", "#include <CLI/CLI.hpp>", "live/frame.cpp includes CLI/CLI.hpp"),
    ("core/units.hpp", "#include <nlohmann/json.hpp>", "core/units.hpp includes nlohmann/json.hpp"),
    ("importer/import.cpp", "#include <yaml-cpp/yaml.h>", "importer/import.cpp includes yaml-cpp"),
    ("report/summary.hpp", "#include <nlohmann/json.hpp>", "report/summary.hpp includes nlohmann"),
    ("load/pacer.cpp", "auto t = std::chrono::steady_clock::now();", "load/pacer.cpp uses a clock"),
    ("sim/world.cpp", "const auto t = time(nullptr);", "sim/world.cpp uses a clock"),
    ("live/frame.cpp", "std::jthread drawer;", "live/frame.cpp uses a thread"),
    ("load/engine.cpp", "std::this_thread::sleep_until(due);", "load/engine.cpp uses a nap"),
    ("faults/plan.cpp", "std::random_device device;", "faults/plan.cpp uses unseeded chance"),
    ("faults/plan.cpp", "std::uniform_int_distribution<int> d;", "uses unseeded chance"),
    ("tests/sim/world_test.cpp", "std::this_thread::sleep_for(1ms);", "tests/sim/world_test.cpp waits"),
    ("tests/core/units_test.cpp", 'TEST_CASE("one; two") {}', "takes no ';'"),
    ("core/time.cpp", '#include "core/units.hpp"', "core/time.cpp does not include core/time.hpp first"),
    ("tests/core/forgotten_test.cpp", "", "tests/core/forgotten_test.cpp is not named"),
    ("core/forgotten.cpp", "", "core/forgotten.cpp is not named"),
    ("faults/kinds/forgotten.hpp", "", "faults/kinds/forgotten.hpp is not named"),
    ("tests/transcripts/forgotten.txt", "", "tests/transcripts/forgotten.txt is not named"),
]

HARMLESS = [
    ("load/pacer.cpp", "// unlike std::chrono::steady_clock::now() or a std::thread"),
    ("load/pacer.cpp", 'const char* words = "std::random_device";'),
    ("load/pacer.cpp", "auto t = response_time(0) + next.time(0);"),
    ("load/pacer.cpp", "std::this_thread::yield();"),
    ("tests/core/units_test.cpp", 'TEST_CASE("one") { CHECK(text == "1;2"); }'),
    ("net/client.cpp", "#include <boost/beast/http.hpp>"),
    ("report/formats/json.cpp", "#include <nlohmann/json.hpp>"),
    ("cli/main.cpp", '#include "sim/world.hpp"'),
]


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = Path(self.directory.name)
        for cmake in ROOT.glob("*/CMakeLists.txt"):
            shutil.copytree(cmake.parent, self.root / cmake.parent.name)

    def check(self):
        script = ROOT / "scripts/check_layers.py"
        done = subprocess.run([sys.executable, script, self.root], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if done.stdout else 0)
        return done.stdout

    def plant(self, path, line):
        """Adds the line, checks, takes it away again; returns what the check said."""
        file = self.root / path
        before = file.read_text() if file.exists() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{before or ''}\n{line}\n")
        said = self.check()
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
        return said

    def test_each_planted_violation_is_named(self):
        for path, line, expected in PLANTED:
            with self.subTest(path=path, line=line):
                self.assertIn(expected, self.plant(path, line))

    def test_what_is_allowed_is_not_named(self):
        usual = self.check()
        for path, line in HARMLESS:
            with self.subTest(path=path, line=line):
                self.assertEqual(self.plant(path, line), usual)


if __name__ == "__main__":
    unittest.main()
