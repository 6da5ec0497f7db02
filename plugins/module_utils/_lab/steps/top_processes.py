# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 8: who uses most."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Tuple

from ..._procfs import pid_stat
from ..._records.unread import Malformed
from ..._scan.files import read_all
from ..lab import PAGE, Lab
from ..outcome import Lesson, figure, outcome

LOOKS = 3

LESSON = Lesson(
    name="top_processes",
    number=8,
    title="Top processes by memory",
    teaches="Sorted by RSS, which is quick and counts shared pages for every process that maps them. The "
    "collection's own process_memory_info sorts by PSS, which can be summed up.",
    command=["ps -eo pid,user,vsz,rss,pmem,comm --sort=-rss | head -n 6"],
    expected="The lines are sorted by RSS, and the first is the largest process that /proc has, within 10 %.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Hold the first lines of ps against every process of /proc."""
    # The largest may end, or a larger one begin, between two looks: once of three times they have to agree.
    for _look in range(LOOKS):
        output = lab.type(LESSON.command[0], "ps", "head")
        listed, largest = sizes(output), most()
        held = in_order(listed) and largest is not None and near(listed[0], largest[1])
        if held:
            break
    evidence = [
        figure("RSS of the first by ps", listed[0] if listed else None, "bytes"),
        figure("largest RSS in /proc", largest[1] if largest else None, "bytes"),
        figure("its PID", largest[0] if largest else None, ""),
    ]
    return outcome(LESSON, held, output, evidence)


def in_order(listed: List[int]) -> bool:
    """Largest first. Older versions of ps sort by one figure of the kernel and print another, a few pages apart."""
    return bool(listed) and all(later < first or near(later, first) for first, later in zip(listed, listed[1:]))


def near(one: int, other: int) -> bool:
    """Within 10 %."""
    return abs(one - other) <= 0.1 * max(other, 1 << 20)


def sizes(lines: List[str]) -> List[int]:
    """RSS in bytes of each line of a process."""
    rows = [line.split() for line in lines[1:]]
    return [int(words[3]) * 1024 for words in rows if len(words) > 4 and words[3].isdigit()]


def most() -> Optional[Tuple[int, int]]:
    """PID and RSS in bytes of the largest process that can be seen."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found.append((pid_stat.parse(read_all("/proc/%s/stat" % name)).rss_pages * PAGE, int(name)))
            except (OSError, Malformed):  # it has ended
                continue
    return (max(found)[1], max(found)[0]) if found else None
