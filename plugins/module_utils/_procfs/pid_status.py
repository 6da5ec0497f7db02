# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/status: who a process is and what its address space holds.

https://docs.kernel.org/filesystems/proc.html (table 1-2), proc_pid_status(5)

    Uid:	1000	1000	1000	1000
    VmHWM:	   12948 kB
    VmRSS:	   12948 kB
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from .._records.unread import Malformed
from .._shapes.kb_lines import kb_lines

_UID = re.compile(rb"^Uid:\t(\d+)\t(\d+)", re.MULTILINE)
_SWITCHES = re.compile(rb"\nvoluntary_ctxt_switches:\t(\d{1,20})\nnonvoluntary_ctxt_switches:\t(\d{1,20})\n")
_EFFECTIVE = re.compile(rb"^CapEff:\t([0-9a-f]{1,16})$", re.MULTILINE)
_CAP_IPC_LOCK = 1 << 14
_CAP_SYS_RESOURCE = 1 << 24


class Status(NamedTuple):
    """Sizes in bytes; None where this kernel has no such line. ``rss_bytes`` is approximate (per-CPU counters)."""

    uid: int
    """Effective user id, as ps shows it."""
    has_memory: bool
    """False for kernel threads, zombies and processes that are just exiting: they have no address space."""
    ipc_lock: bool = False
    """CAP_IPC_LOCK is among the effective capabilities; outside of user namespaces that lifts RLIMIT_MEMLOCK."""
    peak_vsz_bytes: Optional[int] = None
    vsz_bytes: Optional[int] = None
    locked_bytes: Optional[int] = None
    pinned_bytes: Optional[int] = None
    peak_rss_bytes: Optional[int] = None
    rss_bytes: Optional[int] = None
    rss_anon_bytes: Optional[int] = None
    rss_file_bytes: Optional[int] = None
    rss_shmem_bytes: Optional[int] = None
    data_bytes: Optional[int] = None
    stack_bytes: Optional[int] = None
    page_tables_bytes: Optional[int] = None
    swap_bytes: Optional[int] = None
    hugetlb_bytes: Optional[int] = None
    voluntary_switches: Optional[int] = None
    involuntary_switches: Optional[int] = None
    """Context switches of the main thread only, not of the process's other threads."""


def parse(data: bytes) -> Status:
    """The process's Status. Raises Malformed."""
    owner = _UID.search(data)
    if not owner:
        raise Malformed("/proc/PID/status has no Uid")
    uid = int(owner.group(2))
    switches = _SWITCHES.search(data, owner.end())
    voluntary, involuntary = map(int, switches.groups()) if switches else (None, None)
    # The memory lines stand in one block. The name, further up, can't forge its start: the kernel escapes newlines.
    start = data.find(b"\nVmPeak:")
    if start < 0:
        return Status(uid, False, voluntary_switches=voluntary, involuntary_switches=involuntary)
    end = data.find(b"\nCoreDumping:", start)
    if end < 0:
        end = data.find(b"\nThreads:", start)  # before Linux 4.15
    if end < 0:
        raise Malformed("/proc/PID/status ends within its sizes")
    size = kb_lines(data[start:end]).get
    return Status(
        uid,
        True,
        _ipc_lock(data, end),
        size(b"VmPeak:"),
        size(b"VmSize:"),
        size(b"VmLck:"),
        size(b"VmPin:"),
        size(b"VmHWM:"),
        size(b"VmRSS:"),
        size(b"RssAnon:"),
        size(b"RssFile:"),
        size(b"RssShmem:"),
        size(b"VmData:"),
        size(b"VmStk:"),
        size(b"VmPTE:"),
        size(b"VmSwap:"),
        size(b"HugetlbPages:"),
        voluntary_switches=voluntary,
        involuntary_switches=involuntary,
    )


def _ipc_lock(data: bytes, start: int) -> bool:
    found = _EFFECTIVE.search(data, start)
    return bool(found and int(found.group(1), 16) & _CAP_IPC_LOCK)


def effective_capabilities(data: bytes) -> int:
    """A bit for each, as capabilities(7) numbers them. Raises Malformed without a line that tells."""
    found = _EFFECTIVE.search(data)
    if not found:
        raise Malformed("/proc/PID/status has no CapEff")
    return int(found.group(1), 16)


def may_raise_limits(data: bytes) -> bool:
    """Whether the process has CAP_SYS_RESOURCE in effect. Raises Malformed."""
    return bool(effective_capabilities(data) & _CAP_SYS_RESOURCE)
