#!/usr/bin/env python3
"""What tests/fuzz/run.py starts a target with, and what it makes of how the target ends."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import run

FOLDER = Path(__file__).resolve().parent


class RunTests(unittest.TestCase):
    def ran(self, script, name="fuzz_yaml"):
        """Runs a program that takes the place of a target."""
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / name
            program.write_text("#!/bin/sh\n" + script)
            program.chmod(0o755)
            return subprocess.run(
                [sys.executable, FOLDER / "run.py", program, "--seconds", "1"],
                capture_output=True,
                text=True,
                check=False,
            )

    def test_a_finding_fails_and_is_told_whole(self):
        done = self.ran("seq 1 50 >&2; echo what it was >&2; exit 77")
        self.assertEqual(done.returncode, 1)
        self.assertIn("what it was", done.stdout)
        self.assertIn("\n1\n2\n", done.stdout)
        self.assertIn("yaml: a finding", done.stdout)

    def test_no_finding_passes(self):
        self.assertEqual(self.ran("exit 0").returncode, 0)

    def test_a_target_begins_with_its_seeds_and_its_words(self):
        done = self.ran('for last; do :; done; ls "$last" | wc -l >&2; grep -c . "${last%seeds}words.dict" >&2')
        self.assertEqual(done.returncode, 0)
        seeds, words = (int(line) for line in done.stdout.splitlines()[1:])
        self.assertGreater(seeds, 20)
        self.assertGreater(words, 20)

    def test_an_unknown_target_is_refused(self):
        self.assertNotEqual(self.ran("exit 0", "fuzz_nothing").returncode, 0)

    def test_every_target_has_seeds_and_words_of_its_own(self):
        sources = {file.stem for file in FOLDER.glob("*.cpp")} - {"fuzz", "documents"}
        self.assertEqual(sources, set(run.WORDS))
        for target in sources:
            self.assertTrue(list((FOLDER / "seeds" / target).glob("*")) or target in run.SEEDS, target)
            self.assertTrue((FOLDER / "dictionaries" / f"{target}.dict").exists(), target)

    def test_words_are_the_texts_of_a_source_without_its_sentences(self):
        source = '#include "core/text.hpp"\n// "no"\nKey{"name", "a sentence", "{} of", "x"}; "50%"'
        self.assertEqual(run.words_of(source), ["name", "50%"])

    def test_a_word_is_written_as_libfuzzer_reads_it(self):
        self.assertEqual(run.dictionary_line('a"\\é\n'), '"a\\x22\\x5c\\xc3\\xa9\\x0a"')

    def test_texts_of_a_test_are_joined_and_unescaped(self):
        source = 'read("a:\\n"\n     "  b: \\u00e9\\n"); CHECK(x == "word");'
        self.assertEqual(run.texts(source), ["a:\n  b: é\n"])

    def test_a_long_trace_is_cut_to_its_first_steps(self):
        trace = '{"steps":[' + ",".join(f'[{i},"read","closed"]' for i in range(99)) + "]}"
        (short,) = run.traces(trace)
        self.assertTrue(short.endswith('[23,"read","closed"]]}'), short[-40:])


if __name__ == "__main__":
    unittest.main()
