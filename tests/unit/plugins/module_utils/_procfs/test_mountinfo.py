# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs.mountinfo import parse
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed

LINES = rb"""31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate
36 31 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
84 24 8:17 /data /mnt/my\040disk\134x\011y rw,relatime shared:40 - ext4 /dev/sd\0431 rw,errors=remount-ro
90 24 0:99 / /empty rw - tmpfs  rw,size=4k
"""


def test_fields_behind_any_number_of_optional_ones() -> None:
    unified, memory, disk, empty = parse(LINES)
    assert unified.mount_point == "/sys/fs/cgroup"
    assert (unified.fstype, unified.root, unified.super_options) == ("cgroup2", "/", ("rw", "nsdelegate"))
    assert (memory.root, memory.options, memory.super_options) == ("/docker/abc", ("ro",), ("rw", "memory"))
    assert (disk.mount_point, disk.source) == ("/mnt/my disk\\x\ty", "/dev/sd#1")
    assert (empty.source, empty.super_options) == ("", ("rw", "size=4k"))
    assert [mount.device for mount in (unified, memory, disk, empty)] == ["0:27", "0:31", "8:17", "0:99"]


def test_a_line_that_is_no_mount_is_left_out() -> None:
    assert [mount.fstype for mount in parse(b"garbage\n" + LINES + b"84 24 8:17 / /cut rw")] == [
        "cgroup2",
        "cgroup",
        "ext4",
        "tmpfs",
    ]


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert parse(b"1 1 0:1 / /\xff rw - tmpfs t rw\n")[0].mount_point == "/\\xff"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"1 2 3 - x\n"])
def test_no_mount_at_all_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)
