# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that limits are to be set for, and what they use of what limits bound."""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .._config.limit_value import UNLIMITED
from .._procfs import limits, pid_stat, pid_status, sysctl
from .._records.text import text
from .._records.unread import Malformed, Unread
from .cgroups import group_processes
from .files import Files, Readings
from .process_files import pids_of
from .systemd import pids_of_units
from .unit_files import UnitFiles

_COMM = 15
"""The kernel keeps so many bytes of a command's name."""

Pair = Tuple[int, int]
"""Soft and hard; -1 is unlimited."""


class Process(NamedTuple):
    """``start_ticks`` with ``pid`` is its identity."""

    pid: int
    start_ticks: int
    command: str

    @property
    def who(self) -> str:
        return "process %d (%s)" % (self.pid, self.command)


def find_processes(
    files: Files, pid: Optional[int] = None, unit: Optional[str] = None, command: Optional[str] = None
) -> List[Process]:
    """The one of ``pid``, those in ``unit`` or all called ``command``; kernel threads and zombies are left out."""
    if pid is not None:
        pids = [pid]
    elif unit is not None:
        pids = _of_unit(files, unit)
    else:
        pids = pids_of(files.names("/proc"))
    return processes_of(files, pids, command)


def processes_of(files: Files, pids: Iterable[int], command: Optional[str] = None) -> List[Process]:
    """Those of ``pids`` that still run, or those of them called ``command``; no kernel threads, no zombies."""
    found = [_process(files, each, command) for each in pids]
    return [process for process in found if process]


def _of_unit(files: Files, unit: str) -> List[int]:
    grouped = group_processes(files)
    units = UnitFiles(grouped.readings)
    name = units.real_name(unit if "." in unit else unit + ".service")
    by_unit = pids_of_units(grouped.table, {})
    return sorted({pid for each, pids in by_unit.items() if units.real_name(each) == name for pid in pids})


def _process(files: Files, pid: int, command: Optional[str]) -> Optional[Process]:
    try:
        stat = pid_stat.parse(files.read("/proc/%d/stat" % pid))
    except (Unread, Malformed):
        return None
    if stat.kernel_thread or stat.state == b"Z":
        return None
    name = stat.command
    if command is not None and name != command.encode("utf-8", "surrogateescape")[:_COMM]:
        return None
    return Process(pid, stat.start_ticks, text(name))


def use_of(files: Files, pid: int, tasks: Mapping[int, int]) -> Dict[str, Optional[int]]:
    """Figures in bytes; ``files`` is one more than the highest file descriptor. None, or no key, where unknown.

    ``tasks`` are those of ``tasks_of_users``; nothing is counted for root, whom the kernel lets start what it likes.
    """
    use: Dict[str, Optional[int]] = {}
    try:
        status = pid_status.parse(files.read("/proc/%d/status" % pid))
        use = {name: value for name, value in status._asdict().items() if name.endswith("_bytes")}
    except (Unread, Malformed):
        pass
    try:
        use["files"] = 1 + max((int(name) for name in files.names("/proc/%d/fd" % pid)), default=-1)
    except (Unread, ValueError):
        pass
    uid = real_uid(files, pid)
    use["tasks"] = tasks.get(uid) if uid else None
    return use


def limit_of(files: Files, pid: int, name: str) -> Optional[Pair]:
    """The limit of a process as everybody reads it; None where that can't be known."""
    try:
        found = limits.parse(files.read("/proc/%d/limits" % pid)).get(name)
    except (Unread, Malformed):
        return None
    if found is None:
        return None
    soft, hard = (UNLIMITED if half == limits.UNLIMITED else int(half) for half in found)
    return soft, hard


def tasks_of_users(files: Files) -> Dict[int, int]:
    """Threads by the real user id of their process, which is how the kernel counts them for NPROC."""
    counts: Dict[int, int] = {}
    for pid in pids_of(files.names("/proc")):
        try:
            threads = pid_stat.parse(files.read("/proc/%d/stat" % pid)).threads
        except (Unread, Malformed):
            continue
        uid = real_uid(files, pid)
        if uid is not None:
            counts[uid] = counts.get(uid, 0) + threads
    return counts


def real_uid(files: Files, pid: int) -> Optional[int]:
    try:
        lines = files.read("/proc/%d/status" % pid).split(b"\nUid:\t", 1)
        return int(lines[1].split(b"\t", 1)[0])
    except (Unread, IndexError, ValueError):
        return None


def nr_open(files: Files) -> Optional[int]:
    found = Readings(files).parsed("/proc/sys/fs/nr_open", sysctl.parse_text)
    return int(found) if found and found.isdigit() else None


def may_raise(files: Files) -> Optional[bool]:
    """Whether this program has CAP_SYS_RESOURCE; None when that can't be known."""
    return Readings(files).parsed("/proc/self/status", pid_status.may_raise_limits)
