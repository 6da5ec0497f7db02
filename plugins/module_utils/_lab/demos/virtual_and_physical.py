# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Address space that is only promised."""

from __future__ import annotations

from typing import Any, Dict

from ..lab import MIB, PAGE, Lab, said
from ..outcome import Lesson, NotHere, figure, outcome

LESSON = Lesson(
    name="virtual_and_physical",
    number=None,
    title="Virtual against physical memory",
    teaches="mmap and malloc hand out address space. RAM comes page by page, when a page is written to for the "
    "first time.",
    command=["ps -o vsz,rss -p PID     # before, after a mapping is reserved, after it is written to"],
    expected="Reserving lets VSZ grow and RSS hardly; writing lets RSS grow and VSZ not.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Reserve a mapping, then fill it."""
    size = lab.share(64 * MIB)
    with lab.child() as child:
        said(child.say("reserve %d" % PAGE))  # what the program needs for the first one is not the mapping's
        before = sizes(child.status())
        said(child.say("reserve %d" % size))
        reserved = sizes(child.status())
        said(child.say("fill 1"))
        filled = sizes(child.status())
    steps = (("before", before), ("reserved", reserved), ("written", filled))
    output = ["%-9s VSZ %9d KiB   RSS %9d KiB" % (when, vsz >> 10, rss >> 10) for when, (vsz, rss) in steps]
    evidence = [
        figure("reserved", size, "bytes"),
        figure("VSZ grew by", reserved[0] - before[0], "bytes"),
        figure("RSS grew by", reserved[1] - before[1], "bytes"),
        figure("RSS grew by when it was written to", filled[1] - reserved[1], "bytes"),
    ]
    promised = reserved[0] - before[0] >= size and reserved[1] - before[1] < size // 4
    taken = filled[1] - reserved[1] >= size * 0.9 and filled[0] == reserved[0]
    return outcome(LESSON, promised and taken, output, evidence)


def sizes(status: Any) -> Any:
    """VSZ and RSS in bytes. Raises NotHere where the kernel doesn't say."""
    if status.vsz_bytes is None or status.rss_bytes is None:
        raise NotHere("the kernel doesn't tell the memory of the process")
    return status.vsz_bytes, status.rss_bytes
