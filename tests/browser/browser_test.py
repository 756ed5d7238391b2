#!/usr/bin/env python3
"""The HTML report and the dashboard in headless Chromium, as people have them before their eyes.

Environment: TRIPCURVE, PAGE and DASHBOARD name the programs (see CMakeLists.txt). With SCREENSHOTS=DIR
it leaves pictures there.
"""

import base64
import json
import os
import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import sample
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 30

# How many different colours a canvas shows; nothing is drawn on one with a single one.
COLOURS = """
  const image = arguments[0].getContext("2d").getImageData(0, 0, arguments[0].width, arguments[0].height);
  return new Set(new Uint32Array(image.data.buffer)).size;
"""


def chromium():
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-proxy-server", "--disable-background-networking"):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chrome = chromium()
        cls.addClassCleanup(cls.chrome.quit)

    def setUp(self):
        self.show(1280)
        self.chrome.get("about:blank")
        self.chrome.get_log("performance")
        self.chrome.get_log("browser")

    def show(self, width, dark=False):
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})  # fmt: skip
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})  # fmt: skip

    def until(self, condition, what):
        wait = WebDriverWait(self.chrome, PATIENCE, 0.1, [StaleElementReferenceException])
        return wait.until(lambda _: condition(), what)

    def find(self, selector):
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        while True:  # the live page may replace what was just found
            try:
                return self.find(selector).text
            except StaleElementReferenceException:
                continue

    def picture(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            height = self.chrome.execute_script("return document.documentElement.scrollHeight")
            shot = self.chrome.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": self.width(), "height": height, "scale": 1}})  # fmt: skip
            (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def width(self):
        return self.chrome.execute_script("return innerWidth")

    def check_fits(self):
        for width in (1280, 400):
            for dark in (False, True):
                self.show(width, dark)
                self.until(lambda: self.width() == width, "another width")
                self.until(  # the charts follow the window a moment later
                    lambda: self.chrome.execute_script("return document.documentElement.scrollWidth") <= width,
                    f"a page that fits into {width}",
                )
                self.picture(f"{self.id().split('.')[-1]}-{width}-{'dark' if dark else 'light'}")
        self.show(1280)

    def check_drawn(self, least):
        canvases = [one for one in self.all("main canvas") if one.is_displayed()]
        drawn = [one for one in canvases if self.chrome.execute_script(COLOURS, one) > 3]
        self.assertGreaterEqual(len(drawn), least, f"of {len(canvases)} canvases")

    def check_clean(self, own):
        """No complaint of the browser, nothing asked of others, and no name became an element."""
        self.assertEqual([], [entry["message"] for entry in self.chrome.get_log("browser")])
        events = (json.loads(entry["message"])["message"] for entry in self.chrome.get_log("performance"))
        asked = {event["params"]["request"]["url"] for event in events
                 if event["method"] == "Network.requestWillBeSent"}  # fmt: skip
        self.assertEqual(set(), {url for url in asked if not url.startswith((own, "data:", "about:"))})
        self.assertEqual([], self.all("img, iframe, object, a[href^=javascript]"))
        self.assertNotEqual("owned", self.chrome.title)


class Report(Browser):
    def open(self, run):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "report.html"
        with path.open("wb") as out:
            subprocess.run(os.environ["PAGE"], input=json.dumps(run).encode(), stdout=out, check=True, timeout=PATIENCE)
        self.chrome.get(path.as_uri())

    def test_everything_a_run_has_is_shown(self):
        self.open(sample.report())
        self.assertIn("FAIL", self.text("#verdict"))
        self.assertIn("an expectation is not met (exit code 1)", self.text("#verdict"))
        self.assertIn("7 of 10 runs passed, and at least 8 had to pass; 95 % interval for the share that passes: 39.0% to 89.0%", self.text("#verdict"))
        self.assertIn("seed 18446744073709551615", self.text("#facts"))
        self.assertIn("60.0%", self.text("#glance"))
        self.assertEqual("Expectations: 2 of 4 hold", self.text("#expectations h2"))
        for word in ("✓ PASS", "✗ FAIL", "? INCONCLUSIVE", "588ms (59%)", "slow-bank.yaml:31:5", "phase outage"):
            self.assertIn(word, self.text("#expectations"))
        self.assertEqual(6, len(self.all("#transitions tbody tr")))
        self.assertIn("█ OPEN", self.text("#transitions"))
        self.assertIn("▒ HALF-OPEN", self.text("#transitions"))
        self.assertEqual(4, len(self.all("#phases > .scroll tbody tr")))
        self.assertIn("/pay", self.text("#endpoints"))
        self.assertIn("FailureThreshold", self.text("#breakers"))
        self.assertIn("two trials only", self.text("#warnings"))
        self.assertIn("9.200s: injected", self.text("#warnings"))
        self.assertEqual("Metrics of 10 completed runs", self.text("#repeats h2"))
        for word in ("time_to_open", "309ms", "phase outage", "412ms", "1.02s", "9"):
            self.assertIn(word, self.text("#repeats"))
        self.assertIn("tripcurve run slow-bank.yaml", self.text("#reproduce"))
        self.check_drawn(8)  # two charts, three strips, four distributions, less one to be lenient
        self.check_fits()
        self.check_clean("file:")

    def test_names_stay_names(self):
        self.open(sample.report())
        self.assertEqual(f"slow bank {sample.HOSTILE}", self.text("h1"))
        self.assertIn(sample.HOSTILE, self.text("#transitions"))
        self.check_clean("file:")

    def test_what_the_file_says_of_a_phase_stands_in_its_row(self):
        self.open(sample.report())
        rows = self.chrome.execute_script("""
            return [...document.querySelectorAll("#phases table")].map((table) => {
              const texts = (row) => [...row.cells].map((cell) => cell.textContent);
              const [titles, ...rows] = [...table.rows].map(texts);
              const outage = rows.find((row) => row[0].startsWith("outage"));
              return Object.fromEntries(titles.map((title, i) => [title, outage[i]]));
            });""")
        outage = {**rows[0], **rows[1]}
        shown = {key: outage[key] for key in ("p50", "p99.9", "Upstream requests", "Leaked while open",
                                              "Schedule error p99", "Wasted waiting")}
        self.assertEqual({"p50": "396ms", "p99.9": "720ms", "Upstream requests": "192", "Leaked while open": "0",
                          "Schedule error p99": "900us", "Wasted waiting": "57.6s"}, shown)  # fmt: skip

    def test_what_policies_do_to_calls_is_shown_and_counts_in_the_shares(self):
        run = sample.report()
        self.open(run)
        for word in ("Full", "Fallback", "Requests sent"):
            self.assertNotIn(word, self.text("#phases"))
        for fate in (run["totals"]["counts"], run["phases"][1]["counts"]):
            more = {"full": 300, "fallback": 200}
            fate.update(more, calls=fate["calls"] + 500, sent=fate["sent"] + 5000)
        run["experiment"]["client"]["policies"] = ["fallback", "retry,attempts=3", "breaker", "timeout"]
        for key in ("full", "fallback"):
            run["series"][key] = [0] * 30 + [5] * (len(run["series"]["t_ms"]) - 30)
        self.open(run)
        counts = run["totals"]["counts"]
        ended = sum(counts[key] for key in ("ok", "failed", "fail_fast", "full", "fallback"))
        self.assertIn(f"{100 * counts['ok'] / ended:.1f}%", self.text("#glance"))
        for word in ("300 calls without a place in the bulkhead", "200 calls answered by it", "per call"):
            self.assertIn(word, self.text("#glance"))
        for word in ("Full", "Fallback", "Requests sent", "300", "200", f"{run['phases'][1]['counts']['sent']:,}"):
            self.assertIn(word, self.text("#phases"))
        self.assertIn("fallback", self.text("#timeline .legend"))
        self.assertIn("fallback \u2192 retry,attempts=3 \u2192 breaker \u2192 timeout", self.text("#breakers"))
        self.check_fits()
        self.check_clean("file:")

    def texts(self, selector):
        """Rows of a table as lists of texts, the titles first, whether they are visible or not."""
        return self.chrome.execute_script("""
            return [...document.querySelector(arguments[0]).rows].map((row) => [...row.cells].map((cell) => cell.textContent));
            """, selector)  # fmt: skip

    def test_what_a_fallback_answered_and_what_became_of_its_queue_is_shown(self):
        run = sample.report()
        self.open(run)
        self.assertFalse(self.find("#fallback").is_displayed())
        more = {"fallback": 500, "fallback_open": 400, "cached": 300, "cache_misses": 100, "queued": 150,
                "drained": 90, "lost": 20, "queue_full": 7}  # fmt: skip
        for one in (*run["phases"], run["totals"]):
            one["counts"].update(dict.fromkeys(more, 0))
        for one in (run["totals"], run["phases"][1]):
            one["counts"].update(more, fail_fast=1008, failed=92, calls=1600)
            one["stale_age_ms"] = sample.latency(300, 2500, 6000)
            one["queue_wait_ms"] = sample.latency(90, 900, 4000)
        self.open(run)
        titles, *rows = self.texts("#fallback table")
        outage = dict(zip(titles, next(row for row in rows if row[0] == "outage")))
        self.assertEqual(
            {"Phase": "outage", "Availability": "0.0%", "With fallback": "31.3%", "Of rejected": "400", "Static": "50",
             "Cached": "300", "Hit rate": "75.0%", "Age p50": "2.50s", "Age max": "9.00s", "Queued": "150",
             "Drained": "90", "Lost": "20", "Still queued": "40", "No place in queue": "7", "Longest wait": "6.00s"},
            outage)  # fmt: skip
        self.assertIn("Queued is the sum of drained, lost and still queued", self.text("#fallback"))
        self.check_fits()
        self.check_clean("file:")

    def test_the_other_run_stands_beside_this_one(self):
        run = sample.report()
        self.open(run)
        self.assertFalse(self.find("#versus").is_displayed())
        other = sample.report()
        for one in (other["totals"], other["phases"][1]):
            one["counts"] = sample.counts(1600, 0, 1600, 0)
            one["upstream"]["requests"] = 4800
        run["versus"] = {"breaker": "none", "command": "simulate", "totals": other["totals"],
                         "phases": other["phases"], "breakers": []}  # fmt: skip
        self.open(run)
        self.assertEqual("With and without the breaker", self.text("#versus h2"))
        self.assertIn("The breaker saved 2,208 upstream requests and rejected 1,408 calls.", self.text("#versus"))
        titles, *rows = self.texts("#versus table")
        self.assertEqual([["outage", "with"], ["outage", "without"], ["total", "with"], ["total", "without"]],
                         [row[:2] for row in rows])  # fmt: skip
        without = dict(zip(titles, rows[1]))
        self.assertEqual(("4,800", "0.0%", "1,600", "0"),
                         tuple(without[key] for key in ("Upstream requests", "Availability", "Failed", "Rejected")))  # fmt: skip
        self.assertIn("with none, simulated.", self.text("#versus"))
        self.check_fits()
        self.check_clean("file:")

    def test_one_breaker_for_all_stands_beside_several(self):
        run = sample.report()
        other = sample.report()
        for one in (run["totals"], other["totals"]):
            one["counts"]["rejected_good"] = 0
            for endpoint in one["endpoints"]:
                endpoint["counts"]["rejected_good"] = 0
        other["totals"]["counts"]["rejected_good"] = 77
        for breaker in run["breakers"]:
            breaker["endpoint"] = breaker["name"]
        shared = {**other["breakers"][0], "name": "shared"}
        run["versus"] = {"breaker": "shared", "command": "run", "totals": other["totals"],
                         "phases": other["phases"], "breakers": [shared]}  # fmt: skip
        self.open(run)
        self.assertEqual("A breaker per endpoint, and one that all calls share", self.text("#versus h2"))
        self.assertIn("1,408 calls, 77 of which would have been answered well", self.text("#versus"))
        breakers = self.texts("#versus table[aria-label='Breakers of both runs']")
        self.assertEqual(["per endpoint", "2", "412ms", "412ms", "0"], breakers[1])
        self.assertEqual(["shared", "1", "412ms", "412ms", "77"], breakers[2])
        self.check_fits()
        self.check_clean("file:")

    def test_the_limit_of_an_adaptive_policy_is_shown_by_phase(self):
        run = sample.report()
        self.open(run)
        self.assertNotIn("Limit", self.find("#phases").get_attribute("textContent"))
        run["phases"][1]["limit"] = run["totals"]["limit"] = {"last": 1200, "least": 3, "most": 1300}
        self.open(run)
        titles, *rows = self.texts("#phases details table")
        at = titles.index("Limit at the end")
        self.assertEqual(["least", "most"], titles[at + 1:at + 3])
        self.assertEqual(["1,200", "3", "1,300"], rows[1][at:at + 3])
        self.find("#phases summary").click()
        self.check_fits()
        self.check_clean("file:")

    def test_the_transitions_are_told_from_the_latest_fault_as_in_the_text_report(self):
        self.open(sample.report())
        cells = [row.text for row in self.all("#transitions tbody td:last-child")]
        self.assertEqual(["412ms in", "432ms in", "3.91s in", "4.24s in", "7.80s in", "17.0ms after"], cells)

    def test_durations_and_shares_are_written_as_in_the_text_report(self):
        run = sample.report()
        times = [0, 0.0005, 0.0412, 1.2345, 999.6, 59999, 119999, 6e6, 7.26e6]
        run["breakers"] = [{**run["breakers"][0], "name": str(i), "time_open_ms": time} for i, time in enumerate(times)]
        self.open(run)
        shown = [row.text for row in self.all("#breakers .scroll:first-of-type tbody td:nth-child(5)")][:len(times)]
        self.assertEqual(["0ms", "500ns", "41.2us", "1.23ms", "1.00s", "60.0s", "120s", "1h40m", "2h01m"], shown)

    def test_of_very_many_breakers_the_first_are_shown_and_the_rest_is_counted(self):
        run = sample.report()
        one = run["breakers"][0]
        run["breakers"] = [{**one, "name": f"breaker {i}"} for i in range(1500)]
        self.open(run)
        self.assertEqual(1000, len(self.all("#breakers .scroll:first-of-type tbody tr")))
        self.assertIn("The first 1,000 of 1,500 breakers are shown here, and 500 are left out.", self.text("#breakers"))
        self.assertIn("The first 100 of 1,500 breakers are shown here, and 1,400 are left out.", self.text("#timeline"))
        self.check_clean("file:")

    def test_long_settings_break_after_their_commas(self):
        run = sample.report()
        dialect = "resilience4j," + ",".join(f"setting{i}={i}" for i in range(40))
        run["breakers"][0]["dialect"] = run["breaker_settings"]["expression"] = dialect
        self.open(run)
        for width in (1280, 400):
            self.show(width)
            self.until(lambda width=width: self.width() == width, "another width")
            for place in ("#facts", "#breakers .pairs div:last-child dd"):
                lines = self.chrome.execute_script("""
                    const lines = [];
                    for (const node of document.querySelector(arguments[0]).childNodes) {
                      if (node.nodeType !== Node.TEXT_NODE || !node.data.includes("setting")) continue;
                      const range = document.createRange();
                      range.selectNodeContents(node);
                      lines.push(range.getClientRects().length);
                    }
                    return lines;""", place)
                self.assertGreater(len(lines), 30)
                self.assertEqual({1}, set(lines), f"a setting is broken in {place} at {width}")

    def test_faults_of_phases_and_by_hand_are_shaded_in_the_charts(self):
        run = sample.report()
        for phase in run["phases"]:
            phase["fault"] = False
        run["interventions"] = [{"t_ms": 15000.0, "text": "injected", "faulty": True},
                                {"t_ms": 17000.0, "text": "cleared", "faulty": False}]  # fmt: skip
        shaded = """
          const [canvas] = document.querySelectorAll(".chart canvas");
          const context = canvas.getContext("2d");
          const scale = canvas.width / canvas.clientWidth;
          const left = 56, width = canvas.clientWidth - left;
          return arguments[0].map((s) => context.getImageData((left + width * s / 20.011) * scale, 12 * scale, 1, 1).data[3] > 0);
        """
        self.open(run)
        self.assertIn("shaded: a fault", self.text("#timeline .key"))
        self.assertEqual([False, True, False], self.chrome.execute_script(shaded, [10.1, 16.1, 18.1]))

    def test_a_file_of_the_first_version_is_shown_as_far_as_it_goes(self):
        run = sample.report()
        for key in ("series", "expectations", "repeats", "description", "load", "reproduce", "warnings",
                    "notes", "interventions", "ended_at_ms"):  # fmt: skip
            del run[key]
        for one in [*run["phases"], run["totals"]]:
            for key in ("distribution", "endpoints", "wasted_time_ms", "peak_in_flight", "fail_fast_us"):
                del one[key]
        run["verdict"] = {"result": "finished", "reasons": []}
        self.open(run)
        self.assertIn("FINISHED", self.text("#verdict"))
        self.assertIn("holds no series", self.text("#timeline"))
        self.check_drawn(3)  # the strips
        self.check_fits()
        self.check_clean("file:")

    def test_everything_can_be_reached_and_read_by_keyboard(self):
        self.open(sample.report())
        self.find("body").send_keys(Keys.TAB)
        focused = self.chrome.switch_to.active_element
        self.assertEqual("Skip to the verdict", focused.text)
        chart = self.find(".chart")
        self.chrome.execute_script("arguments[0].focus()", chart)
        chart.send_keys(Keys.HOME)
        self.assertIn("at 0.10s", self.text("#timeline h3"))
        self.assertIn("200/s", self.text("#timeline h3"))
        chart.send_keys(Keys.END, "+")
        self.assertTrue(self.find("#timeline button").is_displayed())
        chart.send_keys(Keys.ESCAPE)
        self.assertFalse(self.find("#timeline button").is_displayed())
        self.find("#timeline summary").send_keys(Keys.ENTER)
        self.until(lambda: len(self.all("#timeline tbody tr")) > 50, "the charts as a table")
        self.check_clean("file:")


class Page(Browser):
    """A page that a program serves."""

    def start(self, command, **pipes):
        program = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stdin=subprocess.PIPE, **pipes)
        self.addCleanup(self.end, program)
        return program

    @staticmethod
    def end(program):
        program.kill()
        program.wait(PATIENCE)
        for pipe in (program.stdin, program.stdout, program.stderr):
            if pipe:
                pipe.close()


class Dashboard(Page):
    def test_a_real_run_is_watched_stopped_and_becomes_its_report(self):
        name = "/pay</script><img/src=x/onerror=alert(1)>"
        run = self.start([os.environ["TRIPCURVE"], "run", "--quiet", "--dashboard", "--phase", "calm 1s",
                          "--phase", "outage 100s errors=100%", "--endpoint", name, "--endpoint", "/cards",
                          "--breaker-per", "endpoint", "--seed", "7"], stderr=subprocess.PIPE)  # fmt: skip
        url = re.search(r"http://\S+/", run.stderr.readline())[0]
        self.chrome.get(url)
        self.until(lambda: "● live" in self.text("#connection"), "the connection")
        self.until(lambda: len(self.all("#transitions tbody tr")) >= 2, "two transitions")
        self.assertIn("RUNNING", self.text("#verdict"))
        self.assertIn(name, self.text("#transitions"))
        self.until(lambda: "█ OPEN" in self.text("#timeline"), "an open breaker on its strip")
        calls = self.text("#glance dd")
        self.until(lambda: self.text("#glance dd") != calls, "more calls")
        self.check_drawn(5)
        self.check_fits()

        self.find("#stop").click()
        self.until(lambda: "INTERRUPTED" in self.text("#verdict"), "the report")
        self.assertEqual(130, run.wait(PATIENCE))
        self.assertIn("this is its report", self.text("#connection"))
        self.assertFalse(self.find("#controls").is_displayed())
        self.assertIn("p99", self.text("#phases"))
        self.check_clean(url)

    def test_the_buttons_inject_clear_and_stop(self):
        program = self.start([os.environ["DASHBOARD"]])
        url = program.stdout.readline().strip()
        self.chrome.get(url)
        self.until(lambda: self.find("#inject").is_displayed(), "the buttons")
        self.find("#errors").send_keys("nonsense")
        self.find("#inject").click()
        self.until(lambda: "unknown error kind 'nonsense'; write 503:100%" in self.text("#said"), "the refusal")
        self.find("#errors").clear()
        self.find("#controls .presets button").click()
        self.find("#inject").click()
        self.assertEqual("injected errors=503:100%", program.stdout.readline().strip())
        self.until(lambda: self.text("#said") == "injected", "the answer")
        self.until(lambda: "0.700s: injected errors=503:100%" in self.text("#warnings"), "what was done")
        self.find("#clear").click()
        self.assertEqual("clear", program.stdout.readline().strip())
        self.find("#stop").click()
        self.assertEqual("stop", program.stdout.readline().strip())
        refusals = [entry for entry in self.chrome.get_log("browser") if "400" not in entry["message"]]
        self.assertEqual([], refusals)
        self.check_fits()
        self.check_clean(url)

    def test_the_charts_begin_with_the_rate_of_the_first_interval(self):
        program = self.start([os.environ["DASHBOARD"]])
        self.chrome.get(program.stdout.readline().strip())
        self.until(lambda: self.all(".chart"), "the charts")
        chart = self.find(".chart")
        self.chrome.execute_script("arguments[0].focus()", chart)
        chart.send_keys(Keys.HOME)
        self.assertIn("at 0.05s", self.text("#timeline h3"))
        self.assertIn("ok 200/s", self.text("#timeline h3").replace("\n", " "))

    def test_the_other_run_is_shown_as_it_was_at_the_same_time(self):
        program = self.start([os.environ["DASHBOARD"]])
        self.chrome.get(program.stdout.readline().strip())
        self.until(lambda: self.find("#versus").is_displayed(), "the other run")
        self.assertEqual("The other run at the same time", self.text("#versus h2"))
        rows = [row.text.split() for row in self.all("#versus tbody tr")]
        self.assertEqual(["this", "run", "200", "200", "200", "0", "0", "100.0%"], rows[0])
        self.assertEqual(["without", "100", "300", "0", "100", "0", "0.0%"], rows[1])  # half of its points
        self.check_fits()

    def test_a_server_that_goes_is_told_and_its_numbers_stay(self):
        program = self.start([os.environ["DASHBOARD"]])
        self.chrome.get(program.stdout.readline().strip())
        self.until(lambda: self.text("#glance dd") == "200", "the calls so far")
        program.stdin.close()
        self.until(lambda: "does not answer" in self.text("#connection"), "the loss")
        self.assertEqual("200", self.text("#glance dd"))


class Control(Page):
    def control(self, *flags):
        upstream = self.start([os.environ["TRIPCURVE"], "upstream", "--seed", "18446744073709551615", "--control",
                               "127.0.0.1:0", "--phase", "up 100s", "--phase", "<b>down</b> 100s errors=503:100%",
                               *flags], stderr=subprocess.PIPE)  # fmt: skip
        self.upstream = upstream.stdout.readline().strip()
        for line in upstream.stderr:
            if found := re.search(r"with a page at (http://\S+/)", line):
                self.chrome.get(found[1])
                return found[1]
        self.fail("no page is told")

    def status(self):
        try:
            with urllib.request.urlopen(self.upstream, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_faults_are_injected_and_cleared_phases_begin_and_all_is_set_back(self):
        url = self.control()
        self.until(lambda: "● live" in self.text("#connection"), "the connection")
        self.assertIn("seed 18446744073709551615", self.text("#facts"))
        self.assertIn("p99", self.text("#reproduce"))
        self.assertEqual(200, self.status())
        self.until(lambda: "1" == self.text("#phases tbody tr td:nth-of-type(2)"), "what has arrived")

        self.find("#errors").send_keys("nonsense:5%")
        self.find("#inject").click()
        self.until(lambda: "unknown error kind 'nonsense'" in self.text("#said"), "the refusal")
        self.find("#errors").clear()
        self.find("#errors").send_keys("502:100%")
        self.find("#inject").click()
        self.until(lambda: "Injected by hand: errors=502:100%" in self.text("#by-hand"), "the fault")
        self.assertEqual(502, self.status())
        self.until(lambda: "1 502" in self.text("#phases"), "its count")
        self.check_fits()
        self.find("#clear").click()
        self.until(lambda: "the plan holds" in self.text("#by-hand"), "the plan")
        self.assertEqual(200, self.status())

        self.find("#errors").clear()
        self.assertIsNone(self.find("#more-faults").get_attribute("open"))
        self.find("#more-faults summary").click()
        self.find("#rate_limit").send_keys("1/h,burst=1")
        self.find("#on").send_keys("GET /")
        self.find("#inject").click()
        self.until(lambda: "counts all requests together" in self.text("#said"), "the refusal of a path")
        self.find("#on").clear()
        self.find("#inject").click()
        self.until(lambda: "Injected by hand: rate_limit=1/h" in self.text("#by-hand"), "the limit")
        self.assertEqual([200, 429], [self.status(), self.status()])
        self.until(lambda: "1 limited" in self.text("#phases"), "its count")
        self.check_fits()
        self.find("#clear").click()
        self.until(lambda: "the plan holds" in self.text("#by-hand"), "the plan again")

        self.find("#phase option:nth-child(2)").click()
        self.find("#begin").click()
        self.until(lambda: self.text("#title") == "Phase <b>down</b>", "the phase")
        self.assertEqual(503, self.status())
        self.find("#reset").click()
        self.until(lambda: self.text("#title") == "Phase up", "the beginning")
        self.assertEqual(200, self.status())
        self.assertFalse([entry for entry in self.chrome.get_log("browser") if "400" not in entry["message"]])
        self.check_clean(url)

    def test_a_token_is_asked_for_where_one_is_needed(self):
        self.control("--control-token", "open sesame")
        self.until(lambda: self.find("#token").is_displayed(), "the field for it")
        self.assertIn("the token is missing or wrong", self.text("#connection"))
        self.find("#token").send_keys("open sesame")
        self.until(lambda: "● live" in self.text("#connection"), "the connection")


if __name__ == "__main__":
    unittest.main()
