# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ceilings of a process, of its cgroups and of the host, joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.headroom import Ceiling
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.headroom import Headroom, host_ceilings
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hand_made import hand_made

MEMINFO = "MemTotal: 100 kB\nCommitLimit: 50 kB\nCommitted_AS: 40 kB\n"
COMMIT = Ceiling("CommitLimit", 50 * 1024, 40 * 1024, scope="host", shared=True)


@pytest.mark.parametrize(
    ("mode", "meminfo", "expected"),
    [
        ("2\n", MEMINFO, [COMMIT]),
        ("0\n", MEMINFO, []),
        ("1\n", MEMINFO, []),
        ("2\n", "MemTotal: 100 kB\n", []),
    ],
)
def test_the_commit_limit_holds_in_mode_2_only(tmp_path: Path, mode: str, meminfo: str, expected: Any) -> None:
    readings = Readings(hand_made(tmp_path, {"/proc/sys/vm/overcommit_memory": mode, "/proc/meminfo": meminfo}))
    assert host_ceilings(readings) == expected
    assert readings.unread == {}


def test_an_unknown_mode_is_told(tmp_path: Path) -> None:
    readings = Readings(hand_made(tmp_path, {"/proc/meminfo": MEMINFO}))
    assert host_ceilings(readings) == []
    assert readings.unread == {"/proc/sys/vm/overcommit_memory": "unsupported"}


def cgroup(path: str, max_bytes: Optional[int], current: int, swap_max: Optional[int] = None) -> Dict[str, Any]:
    return {
        "path": path,
        "limits": {"max_bytes": max_bytes, "swap_max_bytes": swap_max},
        "current_bytes": current,
        "peak_bytes": current,
        "swap_current_bytes": 5,
        "stat": None,
    }


def process(pid: int, path: Optional[str]) -> Dict[str, Any]:
    return {"pid": pid, "cgroup": path}


CGROUPS = [cgroup("/", None, 500), cgroup("/a", 400, 300), cgroup("/a/b", 1000, 200, swap_max=10)]


def join(own: Dict[int, List[Ceiling]], *processes: Dict[str, Any], host: Any = ()) -> Headroom:
    headroom = Headroom(own, processes, CGROUPS, list(host))
    headroom.join(processes)
    return headroom


def test_every_ancestor_counts_and_the_tightest_binds() -> None:
    one, other = process(1, "/a/b"), process(2, "/a")
    headroom = join({1: [Ceiling("RLIMIT_STACK", 100, 20), Ceiling("RLIMIT_AS", 2000, 1500)]}, one, other)
    assert (one["nearest_limit"]["ceiling"], one["nearest_limit"]["used_percent"]) == ("RLIMIT_AS", 75.0)
    assert (one["binds_first"]["ceiling"], one["binds_first"]["scope"], one["binds_first"]["headroom"]) == (
        "memory.max",
        "/a",
        100,
    )
    assert other["nearest_limit"] == other["binds_first"]
    (listed,) = headroom.with_ceilings([{"pid": 1}])
    assert [(item["ceiling"], item["scope"], item["used_percent"], item["shared"]) for item in listed["ceilings"]] == [
        ("RLIMIT_AS", None, 75.0, False),
        ("memory.max", "/a", 75.0, True),
        ("memory.swap.max", "/a/b", 50.0, False),
        ("RLIMIT_STACK", None, 20.0, False),
        ("memory.max", "/a/b", 20.0, False),
    ]


@pytest.mark.parametrize("path", [None, "/", "/elsewhere", "/../a/b"])
def test_without_a_limit_anywhere(path: Optional[str]) -> None:
    alone = process(1, path)
    headroom = join({}, alone)
    assert alone["nearest_limit"] is alone["binds_first"] is None
    assert headroom.with_ceilings([alone])[0]["ceilings"] == []


def test_a_removed_cgroup_leaves_its_ancestors() -> None:
    orphan = process(1, "/a/c (deleted)")
    join({}, orphan)
    assert orphan["binds_first"]["scope"] == "/a"


def test_the_hosts_commit_limit_is_everybodys() -> None:
    outside = process(1, None)
    join({}, outside, host=[COMMIT])
    assert (outside["binds_first"]["ceiling"], outside["binds_first"]["scope"]) == ("CommitLimit", "host")


CEILINGS = st.lists(
    st.builds(
        Ceiling,
        st.sampled_from(["RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_STACK"]),
        st.integers(1, 1000),
        st.integers(0, 1000),
    ),
    max_size=3,
)
FIGURES = st.tuples(st.none() | st.integers(0, 1000), st.integers(0, 1000), st.none() | st.integers(0, 10))


@given(CEILINGS, FIGURES, FIGURES, st.sampled_from([[], [COMMIT]]))
def test_what_a_process_names_is_the_extreme_of_its_whole_list(own: Any, outer: Any, inner: Any, host: Any) -> None:
    one = process(1, "/a/b")
    headroom = Headroom({1: own}, [one], [cgroup("/a", *outer), cgroup("/a/b", *inner)], host)
    headroom.join([one])
    (listed,) = headroom.with_ceilings([one])
    ceilings = listed["ceilings"]
    growth = [item["headroom"] for item in ceilings if item["ceiling"] not in ("RLIMIT_STACK", "memory.swap.max")]
    assert (one["nearest_limit"] is None) == (not ceilings)
    assert (one["binds_first"] is None) == (not growth)
    if ceilings:
        assert one["nearest_limit"].items() <= ceilings[0].items()
    if growth:
        assert one["binds_first"]["headroom"] == min(growth)
