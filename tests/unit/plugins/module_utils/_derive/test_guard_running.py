# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a running process must not get a limit."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.guard_running import after, guard_running

NONE = (-1, -1)
HOST: Dict[str, Any] = {"nr_open": 1048576, "may_raise": True}
USE: Dict[str, Optional[int]] = {
    "vsz_bytes": 500,
    "peak_vsz_bytes": 900,
    "data_bytes": 300,
    "stack_bytes": 132,
    "locked_bytes": 64,
    "files": 40,
    "tasks": 7,
}


@pytest.mark.parametrize(
    ("before", "soft", "hard", "expected"),
    [
        ((10, 20), 5, None, (5, 20)),
        ((10, 20), None, 15, (10, 15)),
        ((10, 20), None, 8, (8, 8)),
        (NONE, None, 8, (8, 8)),
        ((10, 20), 25, None, (25, 20)),
        ((10, 20), -1, -1, NONE),
    ],
)
def test_the_pair_that_comes_of_it(
    before: Tuple[int, int], soft: Optional[int], hard: Optional[int], expected: Tuple[int, int]
) -> None:
    assert after(before, soft, hard) == expected


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("AS", 499, "has an address space of 500"),
        ("AS", 899, "had an address space of 900"),
        ("DATA", 299, "holds data of 300"),
        ("STACK", 131, "has a stack of 132"),
        ("MEMLOCK", 63, "has locked 64"),
        ("NOFILE", 39, "uses file descriptors up to 40"),
        ("NPROC", 6, "runs tasks: 7"),
    ],
)
def test_below_what_is_used_by_one_and_not_at_it(name: str, most: int, said: str) -> None:
    refused = guard_running(name, "process 7 (java)", NONE, (most, 1000), USE, HOST)
    assert [said in each["why"] for each in refused] == [True] and refused[0]["forcible"]
    if name != "AS" or most > 500:
        assert not guard_running(name, "process 7 (java)", NONE, (most + 1, 1000), USE, HOST)


def test_raising_a_limit_that_is_below_the_use_already_is_no_matter() -> None:
    assert not guard_running("AS", "x", (100, 1000), (200, 1000), USE, HOST)


def test_unknown_use_refuses_nothing() -> None:
    assert not guard_running("AS", "x", NONE, (1, 1), {"vsz_bytes": None}, HOST)


def test_no_process_at_all() -> None:
    assert "no process or thread" in guard_running("NPROC", "x", NONE, (0, -1), {}, HOST)[0]["why"]


@pytest.mark.parametrize(
    ("name", "before", "wanted", "host", "forcible"),
    [
        ("AS", (10, 20), (30, 20), {}, False),
        ("AS", (10, 20), (-1, 20), {}, False),
        ("NOFILE", (10, 20), (10, 1048577), {}, False),
        ("NOFILE", (10, 20), (10, -1), {}, False),
        ("AS", (10, 20), (10, 21), {"may_raise": False}, False),
        ("AS", (10, 20), (10, -1), {"may_raise": False}, False),
        ("CORE", (10, 20), (10, 19), {"may_raise": False}, True),
    ],
)
def test_what_the_kernel_refuses_or_nobody_can_take_back(
    name: str, before: Tuple[int, int], wanted: Tuple[int, int], host: Dict[str, Any], forcible: bool
) -> None:
    refused = guard_running(name, "x", before, wanted, {}, dict(HOST, **host))
    assert [each["forcible"] for each in refused] == [forcible]
