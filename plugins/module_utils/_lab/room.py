# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cgroup of the lab itself, and those above it, leave it of memory."""

from __future__ import annotations

import os
from typing import Optional

from .._derive.cgroup_chain import ceilings_of, limiting
from .._procfs.cgroup import memory_path
from .._records.unread import Malformed
from .._scan.cgroups import scan_cgroups
from .._scan.files import Files, Readings, read_all
from .._scan.process_table import ProcessTable


def cgroup_room() -> Optional[int]:
    """In bytes; None where no limit holds, or none can be read."""
    try:
        membership = read_all("/proc/self/cgroup")
        path = memory_path(membership)[1]
    except (OSError, Malformed):
        return None
    if path is None:
        return None
    own = (os.getpid(), b"", membership)
    by_path = {each["path"]: each for each in scan_cgroups(Readings(Files()), ProcessTable([own]))}
    ceilings = [each for step in limiting(os.fsdecode(path), by_path) for each in ceilings_of(step, soft=True)]
    return min((each.limit - each.used for each in ceilings if each.name != "memory.swap.max"), default=None)
