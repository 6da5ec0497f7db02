# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module lab in a process of its own, as this user or another, and what it has started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.fleet.memory.plugins.module_utils._lab.identity import starttime

ORDINARY_USER = 65534

PYTHON = "/usr/bin/python3"
"""An interpreter for everybody: the one that runs the tests may lie in somebody's home."""

PROGRAM = """
import contextlib, ctypes, json, os, sys
sys.path[:], user, python, tasks = json.loads(sys.argv[1])
from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.modules import lab
if user is not None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: /proc/self is the user's own, as after an exec
    sys.executable = python
for options in tasks:
    with contextlib.suppress(SystemExit), patch_module_args(options):
        lab.main()
"""


def start(*tasks: dict[str, Any], user: int | None = None) -> subprocess.Popen[str]:
    """The module with the options of one task after the other."""
    argument = json.dumps([sys.path, user, PYTHON, tasks])
    return subprocess.Popen([sys.executable, "-c", PROGRAM, argument], stdout=subprocess.PIPE, text=True)


def results(*tasks: dict[str, Any], user: int | None = None) -> list[dict[str, Any]]:
    """What the module returned for each."""
    with start(*tasks, user=user) as process:
        output, _nothing = process.communicate(timeout=120)
    found = [json.loads(line) for line in output.splitlines() if line]
    assert process.returncode == 0 and len(found) == len(tasks)
    return found


def traces(user: int) -> list[str]:
    """What is there of the lab besides processes: the user's folder, and cgroups."""
    folder = Path(f"/tmp/fleet-memory-lab-{user}")
    cgroups = [path for base in ("", "memory") for path in Path("/sys/fs/cgroup", base).glob("fleet-memory-lab-*")]
    return [str(path) for path in [folder, *cgroups] if path.exists()]


class Process(NamedTuple):
    """A process that is the same as long as its number and its start are."""

    pid: int
    starttime: int | None

    @property
    def alive(self) -> bool:
        """Whether it still runs; one that has ended and waits for its parent does not."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            return False
        return state not in (b"Z", b"X") and starttime(self.pid) == self.starttime

    @property
    def rss_bytes(self) -> int:
        return int(self._read("statm").split()[1] or 0) * os.sysconf("SC_PAGESIZE")

    @property
    def argv(self) -> bytes:
        return self._read("cmdline")

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            os.kill(self.pid, number)

    def _read(self, name: str) -> bytes:
        try:
            return Path(f"/proc/{self.pid}/{name}").read_bytes() or b"0 0"
        except OSError:
            return b"0 0"


def children(pid: int) -> list[Process]:
    """Whom it has started, and who still runs."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended, or one of its threads
        return []
    found = [Process(int(child), starttime(int(child))) for text in lists for child in text.split()]
    return [child for child in found if child.alive]


def family(pid: int) -> list[Process]:
    """Its children, theirs, and so on."""
    return [each for child in children(pid) for each in (child, *family(child.pid))]
