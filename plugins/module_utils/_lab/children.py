# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of the lab: they end with the module that started them, they are the first that the out-of-memory killer
takes, and they are ended by their identity, never by their name.

prctl(2), PR_SET_PDEATHSIG: a killed module takes its children along.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import subprocess
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from .._procfs import pid_stat, pid_status
from .._scan.files import read_all
from .identity import starttime
from .journal import PROCESS, Journal

_PR_SET_PDEATHSIG = 1
_SECONDS = 20

LOCALE = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}
"""The environment of all that the lab runs: output in English, no profile of the user."""


class Silent(Exception):
    """A child didn't answer, or ended when it should not have."""


def tied(parent: int, address_space: Optional[int] = None) -> Callable[[], None]:
    """What a child does before it is its program: to die with ``parent``, to take at most ``address_space`` bytes."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        if address_space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")

    return prepare


class Child:
    """A process of the lab that does what it is told, line by line. Use it with ``with``."""

    def __init__(self, journal: Journal, argv: Sequence[str], address_space: Optional[int] = None) -> None:
        self._journal = journal
        self._process: Any = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=LOCALE,
            cwd="/",
            preexec_fn=tied(os.getpid(), address_space),
        )
        self.pid = self._process.pid
        self._entry = journal.note(PROCESS, str(self.pid), pid=self.pid, starttime=starttime(self.pid))
        self._unread = b""

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_error: Any) -> None:
        self.end()

    def say(self, line: str) -> str:
        """Tell it something, and give its answer, one line. Raises Silent."""
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Silent("the child ended: %s" % error) from error
        return self.answer()

    def answer(self) -> str:
        """The next line that it prints. Raises Silent."""
        until = time.monotonic() + _SECONDS
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _writable, _wrong = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            data = os.read(descriptor, 65536) if ready else b""
            if not data:
                raise Silent("the child said nothing within %d s" % _SECONDS if not ready else "the child has ended")
            self._unread += data
        line, _newline, self._unread = self._unread.partition(b"\n")
        return line.decode("utf-8", "replace")

    def status(self) -> pid_status.Status:
        """Its /proc/PID/status."""
        return pid_status.parse(read_all("/proc/%d/status" % self.pid))

    def stat(self) -> pid_stat.Stat:
        """Its /proc/PID/stat."""
        return pid_stat.parse(read_all("/proc/%d/stat" % self.pid))

    def read(self, name: str) -> bytes:
        """One of its files below /proc/PID."""
        return read_all("/proc/%d/%s" % (self.pid, name))

    def wait(self, seconds: float) -> Optional[int]:
        """Its exit code, negative for a signal; None when it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End it, whatever it does, and strike it off the book."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        self._journal.strike(self._entry)


def typed(line: str, seconds: float = _SECONDS, address_space: Optional[int] = None) -> Dict[str, Any]:
    """What a person types into bash, run for real: ``{rc, output}``, the lines of both streams.

    A negative ``rc`` is a signal; None: it took more than ``seconds``, and was killed.
    """
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=LOCALE,
        cwd="/",
        preexec_fn=tied(os.getpid(), address_space),
    )
    try:
        output, _nothing = process.communicate(timeout=seconds)
        rc: Optional[int] = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        output, _nothing = process.communicate()
        rc = None
    return {"rc": rc, "output": lines(output)}


def lines(output: bytes) -> List[str]:
    """The lines of a program's output; bytes that are no UTF-8 are replaced."""
    return output.decode("utf-8", "replace").splitlines()
