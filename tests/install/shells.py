"""Real shells that complete a line, as a person has them do it.

    with Bash("/usr/share/bash-completion/completions/tripcurve") as bash:
        assert bash.complete("tripcurve list ") == ["list", "dialects", "metrics"]

`tripcurve` is a function in them that only notes its arguments, so that these are the words of the line
with everything that was offered in the place of the last one. The shells run in `folder`; `prefix` is a
command before theirs, such as chroot. Nothing here sleeps: every wait is for the shell's prompt, and has
a deadline.
"""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

DEADLINE_S = 60
OFFER_ALL = "\x1b*"  # readline's insert-completions; zsh is told to do the same


class _Interactive:
    """A shell in a terminal. Subclasses say how it starts and what it reads first."""

    def __init__(self, completion, folder=None, root=""):
        self.folder = folder
        self.root = root
        self.home = Path(tempfile.mkdtemp(prefix="shell-", dir=root + "/tmp"))
        self.inside = str(self.home)[len(root):]
        self.prepare(completion)
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            (["chroot", root] if root else []) + self.command(),
            cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": self.inside, "ZDOTDIR": self.inside, "TERM": "dumb",
                 "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null"})
        os.close(theirs)
        self.lines = 0
        self._wait_for_prompt()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        shutil.rmtree(self.home)

    def complete(self, line):
        noted = self.home / "noted"
        noted.unlink(missing_ok=True)
        self.lines += 1
        os.write(self.terminal, (line + OFFER_ALL + "\r").encode())
        self._wait_for_prompt()
        return noted.read_text().splitlines()

    def _wait_for_prompt(self):
        shown = b""
        deadline = time.monotonic() + DEADLINE_S
        while f"ready {self.lines}> ".encode() not in shown:
            patience = deadline - time.monotonic()
            if patience <= 0 or not select.select([self.terminal], [], [], patience)[0]:
                raise AssertionError(f"no prompt after {DEADLINE_S} s: {shown!r}")
            shown += os.read(self.terminal, 65536)

    def start_file(self, *lines):
        noting = (f"tripcurve() {{ printf '%s\\n' \"$@\" > {self.inside}/noted; lines=$((lines + 1)); }}")
        return "\n".join([*lines, *self.change_folder(), noting, "lines=0 PS1='ready $lines> '"]) + "\n"

    def change_folder(self):
        return [f"cd {self.folder[len(self.root):]}"] if self.folder else []


class Bash(_Interactive):
    def prepare(self, completion):
        (self.home / "rc").write_text(self.start_file(
            "bind 'set enable-bracketed-paste off'", f"source {completion}"))

    def command(self):
        return ["bash", "--noprofile", "--rcfile", f"{self.inside}/rc", "-i"]


class Zsh(_Interactive):
    """`completion` lies in a folder that zsh is told to look into."""

    def prepare(self, completion):
        (self.home / ".zshrc").write_text(self.start_file(
            "unsetopt prompt_sp; setopt prompt_subst; zmodload zsh/zle; unset zle_bracketed_paste",
            f"fpath=({Path(completion).parent} $fpath)",
            "autoload -Uz compinit; compinit -u -D",
            "zstyle ':completion:*' completer _all_matches _complete",
            "zstyle ':completion:*' insert yes",
            "bindkey -e; bindkey '\\e*' complete-word"))

    def command(self):
        return ["zsh", "-d", "-i"]


class Fish:
    """Fish says what it would offer without a terminal."""

    def __init__(self, completion, folder=None, root=""):
        self.completion, self.folder, self.root = completion, folder, root

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def complete(self, line):
        with tempfile.TemporaryDirectory(dir=self.root + "/tmp") as home:
            script = f"source {self.completion}; complete --do-complete '{line}'"
            if self.folder:
                script = f"cd {self.folder[len(self.root):]}; " + script
            said = subprocess.run(
                (["chroot", self.root] if self.root else []) + ["fish", "--no-config", "-c", script],
                env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": home[len(self.root):], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, check=True)
        typed = line.split(" ")[1:-1]
        return typed + sorted(offer.split("\t")[0] for offer in said.stdout.splitlines())
