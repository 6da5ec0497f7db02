# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/self/mountinfo: what is mounted where.

https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts

    31 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
    36 31 0:31 / /sys/fs/cgroup/memory rw,relatime shared:14 - cgroup cgroup rw,memory
    84 24 8:17 /data /mnt/my\\040disk rw,relatime shared:40 - ext4 /dev/sdb1 rw,errors=remount-ro
"""

from __future__ import annotations

from typing import List, NamedTuple, Tuple

from .._records.text import text
from .._records.unread import Malformed
from .._shapes.octal import unescape


class Mount(NamedTuple):
    """One mount. ``root`` is the part of the file system that is seen at ``mount_point``, ``/`` for all of it.

    ``options`` belong to this mount, ``super_options`` to the file system: a v1 cgroup's controllers are among these.
    ``device``, ``0:27``, is the file system's own: mounts of one file system at several places have it in common.
    """

    mount_point: str
    root: str
    fstype: str
    source: str
    options: Tuple[str, ...]
    super_options: Tuple[str, ...]
    device: str


def _options(raw: bytes) -> Tuple[str, ...]:
    return tuple(unescape(option) for option in raw.split(b",") if option)


def parse(data: bytes) -> List[Mount]:
    """The mounts in the kernel's order; of two at one mount point the later one hides the earlier one.

    A line that isn't a mount is left out. Raises Malformed when no line is one.
    """
    mounts = []
    for line in data.split(b"\n"):
        # Older kernels print an empty source as nothing, so two spaces can stand together: split at each one.
        mount, dash, file_system = line.partition(b" - ")
        fields, tail = mount.split(b" "), file_system.split(b" ")
        if not dash or len(fields) < 6 or len(tail) < 3:
            continue
        mounts.append(
            Mount(
                mount_point=unescape(fields[4]),
                root=unescape(fields[3]),
                fstype=unescape(tail[0]),
                source=unescape(tail[1]),
                options=_options(fields[5]),
                super_options=_options(tail[-1]),
                device=text(fields[2]),
            )
        )
    if not mounts:
        raise Malformed("/proc/self/mountinfo has no mount")
    return mounts
