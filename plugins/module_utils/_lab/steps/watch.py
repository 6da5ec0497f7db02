# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 5: memory in real time."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional

from ..children import Child
from ..lab import MIB, Lab, memory, said
from ..outcome import Lesson, figure, outcome, series

LESSON = Lesson(
    name="watch",
    number=5,
    title="Watching memory in real time",
    teaches="A figure alone says little, its course says more. The lab takes some memory half-way and gives it "
    "back, so that there is something to see.",
    command=["watch -n 1 free -m     # until Ctrl-C; the lab takes a few samples and stops"],
    expected="The samples show a process come and go that holds what the lab takes.",
)

NOTE = (
    "what is available follows with a delay: other programs go on meanwhile, and each processor keeps pages aside that"
    " were given back"
)

BARS = "▁▂▃▄▅▆▇█"


def run(lab: Lab) -> Dict[str, Any]:
    """Sample MemAvailable before, while and after a process holds the lab's memory, and the RSS of that process."""
    size = lab.share(64 * MIB)
    began = time.monotonic()
    at: List[float] = []
    seen: List[int] = []
    held: List[int] = []

    def sample(times: int, child: Optional[Child] = None) -> None:
        for _number in range(times):
            time.sleep(lab.interval)
            at.append(time.monotonic() - began)
            seen.append(available())
            held.append((child.status().rss_bytes or 0) if child else 0)

    each = max(2, lab.samples // 2)
    sample(each)
    with lab.child() as child:
        said(child.say("reserve %d" % size))
        said(child.say("fill 0"))
        sample(each, child)
    sample(each)
    during = sorted(held)[-each:]
    evidence = [
        figure("taken", size, "bytes"),
        figure("RSS of the lab's process meanwhile", during[0], "bytes"),
        figure("lowest MemAvailable", min(seen), "bytes"),
        figure("highest MemAvailable", max(seen), "bytes"),
    ]
    charts = [series("MemAvailable", "bytes", seen, at), series("RSS of the lab's process", "bytes", held, at)]
    output = chart("MemAvailable", seen) + chart("RSS of the lab's process", held)
    expected = during[0] >= size and held[0] == held[-1] == 0 and 0 < min(seen) <= max(seen) <= memory()["MemTotal"]
    return outcome(LESSON, expected, output, evidence, charts, note=NOTE)


def available() -> int:
    """MemAvailable, or MemFree on kernels before 3.14, in bytes."""
    known = memory()
    return known.get("MemAvailable", known["MemFree"])


def chart(name: str, points: List[int]) -> List[str]:
    """Two lines: bars between the lowest and the highest point, and the two figures."""
    low, high = min(points), max(points)
    step = max(1, high - low)
    bars = "".join(BARS[(point - low) * (len(BARS) - 1) // step] for point in points)
    return [bars, "%s from %d MiB to %d MiB" % (name, low // MIB, high // MIB)]
