#!/usr/bin/env python3
"""Holds docs/experiment.schema.json against files: every example is accepted, and every bad file is
refused, but for those that say "# schema: accepts" because only their meaning is wrong."""

import json
import re
import sys
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/experiment.schema.json").read_text())


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors and tripcurve go by: 'on' is a word, 1:30 no number."""

    yaml_implicit_resolvers = {}


for tag, form, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(form), first)


def with_names(value):
    """Keys as JSON has them, which is where a schema looks: {404: ignored} has the key "404"."""
    if isinstance(value, dict):
        return {str(key): with_names(item) for key, item in value.items()}
    return [with_names(item) for item in value] if isinstance(value, list) else value


def is_accepted(path):
    document = with_names(yaml.load(path.read_text(), Core))
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def experiments():
    for path in sorted(ROOT.glob("examples/*.yaml")):
        if re.search(r"^phases:", path.read_text(), re.MULTILINE):
            yield path
    yield ROOT / "cli/templates/tripcurve.yaml"


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_accepts_every_example(self):
        found = list(experiments())
        self.assertGreater(len(found), 1)
        for path in found:
            with self.subTest(path.name):
                document = with_names(yaml.load(path.read_text(), Core))
                errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)
                best = jsonschema.exceptions.best_match(errors)
                self.assertIsNone(best, best and f"{best.json_path}: {best.message}")

    def test_accepts_every_experiment_that_is_written(self):
        lines = (ROOT / "tests/golden/experiments.jsonl").read_text().split("\n")[:-1]
        self.assertGreater(len(lines), 100)
        for number, line in enumerate(lines):
            with self.subTest(number):
                errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(json.loads(line))
                best = jsonschema.exceptions.best_match(errors)
                self.assertIsNone(best, best and f"{best.json_path}: {best.message}")

    def test_refuses_what_needs_no_understanding(self):
        for path in sorted((ROOT / "tests/experiment/bad").glob("*.yaml")):
            if not re.search("^# schema: accepts$", path.read_text(), re.MULTILINE):
                with self.subTest(path.name):
                    self.assertFalse(is_accepted(path))

    def test_refuses_nothing_more(self):
        """A file that is said to be accepted is; but for those that are no single document."""
        for path in sorted((ROOT / "tests/experiment/bad").glob("*.yaml")):
            if path.stem in ("empty", "not-yaml", "two-documents"):
                continue
            if re.search("^# schema: accepts$", path.read_text(), re.MULTILINE):
                with self.subTest(path.name):
                    self.assertTrue(is_accepted(path))


if __name__ == "__main__":
    sys.exit(unittest.main())
