# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The out-of-memory killer, inside of a cgroup."""

from __future__ import annotations

import signal
import time
from typing import Any, Dict, List, Optional

from ..._derive.oom_kills import kills_in
from ..._scan.kernel_log import boot_realtime, read_kmsg
from ..cgroup import Cgroup
from ..children import Child, Silent
from ..lab import MIB, PAGE, PROCESS, Lab, memory
from ..outcome import Lesson, NotHere, figure, outcome

LESSON = Lesson(
    name="oom_kill",
    number=None,
    title="An OOM kill inside a cgroup",
    teaches="A cgroup over its limit that has nothing to give back loses a process to SIGKILL, while the rest of "
    "the host has memory to spare. Only the kernel's log says so.",
    command=["systemd-run -p MemoryMax=24M python3 -c 'x = bytearray(10 ** 9)'", "dmesg | grep 'Killed process'"],
    expected="The process ends by signal 9, and the kernel's log has a line with its PID.",
)

MOST, LEAST = 24 * MIB, 4 * MIB
"""Of the limit."""


def run(lab: Lab) -> Dict[str, Any]:
    """Let a process of the lab run over the limit of a cgroup of the lab."""
    if not lab.root:
        raise NotHere("only root may make a memory cgroup")
    limit = lab.share(2 * MOST) // 2 // PAGE * PAGE
    if limit < LEAST:
        raise NotHere(
            "the lab may take %d MiB here, and this needs %d" % (lab.allowance // MIB, (PROCESS + 2 * LEAST) // MIB)
        )
    with Cgroup(lab.journal, limit) as cgroup, lab.child() as child:
        no_swap(cgroup, limit)
        cgroup.take(child.pid)
        ended = over_the_limit(child, 2 * limit)
        kills = cgroup.number("memory.oom_control" if cgroup.version == 1 else "memory.events", "oom_kill")
        told = log_line(child.pid)
        evidence = [
            figure("limit", limit, "bytes"),
            figure("asked for", 2 * limit, "bytes"),
            figure("signal", -ended if ended is not None and ended < 0 else None, ""),
            figure("kills that the cgroup counted", kills, "kills"),
            figure("line in the kernel's log", told is not None, ""),
        ]
    # Linux before 4.13 doesn't count them for a cgroup of version 1.
    held: Optional[bool] = ended == -signal.SIGKILL and kills in (None, 1)
    note = "the kill stays in the kernel's log and counters until the next boot, where an audit finds it"
    if told is None:
        note += "; the log can't be read here, or has lost the line"
    output: List[str] = ["the process ended with %s" % ("signal %d" % -ended if ended and ended < 0 else ended)]
    return outcome(LESSON, held, output + ([told] if told else []), evidence, note=note)


def no_swap(cgroup: Cgroup, limit: int) -> None:
    """Where the host has swap, the cgroup shall not have any: the process would only become slow."""
    try:
        if cgroup.version == 1:
            cgroup.put("memory.memsw.limit_in_bytes", limit)
        else:
            cgroup.put("memory.swap.max", 0)
    except OSError as error:
        if memory().get("SwapFree"):
            raise NotHere(
                "this kernel doesn't count swap for cgroups, so that the process would be swapped out"
            ) from error


def over_the_limit(child: Child, size: int) -> Optional[int]:
    """How the child ended that fills ``size`` bytes; None when it didn't."""
    try:
        child.say("reserve %d" % size)
        child.say("fill 0")
    except Silent:
        pass
    return child.wait(5)


def log_line(pid: int) -> Optional[str]:
    """The kill of ``pid`` as the kernel's log tells it, in words; None when it doesn't."""
    for _try in range(10):
        kills = kills_in(read_kmsg("", None, boot_realtime()).lines, "kmsg")
        for found in reversed(kills):
            if found.kill["pid"] == pid:
                kill = found.kill
                return "kernel: Killed process %d (%s), constraint %s, cgroup %s" % (
                    pid,
                    kill["victim"],
                    kill["constraint"],
                    kill["limit_cgroup"],
                )
        time.sleep(0.1)
    return None
