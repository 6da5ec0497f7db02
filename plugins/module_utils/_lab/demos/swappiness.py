# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Swappiness, and what it changes."""

from __future__ import annotations

import errno
from typing import Any, Dict

from ..cgroup import Cgroup, memory_version
from ..disk_file import disk_file
from ..lab import MIB, PAGE, PROCESS, Lab, memory, said, setting
from ..outcome import Lesson, NotHere, figure, outcome

MOST, LEAST = 32 * MIB, 8 * MIB
"""Of the file that is read."""

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
    size = lab.share(2 * MOST) // 2
    if size < LEAST:
        raise NotHere(
            "the lab may take %d MiB here, and this needs %d" % (lab.allowance // MIB, (PROCESS + 2 * LEAST) // MIB)
        )
    low, high = swapped(lab, size, 0), swapped(lab, size, 100)
    output = [known] + [
        "swappiness %3d: %6d KiB swapped out" % (value, found >> 10) for value, found in ((0, low), (100, high))
    ]
    evidence = [
        figure("vm.swappiness", int(live) if live and live.isdigit() else None, ""),
        figure("swapped out with 0", low, "bytes"),
        figure("swapped out with 100", high, "bytes"),
    ]
    return outcome(LESSON, high > low, output, evidence)


def swapped(lab: Lab, size: int, swappiness: int) -> int:
    """How many bytes a process lost to swap that has three quarters of ``size``, and reads a file of ``size``."""
    with disk_file(lab.journal, size) as path, Cgroup(lab.journal, _limit(size)) as cgroup, lab.child() as child:
        if cgroup.version == 1:
            cgroup.put("memory.swappiness", swappiness)
        cgroup.take(child.pid)
        said(child.say("reserve %d" % (size * 3 // 4 // PAGE * PAGE)))
        said(child.say("fill 0"))
        said(child.say("map_file %s 0" % path))
        said(child.say("read_file 0"))
        if cgroup.version == 2:
            # More than the file has: pages of a file that was read once are taken first, whatever the swappiness.
            reclaim(cgroup, size * 3 // 2, swappiness)
        return child.status().swap_bytes or 0


def _limit(size: int) -> int:
    """In version 1 the limit makes the kernel choose; in version 2 it is asked to, and the limit is only a fence."""
    return size if memory_version() == 1 else 4 * size


def reclaim(cgroup: Cgroup, size: int, swappiness: int) -> None:
    """Have the kernel take ``size`` bytes from the cgroup, by a swappiness for this once.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
    """
    try:
        cgroup.put("memory.reclaim", "%d swappiness=%d" % (size, swappiness))
    except FileNotFoundError:
        raise NotHere("swappiness is the whole host's with this kernel, and the lab doesn't touch that") from None
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise NotHere("this kernel takes memory from a cgroup by the whole host's swappiness only") from error
        # EAGAIN: not all of it was found; what was taken is told by the process.
        if error.errno != errno.EAGAIN:
            raise
