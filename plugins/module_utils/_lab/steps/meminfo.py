# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 2: where the memory is."""

from __future__ import annotations

from typing import Any, Dict, List

from ..lab import Lab
from ..outcome import Lesson, figure, outcome

KEYS = ("MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached")

LESSON = Lesson(
    name="meminfo",
    number=2,
    title="Detailed memory",
    teaches="MemFree is memory that serves nobody, and is small on a healthy host. MemAvailable is what programs "
    "could still get: the kernel gives back most of Buffers and Cached when somebody asks.",
    command=["grep -E '^(%s):' /proc/meminfo" % "|".join(KEYS)],
    expected="All five are there, and neither MemFree nor MemAvailable is more than MemTotal.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Read the five lines, and see that they can be true together."""
    output = lab.type(LESSON.command[0], "grep")
    found = sizes(output)
    complete = all(key in found for key in KEYS)
    held = complete and max(found["MemFree"], found["MemAvailable"]) <= found["MemTotal"]
    evidence = [figure(key, found.get(key), "bytes") for key in KEYS]
    if complete:
        cache = found["Buffers"] + found["Cached"]
        evidence.append(figure("Buffers and Cached", round(100.0 * cache / found["MemTotal"], 1), "% of MemTotal"))
    return outcome(LESSON, held, output, evidence)


def sizes(lines: List[str]) -> Dict[str, int]:
    """The sizes of lines like ``MemFree:  1024 kB``, in bytes."""
    found = {}
    for line in lines:
        key, _colon, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[0].isdigit() and words[1] == "kB":
            found[key] = int(words[0]) * 1024
    return found
