# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 3: the memory of a shell."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional

from ..lab import Lab
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="shell_memory",
    number=3,
    title="Memory of the current shell",
    teaches="VSZ is address space that was promised, RSS what is in RAM now. RSS counts pages that are shared "
    "with other processes in full, so it can't be summed up.",
    command=["ps -o pid,vsz,rss,cmd -p $$", "grep -E '^Vm(Size|RSS):' /proc/$$/status"],
    expected="VSZ is more than RSS, and ps says what /proc/PID/status says.",
)


class Row(NamedTuple):
    """A line of ps; sizes in bytes."""

    pid: int
    vsz: int
    rss: int


def run(lab: Lab) -> Dict[str, Any]:
    """Ask ps and the kernel about the same shell."""
    # Without something behind it, bash would become the last program, and $$ would be that.
    output = lab.type("; ".join([*LESSON.command, "true"]), "ps", "grep")
    asked, status = row(output), kernel(output)
    held = None not in (asked, status.get("VmSize"), status.get("VmRSS"))
    if held and asked is not None:
        # The shell has gone on between the two, by a few pages.
        near = abs(asked.rss - status["VmRSS"]) < 1 << 20 and abs(asked.vsz - status["VmSize"]) < 1 << 20
        held = asked.vsz > asked.rss > 0 and near
    evidence = [
        figure("VSZ by ps", asked.vsz if asked else None, "bytes"),
        figure("RSS by ps", asked.rss if asked else None, "bytes"),
        figure("VmSize", status.get("VmSize"), "bytes"),
        figure("VmRSS", status.get("VmRSS"), "bytes"),
    ]
    return outcome(LESSON, held, output, evidence)


def row(lines: List[str]) -> Optional[Row]:
    """The first process in the output of ``ps -o pid,vsz,rss,...``; None where there is none."""
    for line in lines:
        words = line.split()
        if len(words) >= 3 and all(word.isdigit() for word in words[:3]):
            return Row(int(words[0]), int(words[1]) * 1024, int(words[2]) * 1024)
    return None


def kernel(lines: List[str]) -> Dict[str, int]:
    """The sizes of the lines of /proc/PID/status, in bytes."""
    found = {}
    for line in lines:
        key, colon, rest = line.partition(":")
        words = rest.split()
        if colon and len(words) == 2 and words[0].isdigit() and words[1] == "kB":
            found[key] = int(words[0]) * 1024
    return found
