# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory map of a process of the lab, each mapping with the segment that it belongs to."""

from __future__ import annotations

import os
from typing import List, NamedTuple, Tuple

from .._derive.segment_names import Classifier, Program
from .._procfs import pid_syscall, smaps_mappings
from .._records.unread import Malformed
from .._scan.files import read_all, read_link
from .._shapes import elf
from .children import Child
from .lab import PAGE

_ELF_HEAD = 8192


class Part(NamedTuple):
    """Neighbouring mappings of one segment: first and last address, and what is in RAM of it, in bytes."""

    segment: str
    start: int
    end: int
    rss: int
    name: str


def parts(child: Child) -> List[Part]:
    """The map, lowest address first. Raises OSError and Malformed."""
    mappings = smaps_mappings.parse(child.read("smaps"))
    classifier = Classifier(mappings, _program(child.pid), _stack_pointers(child.pid), PAGE)
    found: List[Part] = []
    for mapping in mappings:
        segment = classifier.segment(mapping)
        name = os.path.basename(mapping.name.decode("utf-8", "replace"))
        if found and found[-1][:1] + found[-1][4:] == (segment, name):
            found[-1] = found[-1]._replace(end=mapping.end, rss=found[-1].rss + mapping.rss_bytes)
        else:
            found.append(Part(segment, mapping.start, mapping.end, mapping.rss_bytes, name))
    return found


def first(found: List[Part], segment: str) -> Tuple[int, int]:
    """Lowest and highest address of a segment; (0, 0) when there is none."""
    own = [part for part in found if part.segment == segment]
    return (own[0].start, own[-1].end) if own else (0, 0)


def drawn(found: List[Part]) -> List[str]:
    """A line for each part, the highest address first, as memory is drawn in books."""
    return [
        "%016x  %-13s %10d KiB, %8d KiB in RAM  %s"
        % (part.start, part.segment, (part.end - part.start) >> 10, part.rss >> 10, part.name)
        for part in reversed(found)
    ]


def _program(pid: int) -> Program:
    descriptor = os.open("/proc/%d/exe" % pid, os.O_RDONLY | os.O_CLOEXEC)
    try:
        loads = elf.parse(os.read(descriptor, _ELF_HEAD))
    finally:
        os.close(descriptor)
    return Program(read_link("/proc/%d/exe" % pid), loads)


def _stack_pointers(pid: int) -> List[int]:
    """Of the threads that wait in the kernel; none where this may not be looked at."""
    pointers = []
    for thread in os.listdir("/proc/%d/task" % pid):
        try:
            pointer = pid_syscall.parse(read_all("/proc/%d/task/%s/syscall" % (pid, thread)))
        except (OSError, Malformed):
            continue
        if pointer is not None:
            pointers.append(pointer)
    return pointers
