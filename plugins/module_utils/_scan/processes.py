# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the cheap files of every process: about 0.1 ms each, and no lock that the process itself would wait for.

smaps_rollup, which is neither, is read apart in rollups.py.
"""

from __future__ import annotations

import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._derive.headroom import Ceiling, own_ceilings
from .._derive.redact import redact
from .._derive.service_names import Service
from .._procfs import pid_stat, pid_status
from .._records.text import text
from .._records.unread import Unread
from .._shapes import number
from .files import Files, read_all, read_link
from .process_files import Gone, ProcessFiles, pids_of
from .shared import Host

Process = Dict[str, Any]

MAPS_SHARE = 0.75
"""/proc/PID/maps is counted only where the address space has room for this share of vm.max_map_count."""

ROLLUP_FIGURES = (
    "pss_bytes",
    "pss_anon_bytes",
    "pss_file_bytes",
    "pss_shmem_bytes",
    "uss_bytes",
    "swap_pss_bytes",
    "huge_page_bytes",
)
"""Figures that only rollups.py can fill in."""

_NO_SERVICE = Service(None, None, None, None)

_DELETED = " (deleted)"


class RawFiles(NamedTuple):
    """Two files of a process as they were read, so that the scan of the limits needn't read them again."""

    pid: int
    limits: Optional[bytes]
    cgroup: Optional[bytes]


class Seen(NamedTuple):
    """What a scan saw. ``vanished`` processes ended while they were read; ``unreadable`` ones lack their main files."""

    processes: List[Process]
    raw: List[RawFiles]
    ceilings: Dict[int, List[Ceiling]]
    """By pid, those of the process itself; headroom.py joins them with those of its cgroups and of the host."""
    unreadable: List[Dict[str, Any]]
    kernel_threads: int
    vanished: int


def _lines(raw: bytes) -> int:
    return raw.count(b"\n")


def _cmdline(raw: bytes) -> str:
    return redact([text(argument) for argument in raw.rstrip(b"\0").split(b"\0")])


def _started_at(host: Host, ticks: int) -> Optional[str]:
    if host.boot_time is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(host.boot_time + ticks // host.ticks_per_second))


def _map_count(host: Host, files: ProcessFiles, vsz_bytes: int) -> Optional[int]:
    # A mapping is a page at least: a small address space proves, for free, that there are few of them.
    if not host.max_map_count or vsz_bytes < MAPS_SHARE * host.max_map_count * host.page_bytes:
        return None
    return files.parsed("maps", _lines, read_all)


def _process(
    host: Host, files: ProcessFiles, pid: int, stat: pid_stat.Stat, cmdline: bool
) -> Tuple[Process, RawFiles, List[Ceiling]]:
    status = files.must("status", pid_status.parse)
    limits = files.parsed("limits", host.limits)
    cgroup = files.parsed("cgroup", host.cgroup)
    service = cgroup.service if cgroup else _NO_SERVICE
    if status.has_memory:
        memory = status
        executable = files.parsed("exe", text, read_link)
        map_count = _map_count(host, files, stat.vsz_bytes)
    else:
        # A zombie has given back all its memory: a known 0. Nothing else is without memory, unless it's just exiting.
        if stat.state != b"Z":
            raise Gone
        memory = pid_status.Status(status.uid, False, False, *[0] * 14)
        executable = None
        map_count = 0
    deleted = executable is not None and executable.endswith(_DELETED)
    process = {
        "pid": pid,
        "ppid": stat.ppid,
        "command": text(stat.command),
        "executable": executable[: -len(_DELETED)] if executable and deleted else executable,
        "executable_deleted": None if executable is None else deleted,
        "cmdline": files.parsed("cmdline", _cmdline) if cmdline else None,
        "uid": status.uid,
        "user": host.user(status.uid),
        "state": text(stat.state),
        "started_at": _started_at(host, stat.start_ticks),
        "start_ticks": stat.start_ticks,
        "threads": stat.threads,
        "vsz_bytes": memory.vsz_bytes,
        "rss_bytes": memory.rss_bytes,
        "rss_exact": not status.has_memory,
        **dict.fromkeys(ROLLUP_FIGURES, None if status.has_memory else 0),
        "pss_high_bytes": memory.rss_bytes,
        "rss_anon_bytes": memory.rss_anon_bytes,
        "rss_file_bytes": memory.rss_file_bytes,
        "rss_shmem_bytes": memory.rss_shmem_bytes,
        "peak_rss_bytes": memory.peak_rss_bytes,
        "peak_vsz_bytes": memory.peak_vsz_bytes,
        "data_bytes": memory.data_bytes,
        "stack_bytes": memory.stack_bytes,
        "locked_bytes": memory.locked_bytes,
        "page_tables_bytes": memory.page_tables_bytes,
        "hugetlb_bytes": memory.hugetlb_bytes,
        "swap_bytes": memory.swap_bytes,
        "minor_faults": stat.minor_faults,
        "major_faults": stat.major_faults,
        "children_minor_faults": stat.children_minor_faults,
        "children_major_faults": stat.children_major_faults,
        "voluntary_switches": status.voluntary_switches,
        "involuntary_switches": status.involuntary_switches,
        "oom_score": files.parsed("oom_score", number.parse),
        "oom_score_adj": files.parsed("oom_score_adj", number.parse),
        "cgroup": service.cgroup,
        "unit": service.unit,
        "user_unit": service.user_unit,
        "container": service.container,
        "map_count": map_count,
        "nearest_limit": None,
        "binds_first": None,
        "unread": files.unread,
    }
    ceilings = own_ceilings(limits.rlimits, process, status.ipc_lock) if limits else []
    return process, RawFiles(pid, limits and limits.raw, cgroup and cgroup.raw), ceilings


def scan_processes(files: Files, cmdline: bool = False) -> Seen:
    """All processes that the kernel shows, without the figures that only smaps_rollup has. Raises Unread for /proc.

    Kernel threads have no memory of their own and are only counted.
    """
    host = Host(files)
    processes: List[Process] = []
    raws: List[RawFiles] = []
    ceilings: Dict[int, List[Ceiling]] = {}
    unreadable: List[Dict[str, Any]] = []
    kernel_threads = vanished = 0
    for pid in pids_of(files.names("/proc")):
        try:
            with ProcessFiles(files, pid) as process_files:
                stat = process_files.must("stat", pid_stat.parse)
                if stat.kernel_thread:
                    kernel_threads += 1
                    continue
                process, raw, ceilings[pid] = _process(host, process_files, pid, stat, cmdline)
        except Gone:
            vanished += 1
        except Unread as error:
            unreadable.append({"pid": pid, "command": None, "file": error.path, "reason": error.reason})
        else:
            processes.append(process)
            raws.append(raw)
    return Seen(processes, raws, ceilings, unreadable, kernel_threads, vanished)
