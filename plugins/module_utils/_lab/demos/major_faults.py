# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Major faults: pages that have to come from a disk."""

from __future__ import annotations

import mmap
import os
from typing import Any, Dict, List, Tuple

from ..children import Child
from ..journal import FILE
from ..lab import MIB, PAGE, Lab, memory, said
from ..outcome import Lesson, NotHere, figure, outcome

_MADV_RANDOM = 1
_MADV_PAGEOUT = 21
"""Since Linux 5.4."""

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
    """Map a file that the page cache was told to forget; where there is swap, have a mapping paged out, too."""
    size = lab.share(4 * MIB)
    path = lab.journal.path("file")
    entry = lab.journal.note(FILE, "file", path=path)
    try:
        write(path, size)
        with lab.child() as child:
            faults, missing = from_file(child, path)
            swapped = from_swap(child, size) if memory().get("SwapTotal") else None
    finally:
        if os.path.exists(path):
            os.unlink(path)
        lab.journal.strike(entry)
    evidence = [
        figure("pages that the cache did not have", missing, "pages"),
        figure("major faults while the file was read", faults, "faults"),
        figure("pages swapped out", swapped[0] if swapped else None, "pages"),
        figure("major faults while they were read back", swapped[1] if swapped else None, "faults"),
    ]
    output = ["file: %d pages not in the cache, %d major faults" % (missing, faults)]
    if swapped:
        output.append("swap: %d pages swapped out, %d major faults" % swapped)
    if not missing:
        raise NotHere("%s lies on a file system that keeps its files in memory" % lab.journal.folder)
    note = None if swapped else "the host has no swap, so that only the file could be tried"
    # The kernel reads ahead: one fault may bring several pages.
    held = faults > 0 and (not swapped or not swapped[0] or swapped[1] > 0)
    return outcome(LESSON, held, output, evidence, note=note)


def write(path: str, size: int) -> None:
    """A file of ``size`` bytes that is on its disk, and not in the page cache where that is up to us."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        for _piece in range(size // PAGE):
            os.write(descriptor, b"x" * PAGE)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def from_file(child: Child, path: str) -> Tuple[int, int]:
    """Major faults while the child reads the file, and how many of its pages weren't in the cache before."""
    said(child.say("map_file %s 0" % path))
    missing = absent(path)
    before = child.stat().major_faults
    said(child.say("read_file 0"))
    return child.stat().major_faults - before, missing


def absent(path: str) -> int:
    """How many pages of a file are not in RAM, by mincore(2)."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as area:
        pages = len(area) // PAGE
        present = (ctypes.c_ubyte * pages)()
        address = ctypes.c_char.from_buffer(area)
        libc.mincore(ctypes.c_void_p(ctypes.addressof(address)), ctypes.c_size_t(len(area)), present)
        del address
    return sum(1 for page in present if not page & 1)


def from_swap(child: Child, size: int) -> Any:
    """Pages that the kernel swapped out when asked to, and major faults while they were read; None if it can't."""
    number = 0
    said(child.say("reserve %d" % size))
    said(child.say("fill %d" % number))
    answers: List[str] = [child.say("advise %d %d" % (number, _MADV_PAGEOUT))]
    if not answers[0].startswith("ok"):
        return None
    swapped = (child.status().swap_bytes or 0) // PAGE
    before = child.stat().major_faults
    said(child.say("read %d" % number))
    return swapped, child.stat().major_faults - before
