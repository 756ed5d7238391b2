"""Runs a program in a terminal of its own and looks at what a person would see there.

    with Terminal([tripcurve, "run"], columns=80, rows=24) as terminal:
        terminal.wait_for("OPEN")
        terminal.press_ctrl_c()
        assert terminal.finish() == 130

Nothing here sleeps: every wait is for the program, and has a deadline.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

DEADLINE_S = 60

# The control sequences a panel may use: cursor up, down, right, left, to a column, to a place; erase;
# insert and delete lines; colours; and switches such as "show the cursor".
SEQUENCE = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])")
UNFINISHED = re.compile(r"\x1b(\[[\d;?]*)?$")


class Screen:
    """What a terminal of this size shows after what was written to it, without its colours.

    A sequence it does not know raises ValueError: a panel should get by with few.
    """

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.cursor_shown = True
        self.cursor_was_hidden = False
        self.line = ""  # what was printed since the last end of a line
        self.wrapped = []  # the beginnings of lines that did not fit
        self.colours = set()  # the parameters of all colour codes
        self.sequences = 0  # how many control sequences there were
        self.rest = ""

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def resize(self, columns, rows):
        kept = [row[:columns] + [" "] * (columns - len(row)) for row in self.cells[:rows]]
        self.cells = kept + [[" "] * columns for _ in range(rows - len(kept))]
        self.columns, self.rows = columns, rows
        self.row = min(self.row, rows - 1)
        self.column = min(self.column, columns - 1)

    def write(self, text):
        text = self.rest + text
        unfinished = UNFINISHED.search(text)
        self.rest = unfinished[0] if unfinished else ""
        position, end = 0, len(text) - len(self.rest)
        while position < end:
            if text[position] == "\x1b":
                sequence = SEQUENCE.match(text, position)
                if not sequence:
                    raise ValueError(f"unknown control sequence {text[position:position + 8]!r}")
                self.sequences += 1
                self._obey(*sequence.groups())
                position = sequence.end()
            else:
                self._put(text[position])
                position += 1

    def _put(self, character):
        if character == "\r":
            self.column = 0
            self.line = ""
        elif character == "\n":
            self._line_feed()
            self.line = ""
        elif character.isprintable():
            if self.column == self.columns:
                self.wrapped.append(self.line)
                self.column = 0
                self._line_feed()
            self.cells[self.row][self.column] = character
            self.column += 1
            self.line += character
        else:
            raise ValueError(f"unknown control character {character!r}")

    def _line_feed(self):
        if self.row == self.rows - 1:
            self.cells = self.cells[1:] + [[" "] * self.columns]
        else:
            self.row += 1

    def _obey(self, private, parameters, final):
        if private:
            self._switch(parameters, final)
            return
        numbers = [int(number) for number in parameters.split(";") if number]
        by = max(1, numbers[0]) if numbers else 1
        if final == "m":
            self.colours.update(parameters.split(";") if parameters else [])
        elif final in "AB":
            self.row = min(max(self.row + (by if final == "B" else -by), 0), self.rows - 1)
        elif final in "CD":
            self.column = min(max(self.column + (by if final == "C" else -by), 0), self.columns - 1)
        elif final == "G":
            self.column = min(by, self.columns) - 1
        elif final == "H":
            self.row = min(by, self.rows) - 1
            self.column = min(max(1, (numbers + [1, 1])[1]), self.columns) - 1
        elif final in "LM":
            self._shift(by, final)
        elif final in "JK":
            self._erase(final, numbers[0] if numbers else 0)
        else:
            raise ValueError(f"unknown control sequence ESC [ {parameters} {final}")

    def _shift(self, by, final):
        """Inserts (L) or deletes (M) lines at the cursor; the column becomes the first."""
        blank = [[" "] * self.columns for _ in range(by)]
        below = self.cells[self.row :]
        below = blank + below if final == "L" else below[by:] + blank
        self.cells[self.row :] = below[: self.rows - self.row]
        self.column = 0

    def _erase(self, final, how):
        """To the end (0), to the cursor (1), all (2); of the line (K) or the screen (J)."""
        first, last = (0 if how else self.column), (self.column + 1 if how == 1 else self.columns)
        self.cells[self.row][first:last] = [" "] * (last - first)
        if final == "J":
            rows = range(self.row + 1, self.rows) if how == 0 else range(self.row)
            for row in range(self.rows) if how == 2 else rows:
                self.cells[row] = [" "] * self.columns

    def _switch(self, parameters, final):
        if parameters == "25" and final in "hl":
            self.cursor_shown = final == "h"
            self.cursor_was_hidden |= not self.cursor_shown
        elif (parameters, final) not in {("2026", "h"), ("2026", "l")}:  # frames drawn at once
            raise ValueError(f"unknown switch ESC [ ? {parameters} {final}")


class Terminal:
    """A program whose standard input and standard error are a terminal.

    Its standard output is the terminal too, unless `redirect` is set: then it is a file, read with
    stdout().
    """

    def __init__(self, command, columns, rows, environment=None, redirect=False):
        self.screen = Screen(columns, rows)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._deadline = time.monotonic() + DEADLINE_S
        self._stdout = tempfile.TemporaryFile()
        self._ours, theirs = pty.openpty()
        self._set_size(columns, rows)
        self._process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
            | (environment or {}),
            stdin=theirs,
            stdout=self._stdout if redirect else theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=self._take_terminal,
        )
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
        self._stdout.close()

    def wait_until(self, what, holds):
        """Reads until holds(screen); AssertionError when the program ends or the deadline passes."""
        while not holds(self.screen):
            if not self._read():
                raise AssertionError(f"the program ended before {what}:\n{self.screen.text()}")

    def wait_for(self, text):
        self.wait_until(f"'{text}' was seen", lambda screen: text in screen.text())

    def send(self, signal_number):
        self._process.send_signal(signal_number)

    def press_ctrl_c(self):
        os.write(self._ours, b"\x03")

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        self._set_size(columns, rows)

    def finish(self):
        """Reads until the program has ended; its exit code."""
        while self._read():
            pass
        return self._process.wait(max(0.1, self._deadline - time.monotonic()))

    def stdout(self):
        self._stdout.seek(0)
        return self._stdout.read().decode()

    @staticmethod
    def _take_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it

    def _set_size(self, columns, rows):
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self):
        """Shows the next piece of what the program writes; False when there is no more."""
        patience = self._deadline - time.monotonic()
        if patience <= 0 or not select.select([self._ours], [], [], patience)[0]:
            raise AssertionError(f"still waiting after {DEADLINE_S} s:\n{self.screen.text()}")
        try:
            piece = os.read(self._ours, 65536)
        except OSError:  # EIO: nobody has the other end open any more
            return False
        self.screen.write(self._decoder.decode(piece))
        return bool(piece)
