# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 4: how much of the memory is used."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..lab import Lab, memory
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="used_percent",
    number=4,
    title="Used percentage",
    teaches="used/total, and what 'used' means: newer versions of free take total - available, older ones total -"
    " free - buffers - cache. Watch what is available, not what is free.",
    command=["free | awk '/^Mem:/ {printf \"%.1f %%\\n\", $3 / $2 * 100}'"],
    expected="The percentage is within 3 points of one of the two definitions.",
)

POINTS = 3.0


def run(lab: Lab) -> Dict[str, Any]:
    """Hold the typed division against both definitions."""
    output = lab.type(LESSON.command[0], "free", "awk")
    typed = percentage(output)
    known = memory()
    total = known["MemTotal"]
    new = 100.0 * (total - known.get("MemAvailable", known["MemFree"])) / total
    cache = known["Buffers"] + known["Cached"] + known.get("SReclaimable", 0)
    old = 100.0 * (total - known["MemFree"] - cache) / total
    held = typed is not None and min(abs(typed - new), abs(typed - old)) <= POINTS
    evidence = [
        figure("used by free", typed, "%"),
        figure("total - available", round(new, 1), "%"),
        figure("total - free - buffers - cache", round(old, 1), "%"),
    ]
    return outcome(LESSON, held, output, evidence)


def percentage(lines: List[str]) -> Optional[float]:
    """The number of a line like ``12.3 %``."""
    for line in lines:
        try:
            return float(line.split("%")[0])
        except ValueError:
            continue
    return None
