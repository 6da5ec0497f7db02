# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A leak, as it looks from outside."""

from __future__ import annotations

import time
from typing import Any, Dict, List

from ..lab import MIB, Lab, said
from ..outcome import Lesson, figure, outcome, series

LESSON = Lesson(
    name="leak",
    number=None,
    title="A leak",
    teaches="A process that leaks grows at every look and never shrinks. One look can't tell it from a large "
    "process; VSZ over time can.",
    command=[
        "while sleep 1; do ps -o vsz=,rss= -p PID; done     # until Ctrl-C; the lab takes a few samples and stops"
    ],
    expected="VSZ and RSS grow from sample to sample, by what the program leaks.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Look at a process that leaks some memory between two looks."""
    samples = max(3, lab.samples)
    piece = lab.share(32 * MIB) // samples
    began = time.monotonic()
    at: List[float] = []
    vsz: List[int] = []
    rss: List[int] = []
    with lab.child() as child:
        for number in range(samples + 1):
            if number:
                said(child.say("leak %d" % piece))
                time.sleep(lab.interval)
            status = child.status()
            at.append(time.monotonic() - began)
            vsz.append(status.vsz_bytes or 0)
            rss.append(status.rss_bytes or 0)
    grown = vsz[-1] - vsz[0]
    rate = grown / (at[-1] - at[0])
    evidence = [
        figure("leaked", piece * samples, "bytes"),
        figure("VSZ grew by", grown, "bytes"),
        figure("RSS grew by", rss[-1] - rss[0], "bytes"),
        figure("growth of VSZ", round(rate), "bytes per second"),
    ]
    output = ["%5.1f s  VSZ %8d KiB  RSS %8d KiB" % (moment, v >> 10, r >> 10) for moment, v, r in zip(at, vsz, rss)]
    held = all(later > earlier for earlier, later in zip(vsz, vsz[1:])) and grown >= 0.9 * piece * samples
    return outcome(LESSON, held, output, evidence, [series("VSZ", "bytes", vsz, at), series("RSS", "bytes", rss, at)])
