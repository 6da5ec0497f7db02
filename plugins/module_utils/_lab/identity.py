# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process is a number and the moment when it began: the number alone is given to another one some day."""

from __future__ import annotations

from typing import Any, Optional

from .._procfs import pid_stat
from .._records.unread import Malformed
from .._scan.files import read_all


def starttime(pid: int) -> Optional[int]:
    """In clock ticks since boot; None when there is no such process, or only its exit code is left of it.

    In a container that may be there for good: not every process 1 asks for the exit codes of orphans.
    """
    try:
        found = pid_stat.parse(read_all("/proc/%d/stat" % pid))
    except (OSError, Malformed):
        return None
    return None if found.state in (b"Z", b"X") else found.start_ticks


def is_alive(pid: Any, began: Any) -> bool:
    """Whether this very process is there; what names no process is not."""
    return isinstance(pid, int) and isinstance(began, int) and starttime(pid) == began
