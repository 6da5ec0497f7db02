# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The five segments of a program, and a stack for each thread."""

from __future__ import annotations

from typing import Any, Dict

from ..lab import MIB, Lab, said
from ..maps import drawn, parts
from ..outcome import Lesson, figure, outcome

THREADS = 3

LESSON = Lesson(
    name="segments",
    number=None,
    title="Five segments, and a stack for each thread",
    teaches="All threads of a process share its text, data, bss and heap. Each has a stack of its own: the main "
    "one lies in [stack], the others in mappings that look like any other.",
    command=["cat /proc/PID/maps", "ls /proc/PID/task"],
    expected="The heap grows by what is put on it, and three more threads bring three more stacks.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Look at a process before and after it has filled its heap and started threads."""
    size = lab.share(4 * MIB)
    with lab.child() as child:
        before = parts(child)
        said(child.say("heap %d" % size))
        said(child.say("threads %d" % THREADS))
        after = parts(child)
        threads = child.stat().threads
    shown = [part for part in after if part.segment in ("text", "data", "bss", "heap", "stack", "thread_stack")]
    grown = total(after, "heap") - total(before, "heap")
    stacks = len([part for part in after if part.segment == "thread_stack"])
    evidence = [
        figure("put on the heap", size, "bytes"),
        figure("the heap grew by", grown, "bytes"),
        figure("threads", threads, "threads"),
        figure("stacks of threads in the map", stacks, "mappings"),
    ]
    # Neighbouring stacks may look like one part on kernels that merge them.
    held = grown >= size * 0.9 and threads == THREADS + 1 and 1 <= stacks <= THREADS
    note = None if lab.root or stacks else "an ordinary user may not see where the threads' stack pointers are"
    return outcome(LESSON, held, drawn(shown), evidence, note=note)


def total(found: Any, segment: str) -> int:
    """Bytes of address space of a segment."""
    return sum(part.end - part.start for part in found if part.segment == segment)
