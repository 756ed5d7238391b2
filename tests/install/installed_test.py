#!/usr/bin/env python3
"""Uses tripcurve as it is installed: its commands, manual pages, completions and files.

TRIPCURVE_BUILD names a build folder, from which it is installed below a folder of its own; or
TRIPCURVE_ROOT names the root of a system in which its package is installed, TRIPCURVE_SHELLS its shells.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from shells import Bash, Fish, Zsh

ROOT = os.environ.get("TRIPCURVE_ROOT", "")
SOURCE = Path(__file__).resolve().parents[2]
COMPLETIONS = {
    "bash": (Bash, "bash-completion/completions/tripcurve"),
    "zsh": (Zsh, "zsh/vendor-completions/_tripcurve" if ROOT else "zsh/site-functions/_tripcurve"),
    "fish": (Fish, "fish/vendor_completions.d/tripcurve.fish"),
}
SHELLS = os.environ.get("TRIPCURVE_SHELLS", "bash").split()


def run(*command, **options):
    """In the system that it is installed in."""
    return subprocess.run(
        (["chroot", ROOT] if ROOT else []) + list(command), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}, **options)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir=ROOT + "/tmp")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.prefix = "/usr"
        if not ROOT:
            cls.prefix = cls.folder.name + "/prefix"
            subprocess.run([os.environ["CMAKE"], "--install", os.environ["TRIPCURVE_BUILD"], "--prefix",
                            cls.prefix], check=True, stdout=subprocess.DEVNULL)
        cls.share = Path(ROOT + cls.prefix, "share")
        cls.commands = re.findall(r"^  ([a-z][a-z-]*)  ", cls.tripcurve("--help").stdout, re.MULTILINE)

    @classmethod
    def tripcurve(cls, *arguments):
        return run(cls.prefix + "/bin/tripcurve", *arguments)

    def page(self, command):
        return self.share / f"man/man1/tripcurve{'-' + command if command else ''}.1.gz"

    def flags(self, command):
        return re.findall(r"^  ((?:-\w,)?--[\w-]+)(?: (\S+)|)", self.tripcurve(command, "--help").stdout,
                          re.MULTILINE)

    def shell(self, name, folder=None):
        shell, path = COMPLETIONS[name]
        return shell(f"{self.prefix}/share/{path}", folder, ROOT)

    def test_it_is_the_version_of_the_sources(self):
        version = re.search(r"project\(tripcurve VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text())
        self.assertEqual(self.tripcurve("--version").stdout, f"tripcurve {version[1]}\n")
        self.assertGreater(len(self.commands), 10)

    def test_every_command_has_a_page_without_warnings_that_names_its_flags(self):
        for command in ["", *self.commands]:
            with self.subTest(command):
                page = str(self.page(command))[len(ROOT):]
                shown = run("man", "--warnings", "--local-file", page)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                for names, _ in self.flags(command):
                    self.assertIn(names.replace(",", ", "), shown.stdout)
                self.assertIn("EXIT STATUS", shown.stdout)

    def test_a_page_is_found_by_its_name(self):
        shown = run("man", "-M", f"{self.prefix}/share/man", "tripcurve-lint")
        self.assertIn("Find settings that cannot work", shown.stdout, shown.stderr)

    def test_there_is_no_page_of_a_command_that_is_not_there(self):
        pages = {path.name for path in (self.share / "man/man1").glob("tripcurve*")}
        self.assertEqual(pages, {self.page(command).name for command in ["", *self.commands]})

    def test_shells_complete_the_commands(self):
        for name in SHELLS:
            with self.subTest(name), self.shell(name) as shell:
                self.assertEqual(shell.complete("tripcurve "), sorted(self.commands))
                self.assertEqual(shell.complete("tripcurve man desc"), ["man", "describe"])

    def test_shells_complete_every_flag_of_every_command(self):
        flags = {command: sorted(name for names, _ in self.flags(command)
                                 for name in names.split(",") if name.startswith("--"))
                 for command in self.commands}
        for name in SHELLS:
            with self.subTest(name), self.shell(name) as shell:
                for command, known in flags.items():
                    self.assertEqual(shell.complete(f"tripcurve {command} --"), [command, *known])

    def test_shells_complete_values(self):
        for name in SHELLS:
            with self.subTest(name), self.shell(name) as shell:
                complete = shell.complete
                self.assertEqual(complete("tripcurve run --breaker pol")[2:], ["polly", "polly7"])
                self.assertEqual(complete("tripcurve run --quiet --breaker=gob")[2:], ["--breaker=gobreaker"])
                self.assertEqual(complete("tripcurve diff polly,MinimumThroughput=10 opo")[2:], ["opossum"])
                self.assertEqual(complete("tripcurve list ")[1:], ["dialects", "faults", "metrics", "policies", "scenarios"])
                self.assertEqual(complete("tripcurve simulate --arrival ")[2:], ["constant", "poisson"])
                self.assertEqual(complete("tripcurve lint --breaker-per ")[2:], ["client", "endpoint", "shared"])
                self.assertEqual(complete("tripcurve simulate --inconclusive ")[2:], ["fail", "pass"])
                self.assertEqual(complete("tripcurve describe time_to_o")[1:], ["time_to_open"])
                self.assertEqual(complete("tripcurve completion ")[1:], ["bash", "fish", "zsh"])
                self.assertEqual(complete("tripcurve run --dashboard --arr")[2:], ["--arrival"])
                self.assertEqual(complete("tripcurve run --seed ")[2:], [])

    def test_shells_complete_files_where_a_file_is_wanted(self):
        with tempfile.TemporaryDirectory(dir=ROOT + "/tmp") as folder:
            Path(folder, "zone a.yaml").touch()
            Path(folder, "zone b.yaml").touch()
            both = ["zone a.yaml", "zone b.yaml"]
            for name in SHELLS:
                with self.subTest(name), self.shell(name, folder) as shell:
                    for command in ("run", "simulate", "lint", "init", "validate", "import", "report", "conform",
                                    "compare", "compare old", "validate one", "conform one",
                                    "run --metrics :9109", "diff polly,MinimumThroughput=10 opossum"):
                        self.assertEqual(shell.complete(f"tripcurve {command} zo")[-2:], both, command)
                    for command in self.commands:
                        for flag, value in self.flags(command):
                            if value == "FILE":
                                said = shell.complete(f"tripcurve {command} {flag} zo")
                                self.assertEqual(said, [command, flag, *both])
                    self.assertNotIn(both[0], shell.complete("tripcurve schema zo"))

    def test_the_examples_run_where_they_are(self):
        example = f"{self.prefix}/share/doc/tripcurve/examples/resilience4j-import.yaml"
        simulated = self.tripcurve("simulate", example)
        self.assertEqual(simulated.returncode, 0, simulated.stderr)

    def test_the_schemas_are_those_it_prints(self):
        for name, arguments in (("experiment", ["schema"]), ("results", ["schema", "--results"])):
            installed = (self.share / f"tripcurve/{name}.schema.json").read_text()
            self.assertEqual(installed, self.tripcurve(*arguments).stdout)

    def test_all_licences_and_changes_are_there(self):
        licences = (self.share / "doc/tripcurve/copyright").read_text()
        for owner in ("tripcurve contributors", "dygraphs", "libcli11-dev", "nlohmann-json3-dev",
                      "libyaml-cpp-dev"):
            self.assertIn(owner, licences)
        changes = gzip.decompress((self.share / "doc/tripcurve/changelog.gz").read_bytes()).decode()
        self.assertEqual(changes, (SOURCE / "CHANGELOG.md").read_text())


if __name__ == "__main__":
    sys.exit(unittest.main())
