# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the mount table says about control groups and about the kernel's parameters."""

from __future__ import annotations

from typing import Optional, Sequence

from .._procfs.mountinfo import Mount


def cgroup_version(mounts: Sequence[Mount]) -> Optional[str]:
    """``v2``, ``v1``, or ``hybrid``: v2 is mounted, yet it is v1 that has the memory controller. None without cgroups.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#mounting
    """
    unified = any(mount.fstype == "cgroup2" for mount in mounts)
    legacy = [mount for mount in mounts if mount.fstype == "cgroup"]
    if unified:
        return "hybrid" if any("memory" in mount.super_options for mount in legacy) else "v2"
    return "v1" if legacy else None


def covering(mounts: Sequence[Mount], path: str) -> Optional[Mount]:
    """The mount that ``path`` lies on: the one mounted nearest to it, the latest of several at one place."""
    above = [mount for mount in mounts if (path + "/").startswith(mount.mount_point.rstrip("/") + "/")]
    # max() gives the first of equals, so begin with the latest.
    return max(reversed(above), key=lambda mount: len(mount.mount_point), default=None)


def writable(mounts: Sequence[Mount], path: str) -> Optional[bool]:
    """Whether the mount that ``path`` lies on lets anyone write to it; None when no mount covers it."""
    mount = covering(mounts, path)
    if mount is None:
        return None
    return "ro" not in mount.options and "ro" not in mount.super_options
