# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 6: page faults."""

from __future__ import annotations

from typing import Any, Dict

from ..._procfs import pid_stat
from ..lab import MIB, PAGE, Lab, said
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="page_faults",
    number=6,
    title="Page faults",
    teaches="Field 10 of /proc/PID/stat counts minor faults: the page was there or could be made at once. Field "
    "12 counts major faults: it had to be read from a disk. Count the fields behind the last ')': a "
    "program's name may hold spaces.",
    command=["sed 's/.*) //' /proc/PID/stat | awk '{print \"minor\", $8, \"major\", $10}'"],
    expected="Touching pages for the first time costs a minor fault for each, and no major one.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Count the faults of a process that touches pages one by one."""
    size = lab.share(8 * MIB)
    with lab.child() as child:
        said(child.say("reserve %d" % size))
        # Huge pages would make one fault of five hundred: MADV_NOHUGEPAGE. Kernels without them refuse the advice.
        child.say("advise 0 15")
        line = LESSON.command[0].replace("PID", str(child.pid))
        before, shown = child.stat(), lab.type(line, "sed", "awk")
        said(child.say("fill 0"))
        after = child.stat()
        output = ["before: %s" % " ".join(shown), "after:  %s" % " ".join(lab.type(line, "sed", "awk"))]
    return outcome(LESSON, held(before, after, size), output, evidence(before, after, size))


def held(before: pid_stat.Stat, after: pid_stat.Stat, size: int) -> bool:
    """A fault for each page, the few of the program itself besides."""
    pages = size // PAGE
    return (
        pages <= after.minor_faults - before.minor_faults < pages + 1000 and after.major_faults == before.major_faults
    )


def evidence(before: pid_stat.Stat, after: pid_stat.Stat, size: int) -> Any:
    """The figures behind ``held``."""
    return [
        figure("pages touched", size // PAGE, "pages"),
        figure("minor faults", after.minor_faults - before.minor_faults, "faults"),
        figure("major faults", after.major_faults - before.major_faults, "faults"),
    ]
