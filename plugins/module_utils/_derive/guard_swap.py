# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a swap file must not be made, turned off or touched. Figures in, refusals out."""

from __future__ import annotations

import stat
from typing import Any, Mapping, Optional

from .._procfs.mountinfo import Mount
from .._shapes.kernel_release import version
from .guard_vm import mib
from .refusal import Refusal, refusal

SIZE = "swap.size_bytes"
ACTIVE = "swap.active"
PATH = "swap.path"

LEAST_SIZE = 2**20
_MOST_PAGES = 2**32 - 1  # the header's field

_LEAST_FREE = 2**30
_MOST_FREE = 20 * 2**30
_FREE_SHARE = 20  # 5 %

_LEAST_MARGIN = 64 * 2**20
_MARGIN_SHARE = 50  # 2 %

_ABLE = ("ext2", "ext3", "ext4", "f2fs", "jfs", "xfs")

_NETWORK = "its blocks are not on a disk of this host, and a network needs memory while memory is short"
_REMOTE = ("9p", "afs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "nfs", "nfs4", "ocfs2", "smb3")
_SERVED = "a program serves it, which may be swapped out itself"
_UNABLE = {
    "bcachefs": "the kernel can't swap to a file of it",
    "overlay": "a file of it has no blocks of its own that the kernel could swap to",
    "ramfs": "it is in memory itself",
    "squashfs": "it can't be written",
    "tmpfs": "it is in memory itself",
    "virtiofs": _NETWORK,
    **dict.fromkeys(_REMOTE, _NETWORK),
    "zfs": "ZFS needs memory to write, so that swapping to a file of it can stand still for ever",
}

_NOCOW_SINCE = (5, 0)


def free_after(size: int) -> int:
    """What has to stay free of a file system of ``size`` bytes: 5 %, but 1 GiB at least and 20 GiB at most."""
    return min(max(size // _FREE_SHARE, _LEAST_FREE), _MOST_FREE)


def guard_size(size: int, page: int) -> Optional[Refusal]:
    """``size`` in bytes, whole pages."""
    most = _MOST_PAGES * page
    if LEAST_SIZE <= size <= most:
        return None
    why = "size %d: a swap file has from %d bytes (1 MiB) to %d, which is all that its header can count"
    return refusal(SIZE, why % (size, LEAST_SIZE, most), False, wanted_bytes=size, low=LEAST_SIZE, high=most)


def guard_disk(size: int, disk: int, free: int, replaces: Optional[int]) -> Optional[Refusal]:
    """``disk`` and ``free`` of the file system; ``replaces``: the size of the file that stays until the new is made."""
    left, least = free - size, free_after(disk)
    if left >= least:
        return None
    both = " beside the present one (%s)" % mib(replaces) if replaces else ""
    why = "size %d: %s are free on the file system of %s, and with a file of %s%s %s would be; %s have to stay free"
    why = why % (size, mib(free), mib(disk), mib(size), both, mib(left) if left > 0 else "none", mib(least))
    figures = {"free_bytes": free, "disk_bytes": disk, "must_stay_free_bytes": least}
    # Without room for the file itself nothing can force it.
    return refusal(SIZE, why, left > 0, wanted_bytes=size, **figures)


def guard_file_system(mount: Optional[Mount], release: Optional[str]) -> Optional[Refusal]:
    """``release``: of the kernel, ``5.10.0-28-amd64``."""
    kind = mount.fstype if mount else "unknown"
    figures = {"file_system": kind}
    if mount and ("ro" in mount.options or "ro" in mount.super_options):
        return refusal(PATH, "the file system at %s is mounted read-only" % mount.mount_point, False, **figures)
    if kind == "btrfs":
        kernel = version(release)
        if kernel and kernel < _NOCOW_SINCE:
            why = "kernel %s can't swap to a file on btrfs; 5.0 is the first that can" % release
            return refusal(PATH, why, False, **figures)
        return None
    reason = _SERVED if kind.startswith("fuse") else _UNABLE.get(kind)
    if reason:
        return refusal(PATH, "no swap file can be on %s: %s" % (kind, reason), False, **figures)
    if kind not in _ABLE:
        return refusal(PATH, "whether swapping to a file on %s works is not known" % kind, True, **figures)
    return None


def guard_folder(name: str, mode: Optional[int]) -> Optional[Refusal]:
    """``mode`` is None where the folder doesn't exist."""
    if mode is None:
        return refusal(PATH, "there is no folder %s" % name, False)
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        why = "everybody may replace files in %s (mode %04o); a swap file there could be read or exchanged"
        return refusal(PATH, why % (name, mode), False, mode="%04o" % mode)
    return None


def guard_file(path: str, what: str, is_swap: bool, links: int) -> Optional[Refusal]:
    """``what`` is at the path, in words."""
    if not is_swap:
        return refusal(PATH, "%s is %s; no rollback could bring back what it holds" % (path, what), False)
    if links > 1:
        why = "%s has %d names (hard links); the others would go on leading to the old file" % (path, links)
        return refusal(PATH, why, False, links=links)
    return None


def guard_off(path: str, used: int, others_free: int, meminfo: Mapping[str, int]) -> Optional[Refusal]:
    """``used`` of the swap area moves to memory and to the free room of the other areas."""
    available, total = meminfo.get("MemAvailable", meminfo.get("MemFree", 0)), meminfo.get("MemTotal", 0)
    margin = max(_LEAST_MARGIN, total // _MARGIN_SHARE)
    if not used or used + margin <= available + others_free:
        return None
    why = (
        "turning off %s moves %s into memory, of which %s are available, and other swap, of which %s are free; %s more "
        "have to be left. Add swap at another path first"
    ) % (path, mib(used), mib(available), mib(others_free), mib(margin))
    figures = {"used_bytes": used, "available_bytes": available, "other_swap_free_bytes": others_free}
    return refusal(ACTIVE, why, True, margin_bytes=margin, **figures)


def guard_commit(path: str, area: int, memory: Mapping[str, Any]) -> Optional[Refusal]:
    """Where the kernel keeps account (vm.overcommit_memory = 2), it doesn't turn off swap that is promised."""
    meminfo = memory["meminfo"]
    limit, promised = meminfo.get("CommitLimit"), meminfo.get("Committed_AS")
    if memory["sysctl"].get("vm.overcommit_memory") != 2 or limit is None or promised is None:
        return None
    if promised + area < limit:
        return None
    why = "vm.overcommit_memory is 2, and without the %s of %s less memory could be promised (%s) than is (%s)"
    why = why % (mib(area), path, mib(max(0, limit - area)), mib(promised))
    return refusal(ACTIVE, why, False, commit_limit_bytes=limit, committed_bytes=promised, area_bytes=area)
