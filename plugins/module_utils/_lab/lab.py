# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lesson has to work with: the host, the lab's allowance, and processes of its own."""

from __future__ import annotations

import os
import shutil
from typing import Any, Dict, List, NamedTuple, Optional

from .._procfs import meminfo, vmstat
from .._procfs import pressure as pressure_file
from .._records.unread import Malformed
from .._scan.files import read_all
from .children import LOCALE, Child, typed
from .journal import Journal
from .outcome import NotHere
from .program import argv

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGESIZE")

PROCESS = 8 * MIB
"""What a process of the lab takes in RAM by itself, and shares with nobody."""

_INTERPRETER = 1 << 30
"""Address space that a Python takes by itself, threads and locales included, with room to spare."""


class Lab(NamedTuple):
    """``allowance`` is in bytes, see ``budget``; ``samples`` every ``interval`` seconds make a series."""

    journal: Journal
    allowance: int
    samples: int
    interval: float

    @property
    def root(self) -> bool:
        """Whether the lab has the privileges of root."""
        return os.geteuid() == 0

    def child(self) -> Child:
        """A process of the lab's own program, ready to be told something."""
        child = Child(self.journal, argv(), _INTERPRETER + 4 * self.allowance)
        child.answer()
        return child

    def share(self, wanted: int) -> int:
        """``wanted`` bytes, or what the allowance has of it for one process, in whole pages. Raises NotHere."""
        size = min(wanted, self.allowance - PROCESS) // PAGE * PAGE
        if size < MIB:
            needed = PROCESS // MIB + 1
            raise NotHere("the lab may take %d MiB here, and this needs %d" % (self.allowance // MIB, needed))
        return size

    def type(self, line: str, *needs: str) -> List[str]:
        """The output of what a person would type. ``needs`` are the programs in it. Raises NotHere."""
        return self.run(line, *needs)["output"]

    def run(self, line: str, *needs: str, seconds: float = 20) -> Dict[str, Any]:
        """As ``type``, with the exit code: ``{rc, output}``."""
        for program in ("bash",) + needs:
            if shutil.which(program, path=LOCALE["PATH"]) is None:
                raise NotHere("the host has no %s; %s has it" % (program, _PACKAGES.get(program, "a package")))
        return typed(line, seconds)


_PACKAGES = {
    "bash": "the package bash",
    "free": "the package procps",
    "ps": "the package procps",
    "awk": "the package mawk or gawk",
    "python3": "the package python3",
}


def memory() -> Dict[str, int]:
    """/proc/meminfo, in bytes."""
    return meminfo.parse(read_all("/proc/meminfo"))


def counters() -> Dict[str, int]:
    """/proc/vmstat."""
    return vmstat.parse(read_all("/proc/vmstat"))


def said(answer: str) -> Optional[str]:
    """What a child answered after "ok"; raises NotHere where it could not do what it was told."""
    word, _space, rest = answer.partition(" ")
    if word != "ok":
        raise NotHere("the lab's process could not do it: %s" % rest)
    return rest or None


def setting(path: str) -> Optional[str]:
    """A file of the kernel with one value; None where there is none."""
    try:
        return read_all(path).decode("ascii", "replace").strip()
    except OSError:
        return None


def pressure() -> Optional[Dict[str, Any]]:
    """/proc/pressure/memory; None on kernels that don't have it, or have it switched off."""
    try:
        return pressure_file.parse(read_all("/proc/pressure/memory"))
    except (OSError, Malformed):
        return None
