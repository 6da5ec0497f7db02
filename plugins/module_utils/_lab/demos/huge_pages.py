# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What huge pages spare the translation lookaside buffer."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from ..._procfs import smaps_mappings
from ..children import Child
from ..lab import MIB, Lab, said, setting
from ..outcome import Lesson, NotHere, figure, outcome

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"
STEPS = 200_000

_ADVICE = (("small pages", 15), ("huge pages", 14))
"""MADV_NOHUGEPAGE and MADV_HUGEPAGE."""

LESSON = Lesson(
    name="huge_pages",
    number=None,
    title="TLB and huge pages",
    teaches="The processor keeps a few thousand translations from virtual to physical addresses. With pages of 4 "
    "KiB they reach a few megabytes far, with pages of 2 MiB some gigabytes; a miss costs a walk through "
    "the page tables.",
    command=["cat %s" % ENABLED, "grep AnonHugePages /proc/PID/smaps"],
    expected="A mapping that asks for huge pages gets them, and needs far fewer faults to fill.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Fill the same mapping with small and with huge pages, and jump about in it."""
    mode = setting(ENABLED)
    if mode is None:
        raise NotHere("this kernel has no transparent huge pages")
    if "[never]" in mode:
        raise NotHere("transparent huge pages are switched off: %s" % mode)
    size = lab.share(64 * MIB)
    if size < 8 * MIB:
        raise NotHere("the lab may take %d MiB here, and this needs 8 MiB" % (size // MIB))
    with lab.child() as child:
        found = [filled(child, number, size, advice) for number, (_name, advice) in enumerate(_ADVICE)]
    rows = [(name,) + each for (name, _advice), each in zip(_ADVICE, found)]
    output: List[str] = [mode] + [
        "%-11s  %6d faults  %6d KiB in huge pages  %5.0f ns a step" % (name, faults, huge >> 10, nanoseconds)
        for name, faults, huge, nanoseconds in rows
    ]
    (small_faults, _none, small_ns), (huge_faults, huge, huge_ns) = found
    evidence = [
        figure("faults with small pages", small_faults, "faults"),
        figure("faults with huge pages", huge_faults, "faults"),
        figure("in huge pages", huge, "bytes"),
        figure("a step with small pages", small_ns, "ns"),
        figure("a step with huge pages", huge_ns, "ns"),
    ]
    note = "a step is a jump of the lab's Python program, most of which is Python; a program in C would gain more"
    if not huge:
        raise NotHere("the kernel had no huge page free for the lab just now")
    return outcome(LESSON, huge_faults < small_faults / 2, output, evidence, note=note)


def filled(child: Child, number: int, size: int, advice: int) -> Tuple[int, int, float]:
    """Faults while a new mapping is filled, its bytes in huge pages, and nanoseconds of a jump in it."""
    address = int(said(child.say("reserve %d" % size)) or "0", 16)
    child.say("advise %d %d" % (number, advice))
    before = child.stat().minor_faults
    said(child.say("fill %d" % number))
    faults = child.stat().minor_faults - before
    seconds = float(said(child.say("walk %d %d" % (number, STEPS))) or "nan")
    mappings = smaps_mappings.parse(child.read("smaps"))
    huge = sum(each.huge_page_bytes for each in mappings if each.start < address + size and each.end > address)
    return faults, huge, round(seconds / STEPS * 1e9, 1)
