# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared memory, counted once or ten times."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict

from ..._procfs import smaps_mappings
from ..journal import FILE
from ..lab import MIB, PAGE, PROCESS, Lab, said
from ..outcome import Lesson, NotHere, figure, outcome

PROCESSES = 10

LESSON = Lesson(
    name="rss_and_pss",
    number=None,
    title="RSS against PSS",
    teaches="RSS counts a shared page in full for every process that maps it, PSS divides it among them. Only PSS"
    " can be summed up over processes.",
    command=["grep -A 4 shared /proc/PID/smaps     # for each of ten processes that map the same 1 MiB"],
    expected="1 MiB of RSS for each of the ten, and a tenth of that of PSS: 1 MiB for all together.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Let ten processes, or as many as the allowance has room for, map and read the same file."""
    count = min(PROCESSES, (lab.allowance - MIB) // PROCESS)
    if count < 2:
        raise NotHere(
            "the lab may take %d MiB here, and two processes need %d"
            % (lab.allowance // MIB, (2 * PROCESS + MIB) // MIB)
        )
    name = "shared-%d" % os.getpid()
    path = lab.journal.path(name)
    entry = lab.journal.note(FILE, name, path=path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"x" * MIB)
        with contextlib.ExitStack() as children:
            started = [children.enter_context(lab.child()) for _number in range(count)]
            for child in started:
                said(child.say("map_file %s 1" % path))
                said(child.say("read_file 0"))
            found = [shared(child.read("smaps"), path) for child in started]
    finally:
        if os.path.exists(path):
            os.unlink(path)
        lab.journal.strike(entry)
    rss, pss = [each[0] for each in found], [each[1] for each in found]
    output = [
        "process %2d: RSS %5d KiB, PSS %5d KiB" % (n, each[0] >> 10, each[1] >> 10) for n, each in enumerate(found, 1)
    ]
    output.append("together:   RSS %5d KiB, PSS %5d KiB" % (sum(rss) >> 10, sum(pss) >> 10))
    evidence = [
        figure("RSS of each", rss[0], "bytes"),
        figure("PSS of each", pss[0], "bytes"),
        figure("sum of RSS", sum(rss), "bytes"),
        figure("sum of PSS", sum(pss), "bytes"),
    ]
    held = all(each == MIB for each in rss) and all(abs(each - MIB / count) <= PAGE for each in pss)
    note = None
    if count < PROCESSES:
        note = "%d processes instead of ten: the lab may take %d MiB" % (count, lab.allowance // MIB)
    return outcome(LESSON, held, output, evidence, note=note)


def shared(smaps: bytes, path: str) -> Any:
    """RSS and PSS in bytes of the mapping of ``path``."""
    own = [each for each in smaps_mappings.parse(smaps) if each.name == os.fsencode(path)]
    return sum(each.rss_bytes for each in own), sum(each.pss_bytes for each in own)
