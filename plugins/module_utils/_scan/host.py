# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host this is: its kernel, its boot, and what it runs inside of."""

from __future__ import annotations

import os
from typing import Any, Sequence

from .._derive.mounts import cgroup_version, writable
from .._procfs import sysctl, uptime
from .._procfs.mountinfo import Mount
from .container import scan_container
from .files import Readings


def scan_host(readings: Readings, mounts: Sequence[Mount]) -> dict[str, Any]:
    """``{cgroup_version, boot_id, kernel, uptime_seconds, container, sysctl_writable}``."""
    return {
        "cgroup_version": cgroup_version(mounts),
        "boot_id": readings.parsed("/proc/sys/kernel/random/boot_id", sysctl.parse_text),
        "kernel": {
            "release": readings.parsed("/proc/sys/kernel/osrelease", sysctl.parse_text),
            "version": readings.parsed("/proc/sys/kernel/version", sysctl.parse_text),
            "machine": os.uname().machine,
        },
        "uptime_seconds": readings.parsed("/proc/uptime", uptime.parse),
        "container": scan_container(readings),
        "sysctl_writable": writable(mounts, "/proc/sys/vm/swappiness"),
    }
