# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""File systems that live in RAM: what is in them and how far each may grow.

https://docs.kernel.org/filesystems/tmpfs.html
"""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from .._procfs.mountinfo import Mount
from .._records.unread import UNSUPPORTED, Unread
from .files import Readings

_IN_RAM = ("tmpfs", "devtmpfs")


def scan_tmpfs(readings: Readings, mounts: Sequence[Mount]) -> List[Dict[str, Any]]:
    """``{mount_point, used_bytes, size_bytes}`` of each tmpfs that can be seen; both None for one without a cap.

    One that is mounted at several places is listed once. Mounts that others hide are left out, as are those of other
    mount namespaces: nothing tells what is in them.
    """
    found: Dict[str, Dict[str, Any]] = {}
    for mount in mounts:
        if mount.fstype not in _IN_RAM or mount.device in found:
            continue
        try:
            space = readings.files.space(mount.mount_point)
        except Unread as error:
            if error.reason != UNSUPPORTED:
                readings.unread[mount.mount_point] = error.reason
            continue
        # Another device: a later mount covers this one, or the folder that it is in.
        if space.device == mount.device:
            # Without a cap the kernel gives neither a size nor what is in use.
            capped = space.size_bytes > 0
            found[mount.device] = {
                "mount_point": mount.mount_point,
                "used_bytes": space.used_bytes if capped else None,
                "size_bytes": space.size_bytes if capped else None,
            }
    return list(found.values())
