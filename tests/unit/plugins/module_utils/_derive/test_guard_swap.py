# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against a swap file."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import guard_swap
from ansible_collections.fleet.memory.plugins.module_utils._procfs.mountinfo import Mount

MIB, GIB, TIB = 2**20, 2**30, 2**40


def mount(kind: str, *options: str) -> Mount:
    return Mount("/", "/", kind, "x", options or ("rw",), ("rw",), "8:1")


def answer(found: Any) -> Optional[bool]:
    """None for no refusal, else whether it may be forced."""
    return found["forcible"] if found else None


@pytest.mark.parametrize(
    ("size", "refused"),
    [(MIB - 4096, False), (MIB, None), (16 * TIB - 4096, None), (16 * TIB, False), (0, False)],
)
def test_size(size: int, refused: Optional[bool]) -> None:
    assert answer(guard_swap.guard_size(size, 4096)) is refused


def test_larger_pages_take_more() -> None:
    assert guard_swap.guard_size(16 * TIB, 65536) is None


@pytest.mark.parametrize(
    ("disk", "left"),
    [(0, GIB), (GIB, GIB), (20 * GIB, GIB), (100 * GIB, 5 * GIB), (400 * GIB, 20 * GIB), (100 * TIB, 20 * GIB)],
)
def test_what_has_to_stay_free(disk: int, left: int) -> None:
    assert guard_swap.free_after(disk) == left


@pytest.mark.parametrize(
    ("size", "free", "refused"),
    [(GIB, 6 * GIB, None), (GIB, 6 * GIB - 1, True), (GIB, GIB + 1, True), (GIB, GIB, False), (2 * GIB, GIB, False)],
)
def test_disk(size: int, free: int, refused: Optional[bool]) -> None:
    assert answer(guard_swap.guard_disk(size, 100 * GIB, free, None)) is refused


def test_the_disk_in_words() -> None:
    found = guard_swap.guard_disk(4 * GIB, 100 * GIB, 5 * GIB, 2 * GIB)
    assert found is not None and found["why"] == (
        "size 4294967296: 5120 MiB are free on the file system of 102400 MiB, and with a file of 4096 MiB beside the "
        "present one (2048 MiB) 1024 MiB would be; 5120 MiB have to stay free"
    )
    assert found["free_bytes"] == 5 * GIB and found["must_stay_free_bytes"] == 5 * GIB


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        *dict.fromkeys(("ext2", "ext3", "ext4", "xfs", "f2fs", "jfs", "btrfs")).items(),
        *dict.fromkeys(("zfs", "overlay", "tmpfs", "ramfs", "nfs", "nfs4", "cifs", "9p", "virtiofs"), False).items(),
        *dict.fromkeys(("fuse.sshfs", "fuseblk", "fuse", "ceph", "bcachefs", "squashfs"), False).items(),
        *dict.fromkeys(("vfat", "ext5", "9pins"), True).items(),
    ],
)
def test_file_system(kind: str, refused: Optional[bool]) -> None:
    found = guard_swap.guard_file_system(mount(kind), "6.1.0")
    assert answer(found) is refused
    assert found is None or kind in found["why"]


@pytest.mark.parametrize(
    ("release", "refused"),
    [("4.19.0-27", False), ("5.0.1", None), ("5.10.0", None), (None, None), ("what?", None)],
)
def test_btrfs_of_an_older_kernel(release: Optional[str], refused: Optional[bool]) -> None:
    assert answer(guard_swap.guard_file_system(mount("btrfs"), release)) is refused


def test_a_file_system_that_cannot_be_written() -> None:
    assert answer(guard_swap.guard_file_system(mount("ext4", "ro", "noatime"), "6.1.0")) is False
    assert answer(guard_swap.guard_file_system(None, "6.1.0")) is True


@pytest.mark.parametrize(("mode", "refused"), [(0o755, None), (0o1777, None), (0o777, False), (0o702, False)])
def test_folder(mode: int, refused: Optional[bool]) -> None:
    assert answer(guard_swap.guard_folder("/x", mode)) is refused


def test_no_folder() -> None:
    assert answer(guard_swap.guard_folder("/x", None)) is False


def test_what_is_at_the_path() -> None:
    assert guard_swap.guard_file("/s", "a swap file", True, 1) is None
    assert answer(guard_swap.guard_file("/s", "a swap file", True, 2)) is False
    found = guard_swap.guard_file("/s", "a symbolic link", False, 1)
    assert found is not None and not found["forcible"] and found["why"].startswith("/s is a symbolic link;")


@pytest.mark.parametrize(
    ("used", "others", "available", "total", "refused"),
    [
        (0, 0, 0, 0, None),
        (100 * MIB, 0, 164 * MIB, GIB, None),
        (100 * MIB, 0, 164 * MIB - 1, GIB, True),
        (100 * MIB, 100 * MIB, 64 * MIB, GIB, None),
        (GIB, 0, 2 * GIB, 64 * GIB, True),
        (GIB, 0, 3 * GIB, 64 * GIB, None),
    ],
    ids=["unused", "just", "not quite", "other swap", "2 % of a large one", "and with them"],
)
def test_swapoff_without_room(used: int, others: int, available: int, total: int, refused: Optional[bool]) -> None:
    found = guard_swap.guard_off("/s", used, others, {"MemAvailable": available, "MemTotal": total})
    assert answer(found) is refused
    if found:
        assert found["used_bytes"] == used and "/s" in found["why"] and "%d MiB" % (used // MIB) in found["why"]


def test_memory_that_is_promised() -> None:
    memory: dict[str, Any] = {
        "meminfo": {"CommitLimit": 3 * GIB, "Committed_AS": GIB},
        "sysctl": {"vm.overcommit_memory": 2},
    }
    assert answer(guard_swap.guard_commit("/s", 2 * GIB, memory)) is False
    assert guard_swap.guard_commit("/s", 2 * GIB - 4096, memory) is None
    memory["sysctl"]["vm.overcommit_memory"] = 0
    assert guard_swap.guard_commit("/s", 2 * GIB, memory) is None
