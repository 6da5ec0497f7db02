# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 1: how much memory the host has."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..lab import Lab, memory
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="total_memory",
    number=1,
    title="Total memory",
    teaches="RAM and swap of the host at a glance. The total is a little less than the RAM that was bought: the "
    "kernel's own image and what the firmware keeps for itself are not in it.",
    command=["free -h"],
    expected="The total in the line Mem: is MemTotal of /proc/meminfo.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Hold ``free`` against /proc/meminfo."""
    output = lab.type("free -h", "free")
    in_bytes = total(lab.type("free -b", "free"))
    known = memory()
    evidence = [
        figure("total by free", in_bytes, "bytes"),
        figure("MemTotal", known["MemTotal"], "bytes"),
        figure("MemAvailable", known.get("MemAvailable"), "bytes"),
        figure("SwapTotal", known.get("SwapTotal"), "bytes"),
    ]
    return outcome(LESSON, in_bytes == known["MemTotal"], output, evidence)


def total(lines: List[str]) -> Optional[int]:
    """The total in bytes of the line ``Mem:``; None when ``free`` prints something else."""
    for line in lines:
        words = line.split()
        if words[:1] == ["Mem:"] and len(words) > 1 and words[1].isdigit():
            return int(words[1])
    return None
