# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits that the host's configuration declares, and those that really hold."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional, Sequence

from .cgroups import scan_cgroups
from .files import Files, Readings
from .pam import scan_pam
from .process_table import Process, ProcessTable, read_processes
from .sessions import scan_sessions
from .systemd import scan_systemd


def scan_limits(
    files: Files, processes: Optional[Iterable[Process]] = None, users: Optional[Sequence[str]] = None
) -> Dict[str, Any]:
    """The contract's ``limits``.

    ``processes`` spares a caller that has read /proc/PID/limits and /proc/PID/cgroup already to have them read again.
    ``users`` names those whose login sessions are told; without it, root and the first ordinary users.
    """
    readings = Readings(files)
    table = ProcessTable(read_processes(readings) if processes is None else processes)
    pam = scan_pam(readings)
    systemd = scan_systemd(readings, table)
    return {
        "pam": pam[0],
        "login_sessions": scan_sessions(readings, table, pam, systemd, users),
        "systemd": systemd,
        "cgroups": scan_cgroups(readings, table),
        "process_limits": table.limit_sets(readings.unread),
        "unread": readings.unread,
    }
