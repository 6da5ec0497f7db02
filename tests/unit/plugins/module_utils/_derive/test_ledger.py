# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger: every page once. Figures are powers of two, so that each sum tells what is in it."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import ledger as rules
from ansible_collections.fleet.memory.plugins.module_utils._derive.ledger import ledger
from hypothesis import given
from hypothesis import strategies as st

COUNTED = {
    "MemFree": 1 << 20,
    "AnonPages": 1 << 19,
    "Cached": 1 << 18,
    "Buffers": 1 << 17,
    "Shmem": 1 << 16,
    "SReclaimable": 1 << 15,
    "SUnreclaim": 1 << 14,
    "PageTables": 1 << 13,
    "SecPageTables": 1 << 12,
    "KernelStack": 1 << 11,
    "Percpu": 1 << 10,
    "Zswap": 1 << 9,
    "Bounce": 1 << 8,
    "WritebackTmp": 1 << 7,
    "GPUActive": 1 << 6,
    "GPUReclaim": 1 << 5,
    "Hugetlb": 1 << 4,
}
INSIDE_OF_OTHERS = {
    "Mapped": 99, "Mlocked": 99, "Unevictable": 99, "Active": 99, "Inactive": 99, "AnonHugePages": 99, "Slab": 99,
    "ShmemHugePages": 99, "FileHugePages": 99, "CmaFree": 99, "Unaccepted": 99, "Dirty": 99, "Balloon": 99,
    "VmallocTotal": 99, "DirectMap4k": 99, "SwapTotal": 99, "SwapFree": 99, "NFS_Unstable": 99, "HugePages_Total": 99,
    "Hugepagesize": 99, "Committed_AS": 99, "Zswapped": 99, "ShadowCallStack": 99,
}  # fmt: skip
# Shmem is in Cached and KernelStack in VmallocUsed.
SUM = sum(COUNTED.values()) - COUNTED["Shmem"] + 7 + 100 + 2000 + 5000
FULL = dict(
    INSIDE_OF_OTHERS,
    **COUNTED,
    MemTotal=SUM + 1,
    VmallocUsed=COUNTED["KernelStack"] + 7,
    VmallocChunk=0,
    KReclaimable=COUNTED["SReclaimable"],
    SwapCached=0,
)


def closed(**changes):
    return ledger(dict(FULL, **changes), [], free_per_cpu=100, zram=2000, zfs_arc=5000)


def entry(name, **changes):
    (found,) = [entry for entry in closed(**changes)["entries"] if entry["name"] == name]
    return found


def test_every_page_is_counted_once():
    books = closed()
    assert (books["total_bytes"], books["residual_bytes"], books["closes"]) == (SUM + 1, 1, True)
    sizes = {entry["name"]: entry["bytes"] for entry in books["entries"]}
    assert sum(sizes.values()) == SUM
    assert (sizes["file_cache"], sizes["shared_memory"]) == ((1 << 18) - (1 << 16), 1 << 16)
    assert (sizes["vmalloc"], sizes["free_per_cpu"], sizes["zram"], sizes["zfs_arc"]) == (7, 100, 2000, 5000)
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)


@pytest.mark.parametrize("residual, closes", [(3000, True), (3001, False), (-3000, True), (-3001, False), (0, True)])
def test_it_closes_within_three_percent(residual, closes):
    books = ledger({"MemTotal": 100000, "MemFree": 100000 - residual}, [], None, None, None)
    assert (books["residual_bytes"], books["closes"]) == (residual, closes)
    assert books["residual_percent"] == pytest.approx(residual / 1000, abs=0.01)


def test_what_a_kernel_does_not_count_is_unknown_and_in_the_residual():
    meminfo = dict(FULL)
    del meminfo["Percpu"]
    books = ledger(meminfo, [], free_per_cpu=None, zram=None, zfs_arc=0)
    unknown = [entry["name"] for entry in books["entries"] if entry["bytes"] is None]
    assert unknown == ["free_per_cpu", "percpu", "zram"]
    assert books["residual_bytes"] == 1 + (1 << 10) + 100 + 2000 + 5000


