# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exercises whose answer is a figure in a file; two of them are about a process besides."""

from __future__ import annotations

import re

from .._procfs import pid_stat, smaps_mappings
from .._records.text import text
from .._scan.files import read_all
from .exercises_evidence import Unsolved, answer, each_process, shown
from .lab import MIB, memory

POINTS = 5.0
"""By which an answer may be off: it is some minutes old when it is checked."""

FAULTS = 100
"""Of a process that sleeps: a little goes on in it all the same."""

HEAP_MIN = 8 * MIB

# More digits than these no figure of a host has, and int() would be slow with them.
_WHOLE = re.compile(r"[0-9]{1,18}\Z")
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,18})?) *%?\Z")
_ADDRESS = re.compile(r"(?:0x)?([0-9a-f]{1,16})\Z", re.IGNORECASE)


def total_memory(number: int) -> str:
    """MemTotal, in kB."""
    said, total = _whole(answer(number)), memory()["MemTotal"] // 1024
    if said != total:
        raise Unsolved("the file says %d kB, and MemTotal is %d kB" % (said, total))
    return "the file says %d kB, as MemTotal does" % said


def available_percent(number: int) -> str:
    """The share of MemAvailable in MemTotal."""
    words = answer(number)
    found = _PERCENTAGE.match(words)
    if not found:
        raise Unsolved("the file says %s, which is not a percentage" % shown(words))
    said = float(found.group(1).replace(",", "."))
    known = memory()
    if "MemAvailable" not in known:
        raise Unsolved("this kernel has no MemAvailable; it came with Linux 3.14")
    now = 100.0 * known["MemAvailable"] / known["MemTotal"]
    figures = "the file says %.1f %%, and %.1f %% are available now" % (said, now)
    if abs(said - now) > POINTS:
        raise Unsolved("%s: more than %g points apart" % (figures, POINTS))
    return figures


def minor_faults(number: int) -> str:
    """The minor faults of a process with a blank in its name."""
    said = _whole(answer(number))

    def judge(pid: int) -> str:
        found = pid_stat.parse(read_all("/proc/%d/stat" % pid))
        if b" " not in found.command:
            raise Unsolved("process %d is called %s, without a blank" % (pid, shown(text(found.command))))
        figures = "the file says %d, and process %d has made %d minor faults" % (said, pid, found.minor_faults)
        if abs(said - found.minor_faults) > FAULTS:
            raise Unsolved("%s: more than %d apart" % (figures, FAULTS))
        return figures

    return each_process(number, judge)


def heap_begin(number: int) -> str:
    """The first address of the heap of a process that uses it."""
    words = answer(number)
    found = _ADDRESS.match(words)
    if not found:
        raise Unsolved("the file says %s, which is not a hexadecimal address" % shown(words))
    said = int(found.group(1), 16)

    def judge(pid: int) -> str:
        mappings = smaps_mappings.parse(read_all("/proc/%d/smaps" % pid))
        heap = [each for each in mappings if each.name == b"[heap]"]
        size = heap[-1].end - heap[0].start if heap else 0
        if size < HEAP_MIN:
            figures = "the heap of process %d has %.1f MiB" % (pid, size / MIB)
            raise Unsolved("%s, and %d are asked for" % (figures, HEAP_MIN // MIB))
        figures = "the file says %x, and the heap of process %d begins at %x" % (said, pid, heap[0].start)
        if said != heap[0].start:
            raise Unsolved(figures)
        return "%s and has %.1f MiB" % (figures, size / MIB)

    return each_process(number, judge)


def _whole(words: str) -> int:
    if not _WHOLE.match(words):
        raise Unsolved("the file says %s, which is not a whole number" % shown(words))
    return int(words)
