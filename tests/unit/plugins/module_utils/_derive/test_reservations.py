# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.reservations import reservations, reserved_unused

POOL = {"size_bytes": 2048, "total": 9, "free": 7, "reserved": 2}
TMPFS = [{"size_bytes": 700}, {"size_bytes": 801}, {"size_bytes": None}]


def test_what_the_host_alone_tells():
    assert reserved_unused(1000, [POOL, dict(POOL, size_bytes=10, reserved=9)], TMPFS) == {
        "hugetlb_free_bytes": 5 * 2048,
        "tmpfs_caps_bytes": 1501,
        "tmpfs_caps_percent": 150.1,
        "tmpfs_uncapped": 1,
    }
    assert reserved_unused(None, [dict(POOL, reserved=None)], [])["hugetlb_free_bytes"] is None


def cgroup(path, version="v2", **limits):
    return {"path": path, "version": version, "limits": dict({"max_bytes": None, "min_bytes": None}, **limits)}


def host(pools=(), tmpfs=(), sysv=(), cgroups=(), limit_sets=(), processes=(), total=1000):
    memory = {
        "meminfo": {"MemTotal": total},
        "hugepages": list(pools),
        "reserved_unused": reserved_unused(total, list(pools), list(tmpfs)),
        "shared_memory": {"tmpfs_count": len(tmpfs), "sysv": list(sysv)},
    }
    limits = {"cgroups": list(cgroups), "process_limits": list(limit_sets)}
    return reservations(memory, limits, {"processes": list(processes)})


def figures(found):
    return [(item["what"], item["count"], item["bytes"], item["percent_of_ram"], item["over"]) for item in found]


def test_a_host_that_promises_nothing():
    assert host() == []


def test_huge_pages_tmpfs_and_forgotten_segments():
    sysv = [
        {"unattached": True, "rss_bytes": 30},
        {"unattached": True, "rss_bytes": 0},
        {"unattached": False, "rss_bytes": 500},
    ]
    found = host([POOL, dict(POOL, free=2)], TMPFS, sysv, total=5000)
    assert figures(found) == [
        ("hugetlb_free", 5, 10240, 204.8, True),
        ("tmpfs_caps", 3, 1501, 30.02, False),
        ("unattached_sysv", 1, 30, 0.6, False),
    ]
    assert "1 of them without a cap" in found[1]["detail"]


def test_limits_count_where_no_ancestor_has_one():
    cgroups = [
        cgroup("/"),
        cgroup("/a.slice", max_bytes=600),
        cgroup("/a.slice/b.service", max_bytes=9999),
        cgroup("/c.slice"),
        cgroup("/c.slice/d.service", max_bytes=401),
        cgroup("/c.slice/e.service", max_bytes=0),
        cgroup("/a.slice/b.service", "v1", max_bytes=20),
    ]
    assert figures(host(cgroups=cgroups)) == [("cgroup_max", 4, 1021, 102.1, True)]
    assert figures(host(cgroups=[cgroup("/", max_bytes=500), *cgroups[1:6]])) == [("cgroup_max", 1, 500, 50.0, False)]


def test_protection_is_bounded_by_that_of_the_roots_children():
    cgroups = [
        cgroup("/"),
        cgroup("/a.slice", min_bytes=300),
        cgroup("/a.slice/b.service", min_bytes=250),
        cgroup("/c.slice", min_bytes=0),
        cgroup("/c.slice/d.service", min_bytes=111),
        cgroup("/e.slice", min_bytes=701),
    ]
    assert figures(host(cgroups=cgroups)) == [("cgroup_min", 2, 1001, 100.1, True)]


@pytest.mark.parametrize("locked, size", [(40, 47), (None, None)])
def test_processes_that_may_lock_any_amount(locked, size):
    sets = [
        {"pids": [1, 2], "limits": {"MEMLOCK": {"soft": "unlimited", "hard": "unlimited"}}},
        {"pids": [3], "limits": {"MEMLOCK": {"soft": 65536, "hard": "unlimited"}}},
        {"pids": [4], "limits": {}},
    ]
    processes = [{"pid": pid, "locked_bytes": bytes_} for pid, bytes_ in [(1, locked), (2, 7), (3, 900), (4, 900)]]
    (found,) = host(limit_sets=sets, processes=processes)
    assert (found["what"], found["count"], found["bytes"], found["over"]) == ("memlock_unlimited", 2, size, False)