def test_without_a_total_there_is_no_ledger():
    assert ledger({}, [], None, None, None) is None


def test_reclaimable_memory_beside_the_slab():
    assert entry("other_reclaimable", KReclaimable=(1 << 15) + 33)["bytes"] == 33
    assert rules.other_reclaimable({"SReclaimable": 5}) is None


def test_before_2_6_32_shared_memory_is_in_the_file_cache():
    assert rules.file_cache({"Cached": 70}) == 70
    assert rules.file_cache({}) is None


class TestSwapCache:
    LISTS = {"AnonPages": 1000, "Cached": 400, "Buffers": 50, "Active": 700, "Inactive": 800, "Unevictable": 30}

    @pytest.mark.parametrize(
        "cached, active, alone",
        [
            pytest.param(300, 700 + 220, 300, id="no process maps any of it"),
            pytest.param(300, 700, 80, id="mapped pages are anonymous already"),
            pytest.param(300, 700 - 80, 0, id="all of it is mapped"),
            pytest.param(300, 0, 0, id="never below nothing"),
            pytest.param(300, 9999, 300, id="never more than there is"),
            pytest.param(0, 0, 0, id="without swap"),
        ],
    )
    def test_the_lru_lists_tell(self, cached, active, alone):
        assert rules.swap_cache(dict(self.LISTS, SwapCached=cached, Active=active)) == alone

    @pytest.mark.parametrize("missing", sorted(LISTS))
    def test_unknown_without_a_part(self, missing):
        meminfo = dict(self.LISTS, SwapCached=300)
        del meminfo[missing]
        assert rules.swap_cache(meminfo) is None

    def test_a_kernel_without_it(self):
        assert rules.swap_cache(self.LISTS) is None


@pytest.mark.parametrize(
    "meminfo, pages",
    [
        pytest.param({"VmallocUsed": 90, "VmallocChunk": 0, "KernelStack": 30}, 60, id="5.3"),
        pytest.param({"VmallocUsed": 90, "KernelStack": 30}, 60, id="without VmallocChunk"),
        pytest.param({"VmallocUsed": 20, "VmallocChunk": 0, "KernelStack": 30}, 20, id="stacks lie elsewhere"),
        pytest.param({"VmallocUsed": 90, "VmallocChunk": 0}, 90, id="no stacks"),
        pytest.param({"VmallocUsed": 0, "VmallocChunk": 0, "KernelStack": 30}, None, id="4.4"),
        pytest.param({"VmallocUsed": 90, "VmallocChunk": 7, "KernelStack": 30}, None, id="3.10"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_vmalloc(meminfo, pages):
    assert rules.vmalloc(meminfo) == pages


POOLS = [{"size_bytes": 2048, "total": 5}, {"size_bytes": 1 << 20, "total": 3}]


@pytest.mark.parametrize(
    "meminfo, pools, size",
    [
        ({"Hugetlb": 77, "HugePages_Total": 5, "Hugepagesize": 11}, POOLS, 77),
        ({"HugePages_Total": 5, "Hugepagesize": 11}, POOLS, 5 * 2048 + (3 << 20)),
        ({"HugePages_Total": 5, "Hugepagesize": 11}, [dict(POOLS[0], total=None)], 55),
        ({"HugePages_Total": 5, "Hugepagesize": 11}, [], 55),
        ({}, [], None),
    ],
)
def test_hugetlb(meminfo, pools, size):
    assert rules.hugetlb(meminfo, pools) == size


KEYS = sorted([*FULL, "VmallocUsed"])


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 1 << 50)))
def test_entries_and_residual_are_the_total(meminfo):
    books = ledger(meminfo, [], None, None, None)
    if not meminfo.get("MemTotal"):
        assert books is None
        return
    known = sum(entry["bytes"] or 0 for entry in books["entries"])
    assert known + books["residual_bytes"] == books["total_bytes"] == meminfo["MemTotal"]
    assert len({entry["name"] for entry in books["entries"]}) == len(books["entries"]) == 23
