# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Major faults: pages that have to come from a disk."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from ..cgroup import Cgroup
from ..children import Child, Silent
from ..disk_file import FOLDER, absent, disk_file
from ..lab import MIB, PAGE, Lab, memory, said
from ..outcome import Lesson, NotHere, figure, outcome

LESSON = Lesson(
    name="major_faults",
    number=None,
    title="Major faults",
    teaches="A page that is not in RAM has to be read: from its file, or from swap. That takes a hundred times as"
    " long as a minor fault on the fastest disk, and ten thousand times on a slow one.",
    command=["ps -o min_flt,maj_flt -p PID     # after its file was dropped from the page cache"],
    expected="Reading a file's pages that the cache doesn't have makes major faults; where the host swaps, so does"
    " swap.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Map a file that the page cache was told to forget; where there is swap, have memory swapped out, too."""
    with disk_file(lab.journal, lab.share(4 * MIB)) as path, lab.child() as child:
        faults, missing = from_file(child, path)
    if not missing:
        raise NotHere("%s lies on a file system that keeps its files in memory" % FOLDER)
    swapped, note = from_swap(lab)
    evidence = [
        figure("pages that the cache did not have", missing, "pages"),
        figure("major faults while the file was read", faults, "faults"),
        figure("pages swapped out", swapped[0] if swapped else None, "pages"),
        figure("major faults while they were read back", swapped[1] if swapped else None, "faults"),
    ]
    output = ["file: %d pages not in the cache, %d major faults" % (missing, faults)]
    if swapped:
        output.append("swap: %d pages swapped out, %d major faults" % swapped)
    # A fault may bring several pages, those of a large folio or of a block of the swap.
    return outcome(LESSON, faults > 0 and (not swapped or swapped[1] > 0), output, evidence, note=note)


def from_file(child: Child, path: str) -> Tuple[int, int]:
    """Major faults while the child reads the file, and how many of its pages weren't in the cache before."""
    said(child.say("map_file %s 0" % path))
    said(child.say("at_random 0"))
    missing = absent(path)
    before = child.stat().major_faults
    said(child.say("read_file 0"))
    return child.stat().major_faults - before, missing


def from_swap(lab: Lab) -> Tuple[Optional[Tuple[int, int]], Optional[str]]:
    """Pages that were swapped out, and major faults while they were read back; or None, and why it can't be seen."""
    if not memory().get("SwapTotal"):
        return None, "the host has no swap, so that only the file could be tried"
    if not lab.root:
        return None, "only root may make a memory cgroup that is too small, so that only the file could be tried"
    try:
        size = lab.share(8 * MIB)
        # Half of it has to go. A page that the kernel is only asked to swap out may be found again in memory.
        with Cgroup(lab.journal, size // 2 // PAGE * PAGE) as cgroup, lab.child() as child:
            cgroup.take(child.pid)
            said(child.say("reserve %d" % size))
            said(child.say("fill 0"))
            swapped = (child.status().swap_bytes or 0) // PAGE
            before = child.stat().major_faults
            said(child.say("read 0"))
            faults = child.stat().major_faults - before
    except (NotHere, Silent) as error:
        return None, "only the file could be tried: %s" % error
    if not swapped:
        return None, "the kernel swapped nothing out, so that only the file could be tried"
    return (swapped, faults), None
