# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's own ring buffer of its log, and the shape in which each log is handed on."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._kernel_log import kmsg
from .._kernel_log.line import Line, iso
from .._records.unread import MALFORMED, Malformed
from .files import reason_of

_KMSG = "/dev/kmsg"
_DEVICE = os.makedev(1, 11)
_LONGEST = 8192
_ENOUGH = 10 << 20
"""Bytes; the ring buffer is some hundred KB. A kernel that logs faster than it is read must not hold the audit."""


class Log(NamedTuple):
    """``source`` is the contract's entry of ``sources``."""

    source: Dict[str, Any]
    lines: List[Line]


def read_log(name: str, lines: List[Line], first: Optional[int], last: Optional[int], lost: Optional[bool]) -> Log:
    source = {"source": name, "read": True, "reason": None, "first_at": iso(first), "last_at": iso(last)}
    return Log(dict(source, lost_lines=lost), lines)


def unread_log(name: str, reason: str) -> Log:
    source = {"source": name, "read": False, "reason": reason, "first_at": None, "last_at": None, "lost_lines": None}
    return Log(source, [])


def boot_realtime() -> int:
    """When the clock of the kernel's log stood at 0, in microseconds since the epoch."""
    return int((time.time() - time.monotonic()) * 1000000)


def _records(path: str) -> Tuple[bytes, bool]:
    """All records, and whether some were overwritten meanwhile. Raises OSError, Malformed when it's another device."""
    # Some containers have a link to a terminal here.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    chunks: List[bytes] = []
    overwritten = False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) and (not stat.S_ISCHR(status.st_mode) or status.st_rdev != _DEVICE):
            raise Malformed("%s is not the kernel's log" % path)
        size = 0
        while size < _ENOUGH:
            try:
                chunk = os.read(descriptor, _LONGEST)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EPIPE:
                    raise
                overwritten = True
                continue
            if not chunk:
                break
            chunks.append(chunk)
            size += len(chunk)
    finally:
        os.close(descriptor)
    return b"".join(chunks), overwritten


def read_kmsg(root: str, boot_id: Optional[str], booted: int) -> Log:
    """The ring buffer of the host below ``root``. ``booted`` is boot_realtime."""
    try:
        data, overwritten = _records(root + _KMSG)
        ring = kmsg.parse(data)
    except OSError as error:
        return unread_log("kmsg", reason_of(error))
    except Malformed:
        return unread_log("kmsg", MALFORMED)
    lines = of_this_boot(ring.lines, boot_id, booted)
    first, last = booted + ring.first_microseconds, booted + ring.last_microseconds
    return read_log("kmsg", lines, first, last, overwritten or ring.first > 0)


def of_this_boot(lines: List[Line], boot_id: Optional[str], booted: int) -> List[Line]:
    """``lines`` with the times that follow from their clock."""
    return [
        line._replace(boot_id=boot_id, realtime=None if line.microseconds is None else booted + line.microseconds)
        for line in lines
    ]
