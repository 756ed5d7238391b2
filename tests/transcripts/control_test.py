#!/usr/bin/env python3
"""The control API as a client sees it that knows nothing but its OpenAPI description.

Such a client reads /openapi.json, calls every operation with every example of it, alone and
together, and with bodies that the description does not allow, and holds every answer against what
the description says of it: status, type and body, strictly. Every wait has a deadline, all traffic
is on loopback.
"""

import copy
import json
import os
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

TRIPCURVE = os.environ["TRIPCURVE"]
DEADLINE_S = 60
TOKEN = "an-example-of-a-token"

# What only a `run` answers, before it begins and between the runs of a --repeat.
ONLY_BETWEEN_RUNS = {("show", 409), ("set", 409), ("change", 409), ("clear", 409)}


class Controlled:
    """A running tripcurve with --control on a port of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [TRIPCURVE, *arguments, "--seed", "7", "--control", "127.0.0.1:0"], text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        for line in self.process.stderr:
            if match := re.search(r"http://127\.0\.0\.1:\d+/faults", line):
                self.url = match[0].removesuffix("/faults")
                return
        raise AssertionError("no address of the control")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Client:
    """Of any API with a description. Knows OpenAPI 3.0 and JSON, and nothing else."""

    def __init__(self, url, token=None):
        self.url = url
        self.token = token
        self.seen = set()  # of (operationId, status)
        with urllib.request.urlopen(url + "/openapi.json", timeout=DEADLINE_S) as answer:
            self.description = json.load(answer)

    def resolved(self, schema):
        """As JSON Schema, with nothing allowed that is not described."""
        if isinstance(schema, list):
            return [self.resolved(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            place = self.description
            for step in schema["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            return self.resolved(place)
        schema = {key: self.resolved(value) for key, value in schema.items()}
        if schema.pop("nullable", False) is True:
            schema["type"] = [schema["type"], "null"]
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        return schema

    def operations(self):
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def operation(self, wanted):
        return next(one for one in self.operations() if one[2]["operationId"] == wanted)

    def body_schema(self, operation):
        body = operation.get("requestBody")
        return self.resolved(body["content"]["application/json"]["schema"]) if body else None

    def bodies(self, operation):
        """Bodies of the examples, and others that the description does not allow."""
        schema = self.body_schema(operation)
        if schema is None:
            return [(None, True)]
        examples = operation["requestBody"]["content"]["application/json"].get("examples", {})
        bodies = [one["value"] for one in examples.values()]
        bodies += [{"no-such-key": "x"}, [], "text", {key: 1 for key in schema["properties"]}]
        if schema.get("required"):
            bodies.append({})
        allowed = jsonschema.Draft7Validator(schema).is_valid
        return [(body, allowed(body)) for body in bodies]

    def call(self, one, body=None, token=None, raw=None):
        """The status and the body of the answer, which is as the description says."""
        path, method, operation = one
        headers = {"Authorization": "Bearer " + token} if token else {}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data, headers, method=method.upper())
        try:
            answer = urllib.request.urlopen(request, timeout=DEADLINE_S)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            status, kind, text = answer.status, answer.headers.get_content_type(), answer.read()
        name = operation["operationId"]
        described = operation["responses"].get(str(status))
        assert described is not None, f"{name} answered {status}, which is not described: {text}"
        assert kind in described["content"], f"{name} answered {status} as {kind}"
        content = json.loads(text)
        schema = self.resolved(described["content"][kind]["schema"])
        jsonschema.Draft7Validator(schema).validate(content)
        self.seen.add((name, status))
        return status, content

    def call_with_everything(self):
        for one in self.operations():
            for body, is_allowed in self.bodies(one[2]):
                status, content = self.call(one, body, self.token)
                yield one[2]["operationId"], body, is_allowed, status, content


def described_answers(client):
    return {
        (operation["operationId"], int(status))
        for _, _, operation in client.operations()
        for status in operation["responses"]
    }


UPSTREAM = ("upstream", "--port", "0", "--phase", "up 60s", "--phase", "outage 60s errors=100%")
RUN = ("run", "--rate", "1/s", "--breaker", "none", "--phase", "up 600s")


class ControlTest(unittest.TestCase):
    def test_the_description_is_one_of_openapi_3(self):
        with Controlled(*UPSTREAM) as it:
            client = Client(it.url)
        self.assertTrue(client.description["openapi"].startswith("3.0."))
        try:
            from openapi_spec_validator import validate
        except ImportError:
            pass  # Debian has none; what follows needs most of what it would look at
        else:
            validate(client.description)
        names = [operation["operationId"] for _, _, operation in client.operations()]
        self.assertEqual(len(names), len(set(names)))
        for _, _, operation in client.operations():
            self.assertTrue(operation["summary"])
            schema = client.body_schema(operation)
            for value in (schema or {}).get("properties", {}).values():
                jsonschema.Draft7Validator(value).validate(value["example"])

    def test_every_example_is_served_and_nothing_else_is(self):
        with Controlled(*UPSTREAM) as it:
            client = Client(it.url)
            called = 0
            for name, body, is_allowed, status, _ in client.call_with_everything():
                self.assertEqual(status, 200 if is_allowed else 400, f"{name} {body}")
                called += 1
            self.assertGreater(called, 15)
            bodies = [body for body, allowed in client.bodies(client.operation("set")[2]) if allowed]
            schema = client.body_schema(client.operation("set")[2])
            self.assertEqual(set().union(*bodies), set(schema["properties"]))
            status, _ = client.call(client.operation("set"), raw=b"{")
            self.assertEqual(status, 400)

    def test_what_is_set_is_shown(self):
        with Controlled(*UPSTREAM) as it:
            client = Client(it.url)
            show, set_, change, clear, step, reset = (
                client.operation(name)
                for name in ("show", "set", "change", "clear", "step", "reset")
            )
            self.assertIsNone(client.call(show)[1]["injected"])
            for body, is_allowed in client.bodies(set_[2]):
                if is_allowed:
                    answer = client.call(set_, body)[1]
                    for key, value in body.items():
                        self.assertEqual(answer["injected"][key], value)
                    shown = client.call(show)[1]
                    self.assertEqual(shown["injected"], answer["injected"])
            client.call(set_, {"errors": "503:100%"})
            changed = client.call(change, {"latency": "1s"})[1]["injected"]
            self.assertEqual(changed, {"errors": "503:100%", "latency": "1s"})
            changed = client.call(change, {"errors": None, "bandwidth": "2KB/s"})[1]["injected"]
            self.assertEqual(changed, {"latency": "1s", "bandwidth": "2KB/s"})
            self.assertIsNone(client.call(clear)[1]["injected"])
            self.assertEqual(client.call(step, {"phase": "outage"})[1]["phase"], "outage")
            self.assertEqual(client.call(reset)[1]["phase"], "up")

    def test_what_can_be_set_is_what_the_flags_of_faults_set_can_set(self):
        with Controlled(*UPSTREAM) as it:
            schema = Client(it.url).body_schema(Client(it.url).operation("set")[2])
        help_ = subprocess.run([TRIPCURVE, "faults", "--help"], text=True, capture_output=True).stdout
        flags = re.findall(r"--([a-z-]+) SPEC +to set", help_)
        self.assertEqual([flag.replace("-", "_") for flag in flags], list(schema["properties"]))

    def test_with_a_token_every_operation_that_the_description_secures_wants_it(self):
        with Controlled(*UPSTREAM, "--control-token", TOKEN) as it:
            client = Client(it.url, TOKEN)
            for one in client.operations():
                is_secured = one[2].get("security", client.description["security"]) != []
                body = client.bodies(one[2])[0][0]
                for token in (None, "wrong", TOKEN[:-1]):
                    status, _ = client.call(one, body, token)
                    self.assertEqual(status, 401 if is_secured else 200, one[2]["operationId"])
                self.assertEqual(client.call(one, body, TOKEN)[0], 200)

    def test_every_answer_that_is_described_can_be_had(self):
        with Controlled(*UPSTREAM, "--control-token", TOKEN) as it:
            steered = Client(it.url, TOKEN)
            list(steered.call_with_everything())
            for one in steered.operations():
                steered.call(one, steered.bodies(one[2])[0][0])
        with Controlled(*RUN) as it:  # its phases are the report's
            running = Client(it.url)
            self.assertEqual(running.description, steered.description)
            deadline = time.monotonic() + DEADLINE_S
            while running.call(running.operation("show"))[0] != 200:  # it has yet to begin
                self.assertLess(time.monotonic(), deadline)
            for name, body, is_allowed, status, _ in running.call_with_everything():
                refused = {400, 409} if name == "step" else {400}
                wanted = {409} if name in ("step", "reset") else {200}
                self.assertIn(status, wanted if is_allowed else refused, f"{name} {body}")
        missing = described_answers(steered) - steered.seen - running.seen
        self.assertLessEqual(missing, ONLY_BETWEEN_RUNS)

    def test_this_test_would_see_an_answer_that_is_not_described(self):
        with Controlled(*UPSTREAM) as it:
            client = Client(it.url)
            one = copy.deepcopy(client.operation("show"))
            del one[2]["responses"]["200"]
            self.assertRaises(AssertionError, client.call, one)
            phase = client.description["components"]["schemas"]["Phase"]
            del phase["properties"]["served"]
            phase["required"].remove("served")
            self.assertRaises(
                jsonschema.ValidationError, client.call, client.operation("show")
            )


if __name__ == "__main__":
    unittest.main()
