# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Minor faults: pages that are made when they are touched."""

from __future__ import annotations

from typing import Any, Dict

from ..lab import MIB, PAGE, Lab, said
from ..outcome import Lesson, figure, outcome

LESSON = Lesson(
    name="minor_faults",
    number=None,
    title="Minor faults",
    teaches="The first touch of a page is a fault that the kernel settles without a disk: about a microsecond. "
    "The second touch costs nothing.",
    command=["ps -o min_flt,maj_flt -p PID"],
    expected="A minor fault for each page that is touched first, hardly any when all are touched again.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Touch every page of a mapping twice."""
    size = lab.share(16 * MIB)
    with lab.child() as child:
        said(child.say("reserve %d" % size))
        child.say("advise 0 15")  # MADV_NOHUGEPAGE: huge pages would make one fault of five hundred
        counts = [child.stat().minor_faults]
        for _touch in range(2):
            said(child.say("fill 0"))
            counts.append(child.stat().minor_faults)
        major = child.stat().major_faults
    first, second = counts[1] - counts[0], counts[2] - counts[1]
    pages = size // PAGE
    evidence = [
        figure("pages", pages, "pages"),
        figure("minor faults of the first touch", first, "faults"),
        figure("minor faults of the second touch", second, "faults"),
        figure("major faults", major, "faults"),
    ]
    output = ["first touch:  %d minor faults for %d pages" % (first, pages), "second touch: %d minor faults" % second]
    return outcome(LESSON, pages <= first < pages + 1000 and second < pages // 10 + 100, output, evidence)
