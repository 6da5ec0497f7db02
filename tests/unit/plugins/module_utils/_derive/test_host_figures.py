# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pure joins of the host's figures."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import available, mounts, share, used
from ansible_collections.fleet.memory.plugins.module_utils._derive.swap_kind import swap_kind
from ansible_collections.fleet.memory.plugins.module_utils._procfs import mountinfo
from ansible_collections.fleet.memory.plugins.module_utils._procfs.zoneinfo import Zone

MEMINFO = {"MemFree": 1000, "Active(file)": 300, "Inactive(file)": 200, "SReclaimable": 60}
DMA = Zone(0, "DMA", low_bytes=10, high_bytes=15, managed_bytes=50, protection_bytes=900)
NORMAL = Zone(0, "Normal", low_bytes=90, high_bytes=120, managed_bytes=5000, protection_bytes=30)


class TestAvailable:
    def test_what_the_zones_keep_back_is_taken_off(self):
        # reserve: DMA all its 50, Normal 120 + 30; cache 500 less the low watermarks 100; slab 60 less half of it
        assert available.estimate(MEMINFO, [DMA, NORMAL]) == 1000 - 200 + 400 + 30

    def test_half_of_a_small_cache_counts(self):
        meminfo = dict(MEMINFO, **{"Active(file)": 80, "Inactive(file)": 20})
        assert available.estimate(meminfo, [DMA, NORMAL]) == 1000 - 200 + 50 + 30

    def test_kreclaimable_is_preferred(self):
        assert available.estimate(dict(MEMINFO, KReclaimable=1060), [DMA, NORMAL]) == 1000 - 200 + 400 + 960

    def test_never_below_zero(self):
        assert (
            available.estimate(dict(MEMINFO, MemFree=0, **{"Active(file)": 0, "Inactive(file)": 0}), [DMA, NORMAL]) == 0
        )

    @pytest.mark.parametrize("key", MEMINFO)
    def test_a_missing_part_is_unknown(self, key):
        assert available.estimate({name: MEMINFO[name] for name in MEMINFO if name != key}, [DMA]) is None


@pytest.mark.parametrize(
    "meminfo, left, expected",
    [
        ({"MemTotal": 100, "MemFree": 30}, 80, 20),
        ({"MemTotal": 100, "MemFree": 30}, 100, 0),
        ({"MemTotal": 100, "MemFree": 30}, 101, 70),
        ({"MemTotal": 100, "MemFree": 30}, None, None),
        ({}, None, None),
    ],
)
def test_used(meminfo, left, expected):
    assert used.used_bytes(meminfo, left) == expected


@pytest.mark.parametrize(
    "part, whole, expected", [(1, 3, 33.33), (0, 3, 0.0), (5, 0, None), (None, 3, None), (3, None, None)]
)
def test_percent(part, whole, expected):
    assert share.percent(part, whole) == expected


@pytest.mark.parametrize(
    "path, kind, expected",
    [
        ("/dev/zram0", "partition", "zram"),
        ("/dev/zram12", "partition", "zram"),
        ("/dev/sda2", "partition", "partition"),
        ("/dev/zram0/x", "file", "file"),
        ("/zram0", "file", "file"),
        ("none", "virtual", "virtual"),
    ],
)
def test_swap_kind(path, kind, expected):
    assert swap_kind(path, kind) == expected


def table(*lines):
    return mountinfo.parse("".join("30 20 0:1 / %s\n" % line for line in lines).encode())


V2 = "/sys/fs/cgroup rw - cgroup2 cgroup2 rw"
V2_ASIDE = "/sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
V1_MEMORY = "/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
V1_FREEZER = "/sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer"
ROOT = "/ rw - ext4 /dev/sda1 rw"


@pytest.mark.parametrize(
    "lines, version",
    [
        ([ROOT, V2], "v2"),
        ([ROOT, V2_ASIDE, V1_MEMORY], "hybrid"),
        ([ROOT, V2, V1_FREEZER], "v2"),
        ([ROOT, V1_FREEZER, V1_MEMORY], "v1"),
        ([ROOT], None),
    ],
)
def test_cgroup_version(lines, version):
    assert mounts.cgroup_version(table(*lines)) == version


PROC = "/proc rw - proc proc rw"


@pytest.mark.parametrize(
    "lines, expected",
    [
        ([ROOT, PROC], True),
        ([PROC, ROOT], True),
        ([ROOT, "/proc ro - proc proc rw"], False),
        ([ROOT, PROC, "/proc/sys ro - proc proc rw"], False),
        ([ROOT, PROC, "/proc/sys ro - proc proc rw", "/proc/sys/vm rw - proc proc rw"], True),
        ([ROOT, PROC, "/proc/sys ro - proc proc rw", "/proc/sys rw - proc proc rw"], True),
        ([ROOT, PROC, "/proc/sysrq-trigger ro - proc proc rw", "/proc/sys/kernel ro - proc proc rw"], True),
        ([ROOT, "/proc rw - proc proc ro"], False),
        (["/data rw - ext4 /dev/sdb rw"], None),
    ],
)
def test_writable(lines, expected):
    assert mounts.writable(table(*lines), "/proc/sys/vm/swappiness") is expected
