# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and sets limits of processes that run already, by prlimit(2)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._change import live, result
from .._change.transaction import Transaction, Unproven
from .._config.limit_value import render
from .._derive.guard_running import after, guard_running
from .._derive.refusal import Refusal, refusal
from .._scan.files import Files
from .._scan.limit_use import Process, limit_of, may_raise, nr_open, tasks_of_users, use_of

Wanted = Mapping[str, Tuple[Optional[int], Optional[int]]]
"""``{"AS": (soft, hard)}``; None leaves that half as it is."""


class Step(NamedTuple):
    """One limit of one process."""

    process: Process
    name: str
    before: live.Limit
    after: live.Limit

    def change(self) -> Dict[str, Any]:
        """For the contract's ``changes``."""
        where = "/proc/%d/limits" % self.process.pid
        return result.change("running", self.name, where, pair(self.before), pair(self.after))


def pair(limit: live.Limit) -> str:
    """``soft:hard``."""
    return "%s:%s" % (render(limit[0]), render(limit[1]))


def plan_running(files: Files, processes: List[Process], wanted: Wanted) -> Tuple[List[Step], List[Refusal]]:
    """What is to be set, and what speaks against it. A process that has ended meanwhile is left out."""
    host: Dict[str, Any] = {"nr_open": nr_open(files), "may_raise": may_raise(files)}
    tasks = tasks_of_users(files) if "NPROC" in wanted else {}
    steps: List[Step] = []
    refused: List[Refusal] = []
    for process in processes:
        mine = _steps(process, wanted, refused)
        if not mine:
            continue
        use = use_of(files, process.pid, tasks)
        for step in mine:
            refused.extend(guard_running(step.name, process.who, step.before, step.after, use, host))
        steps.extend(mine)
    return steps, refused


def _steps(process: Process, wanted: Wanted, refused: List[Refusal]) -> List[Step]:
    found = []
    for name, (soft, hard) in sorted(wanted.items()):
        try:
            before = live.limit(process.pid, name)
        except ProcessLookupError:
            return []
        except PermissionError:
            # The kernel asks for the same right to read a limit as to set it.
            why = "%s of %s: it belongs to another user, and to set it needs CAP_SYS_RESOURCE" % (name, process.who)
            refused.append(refusal(name, why, False, pid=process.pid))
            continue
        wanted_pair = after(before, soft, hard)
        if wanted_pair != before:
            found.append(Step(process, name, before, wanted_pair))
    return found


def set_running(change: Transaction, steps: List[Step]) -> None:
    for step in steps:
        # Another process may have got the number.
        if live.starttime(change.root, step.process.pid) == step.process.start_ticks:
            change.limit(step.process.pid, step.name, step.after)


def prove_running(files: Files, steps: List[Step]) -> None:
    """Read the limits where everybody reads them, in /proc/PID/limits. Raises Unproven."""
    for step in steps:
        pid = step.process.pid
        now = limit_of(files, pid, step.name)
        if live.starttime(files.root, pid) != step.process.start_ticks:
            continue
        if now != step.after:
            said = "unknown" if now is None else pair(now)
            raise Unproven("%s of %s is %s and not %s" % (step.name, step.process.who, said, pair(step.after)))


def diff_running(steps: List[Step]) -> List[Dict[str, str]]:
    """For the contract's ``diff``."""
    if not steps:
        return []
    lines = [("%s of %s = " % (step.name, step.process.who), step) for step in steps]
    before = "".join("%s%s\n" % (line, pair(step.before)) for line, step in lines)
    after_all = "".join("%s%s\n" % (line, pair(step.after)) for line, step in lines)
    return [result.texts("running processes", before, after_all)]
