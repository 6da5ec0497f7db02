# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import List, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.headroom import (
    Ceiling,
    binds_first,
    brief,
    full,
    nearest,
    nearest_first,
    own_ceilings,
    rlimits_of,
)
from hypothesis import given
from hypothesis import strategies as st

PROCESS = {
    "vsz_bytes": 900,
    "peak_vsz_bytes": 950,
    "data_bytes": 50,
    "stack_bytes": 70,
    "locked_bytes": 64,
    "map_count": None,
}


def test_the_soft_limit_counts_and_unlimited_is_no_ceiling() -> None:
    limits = {"AS": ("unlimited", "unlimited"), "STACK": (80, 160), "MEMLOCK": (1, 2), "NOFILE": (5, 6)}
    assert rlimits_of(limits) == [("RLIMIT_STACK", 80), ("RLIMIT_MEMLOCK", 1)]


def test_each_limit_meets_its_own_use() -> None:
    rlimits = [("RLIMIT_AS", 1000), ("RLIMIT_DATA", 51), ("RLIMIT_STACK", 80), ("RLIMIT_MEMLOCK", 65)]
    rlimits.append(("vm.max_map_count", 10))
    assert own_ceilings(rlimits, {**PROCESS, "map_count": 9}, ipc_lock=False) == [
        Ceiling("RLIMIT_AS", 1000, 900, peak=950),
        Ceiling("RLIMIT_DATA", 51, 50),
        Ceiling("RLIMIT_STACK", 80, 70),
        Ceiling("RLIMIT_MEMLOCK", 65, 64),
        Ceiling("vm.max_map_count", 10, 9),
    ]


@pytest.mark.parametrize(
    ("name", "limit", "ipc_lock", "found"),
    [
        ("RLIMIT_MEMLOCK", 65, False, True),
        ("RLIMIT_MEMLOCK", 65, True, False),
        ("RLIMIT_MEMLOCK", 0, False, False),
        ("RLIMIT_STACK", 65, True, True),
        ("vm.max_map_count", 10, False, False),
    ],
    ids=["enforced", "not for CAP_IPC_LOCK", "forbidden", "CAP_IPC_LOCK lifts one limit only", "not counted"],
)
def test_what_is_no_ceiling(name: str, limit: int, ipc_lock: bool, found: bool) -> None:
    assert bool(own_ceilings([(name, limit)], PROCESS, ipc_lock)) == found


STACK = Ceiling("RLIMIT_STACK", 100, 99)
AS = Ceiling("RLIMIT_AS", 1000, 800, peak=900)
DATA = Ceiling("RLIMIT_DATA", 500, 100)
BOX = Ceiling("memory.max", 300, 150, peak=299, scope="/a", shared=True)
SWAP = Ceiling("memory.swap.max", 20, 19, scope="/a")
COMMIT = Ceiling("CommitLimit", 10000, 9900, scope="host", shared=True)


@pytest.mark.parametrize(
    ("ceilings", "fullest", "first"),
    [
        ([], None, None),
        ([STACK, SWAP], STACK, None),
        ([STACK, AS, DATA, BOX], STACK, BOX),
        ([AS, DATA], AS, AS),
        ([AS, DATA, BOX, COMMIT], COMMIT, COMMIT),
        ([BOX, DATA._replace(limit=240)], BOX, DATA._replace(limit=240)),
        # Of equals the first, which is the one nearest to the process.
        ([AS._replace(limit=950), BOX], AS._replace(limit=950), AS._replace(limit=950)),
        ([BOX._replace(scope="/a/b"), BOX], BOX._replace(scope="/a/b"), BOX._replace(scope="/a/b")),
    ],
)
def test_the_fullest_and_the_first_that_growth_meets(
    ceilings: List[Ceiling], fullest: Optional[Ceiling], first: Optional[Ceiling]
) -> None:
    assert nearest(ceilings) == fullest
    assert binds_first(ceilings) == first


def test_as_it_is_told() -> None:
    assert brief(None) is None
    assert brief(Ceiling("vm.max_map_count", 100, 99)) == {
        "ceiling": "vm.max_map_count",
        "scope": None,
        "limit": 100,
        "used": 99,
        "headroom": 1,
        "unit": "mappings",
        "used_percent": 99.0,
    }
    assert full(BOX) == {
        "ceiling": "memory.max",
        "scope": "/a",
        "limit": 300,
        "used": 150,
        "headroom": 150,
        "unit": "bytes",
        "used_percent": 50.0,
        "peak": 299,
        "shared": True,
    }


SIZES = st.integers(0, 2**64)
CEILINGS = st.lists(
    st.builds(
        Ceiling,
        st.sampled_from(["RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_STACK", "memory.max", "memory.swap.max", "CommitLimit"]),
        st.integers(1, 2**64),
        SIZES,
    )
)


@given(CEILINGS)
def test_no_ceiling_is_fuller_than_the_nearest_and_none_leaves_less(ceilings: List[Ceiling]) -> None:
    first, ordered = binds_first(ceilings), nearest_first(ceilings)
    shares = [Fraction(ceiling.used, ceiling.limit) for ceiling in ordered]
    assert ordered[:1] == [nearest(ceilings)] or not ordered
    assert all(float(more) >= float(less) for more, less in pairwise(shares))
    assert sorted(ordered, key=repr) == sorted(ceilings, key=repr)
    for ceiling in ceilings:
        assert 0 <= ceiling.headroom <= ceiling.limit
        if ceiling.name not in ("RLIMIT_STACK", "memory.swap.max"):
            assert first is not None and first.headroom <= ceiling.headroom
