# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits that the host's configuration declares, and those that really hold."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from .._derive.rankings import near_cgroup_limits
from .cgroups import Grouped, group_processes
from .files import Files
from .limit_reach import scan_limit_reach
from .pam import scan_pam
from .sessions import scan_sessions
from .systemd import scan_systemd
from .unit_files import UnitFiles


def scan_limits(
    files: Files, grouped: Optional[Grouped] = None, users: Optional[Sequence[str]] = None
) -> Dict[str, Any]:
    """The contract's ``limits``.

    ``grouped`` spares a caller that has grouped the processes already to have it done again.
    ``users`` names those whose login sessions are told; without it, root and the first ordinary users.
    """
    readings, table, cgroups = grouped or group_processes(files)
    pam = scan_pam(readings)
    units = UnitFiles(readings)
    systemd = scan_systemd(readings, table, units)
    return {
        "pam": pam[0],
        "login_sessions": scan_sessions(readings, table, pam, systemd, users),
        "systemd": systemd,
        "service_limits": scan_limit_reach(readings, table, units, pam, systemd),
        "cgroups": cgroups,
        "cgroup_nearest_limit": near_cgroup_limits(cgroups),
        "process_limits": table.limit_sets(readings.unread),
        "unread": readings.unread,
    }
