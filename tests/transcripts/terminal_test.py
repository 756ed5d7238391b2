#!/usr/bin/env python3
"""`tripcurve run` in a terminal: the panel, Ctrl-C, colours, and windows of any size."""

import os
import signal
import subprocess
import tempfile
import unittest

from run_in_terminal import Terminal

# A closed loop, which no busy machine makes inconclusive.
OUTAGE = [
    os.environ["TRIPCURVE"], "run", "--seed", "1", "--workers", "2", "--think", "10ms",
    "--breaker", "classic,failures=5,successes=2,timeout=300ms",
    "--phase", "healthy 700ms", "--phase", "outage 1s errors=100%", "--phase", "healed 800ms",
]  # fmt: skip
LONG = [os.environ["TRIPCURVE"], "run", "--seed", "1", "--workers", "2", "--think", "10ms", "--duration", "10m"]


class InATerminal(unittest.TestCase):
    def test_the_panel_shows_the_states_and_then_makes_room_for_the_report(self):
        for columns, rows in [(80, 24), (200, 50)]:
            with self.subTest(columns=columns), Terminal(OUTAGE, columns, rows) as terminal:
                terminal.wait_for("CLOSED")
                terminal.wait_for("OPEN")
                self.assertIn("healed", terminal.screen.text())
                self.assertFalse(terminal.screen.cursor_shown)
                self.assertEqual(terminal.finish(), 0)
                # but for the command that repeats it, which is there to be copied
                wide = [line for line in terminal.screen.wrapped if not line.startswith("Run it again: ")]
                self.assertFalse(wide, "a line is wider than the window")
                self.assertTrue(terminal.screen.cursor_shown)
                self.assertNotIn("now/s", terminal.screen.text())  # as on the panel
                self.assertIn("Verdict", terminal.screen.text())

    def test_ctrl_c_ends_the_run_and_the_report_still_comes(self):
        with Terminal(LONG, 80, 24, redirect=True) as terminal:
            terminal.wait_for("CLOSED")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.finish(), 130)
            self.assertIn("interrupted", terminal.stdout())
            self.assertTrue(terminal.screen.cursor_was_hidden)
            self.assertTrue(terminal.screen.cursor_shown)

    def test_however_a_signal_ends_or_stops_the_run_the_cursor_is_shown(self):
        for name, code in [("SIGHUP", 143), ("SIGTERM", 143), ("SIGQUIT", -signal.SIGQUIT)]:
            with self.subTest(name), Terminal(LONG, 80, 24, redirect=True) as terminal:
                terminal.wait_until("it is hidden", lambda screen: screen.cursor_was_hidden)
                terminal.send(getattr(signal, name))
                self.assertEqual(terminal.finish(), code)
                self.assertTrue(terminal.screen.cursor_shown)
        with Terminal(LONG, 80, 24, redirect=True) as terminal:
            terminal.wait_for("CLOSED")
            terminal.send(signal.SIGTSTP)
            terminal.wait_until("it is shown", lambda screen: screen.cursor_shown)
            terminal.send(signal.SIGCONT)
            terminal.wait_until("it is hidden again", lambda screen: not screen.cursor_shown)
            terminal.press_ctrl_c()
            self.assertEqual(terminal.finish(), 130)

    def test_who_is_told_to_ignore_a_hangup_runs_on(self):
        quick = [*LONG[:-1], "1s"]
        nohup = ["bash", "-c", 'trap "" HUP; exec "$0" "$@"', *quick]
        with Terminal(nohup, 80, 24, redirect=True) as terminal:
            terminal.wait_for("CLOSED")
            terminal.send(signal.SIGHUP)
            self.assertEqual(terminal.finish(), 0)

    def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(self):
        for term in ["dumb", ""]:
            with self.subTest(term), Terminal(OUTAGE, 200, 50, {"TERM": term}, redirect=True) as terminal:
                self.assertEqual(terminal.finish(), 0)
                self.assertFalse(terminal.screen.cursor_was_hidden)
                self.assertFalse(terminal.screen.sequences)
                self.assertIn("event=transition", terminal.screen.text())

    def test_names_do_not_steer_the_terminal(self):
        nasty = "a\x1b[2Jb\x9bc\u202ed\u200fe"
        for command in [
            ["conform", nasty],
            ["lint", nasty],
            ["run", nasty],
            ["report", nasty],
            ["validate", nasty],
            [nasty],
            ["run", "--" + nasty],
            ["simulate", "--breaker", nasty],
            ["simulate", "--phase", nasty + " 1s"],
            ["simulate", "--endpoint", "/" + nasty],
            ["simulate", "--json", "/nowhere/" + nasty],
            ["describe", nasty],
        ]:
            with self.subTest(command[0]), Terminal([LONG[0], *command], 80, 24, {"NO_COLOR": "1"}) as terminal:
                terminal.finish()  # the screen refuses what steers it and is no known sequence
                self.assertFalse(terminal.screen.sequences)

    def test_colours_can_be_turned_off(self):
        for environment, coloured in [({}, True), ({"NO_COLOR": "1"}, False)]:
            with self.subTest(environment), Terminal(OUTAGE, 80, 24, environment) as terminal:
                terminal.wait_for("OPEN")
                self.assertEqual(terminal.finish(), 0)
                self.assertEqual(bool(terminal.screen.colours - {"0"}), coloured)

    def test_the_report_has_colours_where_somebody_sees_them(self):
        failing = [LONG[0], "simulate", "--seed", "1", "--expect", "opens == 0"]
        green, red = {"32"}, {"31"}
        for flags, environment, wanted in [
            ([], {}, green | red),
            ([], {"NO_COLOR": "1"}, set()),
            ([], {"TERM": "dumb"}, set()),
            (["--color", "never"], {}, set()),
            (["--color", "always"], {"NO_COLOR": "1"}, green | red),
        ]:
            with self.subTest(flags=flags, environment=environment), \
                    Terminal(failing + flags, 80, 60, environment) as terminal:  # fmt: skip
                self.assertEqual(terminal.finish(), 1)
                self.assertIn("FAIL  opens == 0", terminal.screen.text())
                self.assertEqual(terminal.screen.colours & (green | red), wanted)
        with Terminal(failing, 80, 60, redirect=True) as terminal:
            self.assertEqual(terminal.finish(), 1)
            self.assertNotIn("\x1b", terminal.stdout())

    def test_report_and_compare_have_colours_too(self):
        with tempfile.TemporaryDirectory() as folder:
            old, new = (os.path.join(folder, name) for name in ("old", "new"))
            for path, failures in [(old, "5"), (new, "50")]:
                subprocess.run([LONG[0], "simulate", "--seed", "1", "--breaker", "classic,failures=" + failures,
                                "--json", path], stdout=subprocess.DEVNULL, check=True)  # fmt: skip
            for command, code in [(["report", old], 0), (["compare", old, new], 1)]:
                with self.subTest(command[0]), Terminal([LONG[0], *command], 80, 200) as terminal:
                    self.assertEqual(terminal.finish(), code)
                    self.assertIn("31", terminal.screen.colours)

    def test_a_long_simulation_says_how_far_it_is_and_takes_that_away(self):
        endless = [LONG[0], "simulate", "--seed", "1", "--duration", "10000h", "--rate", "100/s", "--repeat", "3"]
        with Terminal(endless, 80, 60, redirect=True) as terminal:
            terminal.wait_for("simulating 0 %, 1 s")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.finish(), 130)
            self.assertEqual(terminal.screen.text().strip(), "")
            self.assertIn("interrupted", terminal.stdout())

    def test_many_runs_say_how_long_they_will_take(self):
        many = [LONG[0], "simulate", "--seed", "1", "--duration", "10m", "--rate", "100/s", "--repeat", "1000"]
        with Terminal(many, 80, 60, redirect=True) as terminal:
            terminal.wait_for("% (about ")
            self.assertRegex(terminal.screen.text(), r"simulating \d+ % \(about \d+ (s|min|h) left\), \d+ s")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.finish(), 130)

    def test_a_result_that_takes_long_to_read_is_waited_for_aloud(self):
        result = subprocess.run([LONG[0], "simulate", "--seed", "1", "--json", "-"], check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            slow = os.path.join(folder, "slow")
            os.mkfifo(slow)
            with Terminal([LONG[0], "report", slow], 80, 100, redirect=True) as terminal:
                with open(slow, "wb") as writer:
                    terminal.wait_for("reading " + slow)
                    writer.write(result)
                self.assertEqual(terminal.finish(), 0)
                self.assertEqual(terminal.screen.text().strip(), "")
                self.assertIn("Verdict  finished", terminal.stdout())

    def test_a_terminal_that_cannot_move_its_cursor_is_told_no_progress(self):
        long_enough = [LONG[0], "simulate", "--seed", "1", "--rate", "10000/s", "--duration", "3m"]
        with Terminal(long_enough, 80, 60, {"TERM": "dumb"}, redirect=True) as terminal:
            self.assertEqual(terminal.finish(), 0)
            self.assertEqual(terminal.screen.text().strip(), "")
            self.assertFalse(terminal.screen.sequences)

    def test_the_panel_says_which_of_several_runs_it_shows(self):
        with Terminal([*OUTAGE, "--repeat", "2"], 120, 30) as terminal:
            terminal.wait_for("run 1 of 2")
            terminal.wait_for("run 2 of 2")
            self.assertEqual(terminal.finish(), 0)

    def test_without_utf8_the_panel_is_ascii(self):
        with Terminal(OUTAGE, 80, 24, {"LC_ALL": "C"}) as terminal:
            terminal.wait_for("OPEN")
            self.assertTrue(terminal.screen.text().isascii())
            self.assertEqual(terminal.finish(), 0)

    def test_the_panel_follows_the_size_of_the_window(self):
        with Terminal(OUTAGE, 80, 24) as terminal:
            terminal.wait_for("CLOSED")
            for columns, rows in [(40, 10), (120, 40), (1, 1), (60, 20)]:
                terminal.resize(columns, rows)
            terminal.wait_for("OPEN")
            self.assertEqual(terminal.finish(), 0)

    def test_a_window_that_is_too_small_for_anything_does_no_harm(self):
        with Terminal(OUTAGE, 3, 2, redirect=True) as terminal:
            self.assertEqual(terminal.finish(), 0)
            self.assertIn("Verdict", terminal.stdout())


if __name__ == "__main__":
    unittest.main()
