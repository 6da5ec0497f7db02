# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Swappiness, and what it changes."""

from __future__ import annotations

import os
from typing import Any, Dict, Tuple

from ..cgroup import Cgroup
from ..journal import FILE
from ..lab import MIB, PAGE, Lab, memory, said, setting
from ..outcome import Lesson, NotHere, figure, outcome
from .major_faults import write

LIMIT = 32 * MIB

LESSON = Lesson(
    name="swappiness",
    number=None,
    title="Swappiness, and what it changes",
    teaches="When memory is short the kernel takes pages of programs (to swap) or of files (to be read again). "
    "Swappiness weighs the two: 0 to 200 since Linux 5.8, 100 is even. It does nothing while memory "
    "suffices.",
    command=["sysctl vm.swappiness"],
    expected="The same work in a small cgroup swaps out more with a high swappiness than with 0.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Let the same process read a file beside its own memory, once with swappiness 0 and once with 100."""
    live = setting("/proc/sys/vm/swappiness")
    known = "vm.swappiness = %s" % live
    if not memory().get("SwapTotal"):
        raise NotHere("the host has no swap, so that swappiness (%s) changes nothing" % live)
    if not lab.root:
        raise NotHere("only root may make a memory cgroup; %s here" % known)
    if lab.share(2 * LIMIT) < 2 * LIMIT:
        raise NotHere("the lab may take %d MiB here, and this needs %d" % (lab.allowance // MIB, 2 * LIMIT // MIB))
    path = lab.journal.path("file")
    entry = lab.journal.note(FILE, "file", path=path)
    try:
        write(path, LIMIT)
        low, high = swapped(lab, path, 0), swapped(lab, path, 100)
    finally:
        if os.path.exists(path):
            os.unlink(path)
        lab.journal.strike(entry)
    output = [known] + ["swappiness %3d: %6d KiB swapped out" % (value, size >> 10) for value, size in (low, high)]
    evidence = [
        figure("vm.swappiness", int(live) if live and live.isdigit() else None, ""),
        figure("swapped out with 0", low[1], "bytes"),
        figure("swapped out with 100", high[1], "bytes"),
    ]
    return outcome(LESSON, high[1] > low[1], output, evidence)


def swapped(lab: Lab, path: str, swappiness: int) -> Tuple[int, int]:
    """``swappiness``, and how much was swapped out with it. Raises NotHere where a cgroup has none of its own."""
    with Cgroup(lab.journal, LIMIT) as cgroup, lab.child() as child:
        if cgroup.version != 1:
            raise NotHere("with cgroup v2 swappiness belongs to the whole host, and the lab doesn't touch that")
        cgroup.put("memory.swappiness", swappiness)
        cgroup.take(child.pid)
        said(child.say("reserve %d" % (LIMIT * 3 // 4 // PAGE * PAGE)))
        said(child.say("fill 0"))
        said(child.say("map_file %s 0" % path))
        said(child.say("read_file 0"))
        return swappiness, (child.status().swap_bytes or 0)
