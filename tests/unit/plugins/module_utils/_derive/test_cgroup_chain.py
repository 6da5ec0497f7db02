# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of cgroups as ceilings, and the chain of cgroups whose limits hold."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.cgroup_chain import (
    ancestors,
    ceilings_of,
    limiting,
)
from ansible_collections.fleet.memory.plugins.module_utils._derive.headroom import Ceiling
from ansible_collections.fleet.memory.plugins.module_utils._derive.rankings import near_cgroup_limits, near_limits

V2 = {
    "path": "/a",
    "limits": {"max_bytes": 100, "high_bytes": 80, "low_bytes": 3, "swap_max_bytes": 40, "swap_high_bytes": 30},
    "current_bytes": 70,
    "peak_bytes": 99,
    "swap_current_bytes": 36,
    "swap_peak_bytes": 38,
    "stat": {"inactive_file_bytes": 20},
}
V1 = {
    "path": "/a",
    "limits": {"max_bytes": 100, "soft_limit_bytes": 10, "memory_and_swap_max_bytes": 150},
    "current_bytes": 70,
    "peak_bytes": 99,
    "memory_and_swap_current_bytes": 110,
    "memory_and_swap_peak_bytes": 120,
    "stat": {"inactive_file_bytes": 20},
}
MAX = Ceiling("memory.max", 100, 50, 99, "/a", True)
HIGH = Ceiling("memory.high", 80, 50, 99, "/a", True)
SWAP = Ceiling("memory.swap.max", 40, 36, 38, "/a", True)
MEMSW = Ceiling("memory.memsw.limit_in_bytes", 150, 90, 120, "/a", True)


def test_what_a_process_runs_into_and_what_slows_a_cgroup_down() -> None:
    assert ceilings_of(V2) == [MAX, SWAP]
    assert ceilings_of(V2, soft=True) == [MAX, SWAP, HIGH]
    assert ceilings_of(V1, soft=True) == [MAX, MEMSW]
    assert not any(ceiling.shared for ceiling in ceilings_of(V2, shared=False))


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        ({"stat": None}, 70),
        ({"stat": {"inactive_file_bytes": None}}, 70),
        # Read a moment later, when more had been read.
        ({"stat": {"inactive_file_bytes": 75}}, 0),
    ],
)
def test_page_cache_that_was_read_once_is_no_use(changes: Dict[str, Any], used: int) -> None:
    (ceiling,) = ceilings_of({**V2, **changes, "limits": {"max_bytes": 100}})
    assert ceiling.used == used


@pytest.mark.parametrize(
    "changes",
    [{"limits": {"max_bytes": None}}, {"limits": {"swap_max_bytes": 0}}, {"limits": {}}, {"current_bytes": None}],
    ids=["no limit", "swapping forbidden", "controller off", "use unknown"],
)
def test_no_ceiling(changes: Dict[str, Any]) -> None:
    assert ceilings_of({**V2, "limits": {"max_bytes": 100}, **changes}, soft=True) == []


def tree(*paths: str) -> Dict[str, Dict[str, Any]]:
    return {path: {**V2, "path": path} for path in paths}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b", ["/a/b", "/a", "/"]),
        ("/a/gone (deleted)", ["/a", "/"]),
        ("/", ["/"]),
        # Outside of our cgroup namespace: what we see as the root isn't above it.
        ("/../a", []),
        ("/..a", ["/"]),
    ],
)
def test_whose_limits_hold(path: str, expected: Any) -> None:
    assert [cgroup["path"] for cgroup in limiting(path, tree("/", "/a", "/a/b", "/x"))] == expected


def test_v1_without_use_hierarchy_leaves_the_children_alone() -> None:
    cgroups = tree("/", "/a", "/a/b")
    cgroups["/a"]["use_hierarchy"] = 0
    assert [cgroup["path"] for cgroup in limiting("/a/b", cgroups)] == ["/a/b", "/"]
    assert [cgroup["path"] for cgroup in limiting("/a", cgroups)] == ["/a", "/"]


def test_ancestors_of_what_lies_outside() -> None:
    assert ancestors("/../a/b") == ["/../a/b"]


def test_the_cgroups_nearest_a_limit_of_their_own() -> None:
    cgroups = [{**V2, "path": "/%d" % number, "swap_current_bytes": number} for number in range(40)]
    unlimited = {**V2, "path": "/none", "limits": {"max_bytes": None}}
    listed = near_cgroup_limits([*cgroups, unlimited])
    assert [(limit["scope"], limit["ceiling"]) for limit in listed] == [
        ("/%d" % number, "memory.swap.max") for number in range(39, 29, -1)
    ]


def process(pid: int, rss: int, limit: Any) -> Dict[str, Any]:
    return {"pid": pid, "command": "c%d" % pid, "user": "root", "rss_bytes": rss, "nearest_limit": limit}


def test_a_limit_of_many_is_named_once_with_the_largest_of_them() -> None:
    shared = {"ceiling": "memory.max", "scope": "/a", "used_percent": 95.0}
    own = {"ceiling": "RLIMIT_AS", "scope": None, "used_percent": 90.0}
    many = [process(pid, pid, shared) for pid in range(1, 30)]
    few = [process(40, 1, own), process(41, 2, own), process(42, 3, None)]
    assert [(limit["pid"], limit["ceiling"]) for limit in near_limits([*many, *few])] == [
        (29, "memory.max"),
        (41, "RLIMIT_AS"),
        (40, "RLIMIT_AS"),
    ]
