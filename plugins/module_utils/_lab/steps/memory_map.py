# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 10: the memory map of a process."""

from __future__ import annotations

from typing import Any, Dict, List

from ..lab import MIB, Lab, said
from ..maps import Part, drawn, first, parts
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="memory_map",
    number=10,
    title="The memory map",
    teaches="A process has its program's code (text), its initialised (data) and zeroed (bss) variables, a heap "
    "that grows upwards behind them, and a stack near the top that grows downwards; libraries and "
    "mappings lie between.",
    command=["cat /proc/PID/maps"],
    expected="Text, data, heap and stack are there, and their addresses rise in this order; bss lies between data "
    "and heap.",
)

ORDER = ("text", "data", "bss", "heap", "stack")


def run(lab: Lab) -> Dict[str, Any]:
    """Look at the map of a process that has something on its heap."""
    with lab.child() as child:
        said(child.say("heap %d" % lab.share(2 * MIB)))
        found = parts(child)
    evidence = [figure("lowest address of %s" % segment, "0x%x" % first(found, segment)[0], "") for segment in ORDER]
    return outcome(LESSON, in_order(found), main_parts(found), evidence, note=without_bss(found))


def in_order(found: List[Part]) -> bool:
    """Whether text, data, heap and stack are there in this order, and bss, if it has pages of its own, in its place."""
    starts = [first(found, segment)[0] for segment in ORDER]
    there = [start for start in starts if start]
    return there == sorted(there) and all(starts[ORDER.index(name)] for name in ("text", "data", "heap", "stack"))


def without_bss(found: List[Part]) -> Any:
    """Words where the bss fits into the last page of data, as with small programs."""
    return (
        None if first(found, "bss")[0] else "bss is part of data's last page here: the program has few zeroed variables"
    )


def main_parts(found: List[Part]) -> List[str]:
    """The lines of the segments that the lesson is about, and how many other parts there are."""
    own = [part for part in found if part.segment in ORDER or part.segment == "thread_stack"]
    return drawn(own) + ["and %d parts of libraries and mappings between them" % (len(found) - len(own))]
