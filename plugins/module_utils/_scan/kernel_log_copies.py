# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's log from those who keep a copy of it, the journal and dmesg.

Both need a program, which only a module may run: it hands in how.
"""

from __future__ import annotations

from typing import Callable, List, Optional, Tuple

from .._kernel_log import dmesg, journal
from .._kernel_log.line import Line
from .._records.unread import DENIED, MALFORMED, SKIPPED_BUDGET, UNSUPPORTED, Malformed
from .kernel_log import Log, of_this_boot, read_log, unread_log

Run = Callable[..., Optional[Tuple[int, bytes, bytes]]]
"""``run(program, *arguments)`` -> ``(exit code, stdout, stderr)``; None where the program isn't installed."""

_OF_KERNEL = ("_TRANSPORT=kernel", "SYSLOG_FACILITY=0")
_NEWEST = "--lines=20000"
_FIELDS = "--output-fields=MESSAGE,SYSLOG_FACILITY,_BOOT_ID,_SOURCE_MONOTONIC_TIMESTAMP"
# A capital letter keeps journalctl from ignoring case.
_PATTERN = r"--grep=invoked oom-killer|^oom-kill:|[Oo]ut of memory|Killed process|oom_reaper|oom\.group|^Task in "

TIMED_OUT = 124
"""Exit code of timeout(1)."""


def _ends(lines: List[Line]) -> Tuple[Optional[int], Optional[int]]:
    times = [line.realtime for line in lines if line.realtime is not None]
    return (min(times), max(times)) if times else (None, None)


def read_journal(run: Run) -> Log:
    """The journal's lines about OOM kills, of every boot that it has."""
    ran = run("journalctl", "--no-pager", "--output=json", _NEWEST, _FIELDS, _PATTERN, *_OF_KERNEL)
    if ran and ran[0] not in (0, TIMED_OUT) and ran[2]:
        # Before systemd 237, or built without regular expressions.
        ran = run("journalctl", "--no-pager", "--output=json", _NEWEST, *_OF_KERNEL)
    if ran is None:
        return unread_log("journal", UNSUPPORTED)
    code, output, remarks = ran
    if code == TIMED_OUT:
        return unread_log("journal", SKIPPED_BUDGET)
    # With --grep some versions print the newest first.
    lines = sorted(journal.parse(output), key=lambda line: line.microseconds or 0)
    # Without a match journalctl ends with 1 and says nothing. A user who may not read it gets remarks and no lines.
    if (not lines and b"ermission" in remarks) or b"not seeing messages from" in remarks:
        return unread_log("journal", DENIED)
    if not lines and (b"No journal files" in remarks or code not in (0, 1) or (code == 1 and remarks)):
        return unread_log("journal", UNSUPPORTED)
    if not lines and not _has_kernel_lines(run):
        return unread_log("journal", UNSUPPORTED)
    return read_log("journal", lines, *_ends(lines), None)


def _has_kernel_lines(run: Run) -> bool:
    """Whether the journal keeps the kernel's log at all; a container's own journal doesn't."""
    ran = run("journalctl", "--no-pager", "--output=json", "--lines=1", *_OF_KERNEL)
    return bool(ran and journal.parse(ran[1]))


def read_dmesg(run: Run, boot_id: Optional[str], booted: int) -> Log:
    """What syslog(2) gives of the ring buffer."""
    ran = run("dmesg", "-r")
    if ran is None:
        return unread_log("dmesg", UNSUPPORTED)
    code, output, remarks = ran
    if code:
        reason = SKIPPED_BUDGET if code == TIMED_OUT else DENIED if b"not permitted" in remarks else UNSUPPORTED
        return unread_log("dmesg", reason)
    try:
        lines = of_this_boot(dmesg.parse(output), boot_id, booted)
    except Malformed:
        return unread_log("dmesg", MALFORMED)
    return read_log("dmesg", lines, *_ends(lines), None)


def other_logs(run: Run, ring: Log, boot_id: Optional[str], booted: int) -> List[Log]:
    """The logs to ask beside ``ring``, which is what read_kmsg gave."""
    logs = [read_journal(run)]
    if not ring.source["read"]:
        logs.append(read_dmesg(run, boot_id, booted))
    return logs
