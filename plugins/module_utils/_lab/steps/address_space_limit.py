# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 9: a limit, and what happens beyond it."""

from __future__ import annotations

from typing import Any, Dict

from ..lab import Lab, counters
from ..outcome import Lesson, figure, outcome

KIB = 1_000_000

LESSON = Lesson(
    name="address_space_limit",
    number=9,
    title="Setting a limit",
    teaches="ulimit -v limits address space, not RAM: what is promised counts, whether it is used or not. The "
    "allocation fails and the program is told; nothing is killed, and the kernel logs nothing.",
    command=[
        "ulimit -v %d" % KIB,
        "ulimit -v",
        "python3 -c 'x = bytearray(10 * %d * 1024)'" % KIB,
        "echo $?",
    ],
    expected="Asking for ten times the limit ends in a MemoryError and exit code 1, at once and without a kill.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Set the limit in a shell of the lab's own, and ask for ten times as much: what isn't touched isn't taken."""
    kills = counters().get("oom_kill")
    ran = lab.run("; ".join(LESSON.command), "python3")
    output = ran["output"]
    limited = output[:1] == [str(KIB)]
    failed = any("MemoryError" in line for line in output)
    code = output[-1] if output else None
    later = counters().get("oom_kill")
    evidence = [
        figure("limit in the shell", int(output[0]) * 1024 if limited else None, "bytes"),
        figure("asked for", 10 * KIB * 1024, "bytes"),
        figure("exit code", int(code) if code is not None and code.isdigit() else None, ""),
        figure("kills of the host meanwhile", None if None in (kills, later) else later - kills, "kills"),  # type: ignore[operator]
    ]
    return outcome(LESSON, limited and failed and code == "1", output, evidence)
