# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there are processes that an audit without privileges can't even know of.

https://docs.kernel.org/filesystems/proc.html#mount-options
"""

from __future__ import annotations

import os

from .._procfs import mountinfo
from .files import Files, Readings

_HIDING = {"hidepid=2", "hidepid=invisible", "hidepid=4", "hidepid=ptraceable"}


def hides_processes(files: Files) -> bool:
    """Whether /proc hides the processes of other users from this one."""
    mounts = Readings(files).parsed("/proc/self/mountinfo", mountinfo.parse) or []
    options = [mount.options + mount.super_options for mount in mounts if mount.mount_point == "/proc"]
    return os.geteuid() != 0 and bool(options) and not _HIDING.isdisjoint(options[-1])
