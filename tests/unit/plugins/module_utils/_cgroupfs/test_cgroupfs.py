# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._cgroupfs import interface, limit, stat
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes import flat_keyed, number


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"max\n", None),
        (b"0\n", 0),
        (b"536870912\n", 536870912),
        (b"536870912", 536870912),
        # "No limit" in v1: pages of 4 KiB and of 64 KiB, kernels before 3.19, memory and swap together.
        (b"9223372036854771712\n", None),
        (b"9223372036854710272\n", None),
        (b"9223372036854775807\n", None),
        (b"18446744073709551615\n", None),
        (b"9223372036854710271\n", 9223372036854710271),
    ],
)
def test_limit(data: bytes, expected: Optional[int]) -> None:
    assert limit.parse(data) == expected


@pytest.mark.parametrize("data", [b"", b"\n", b"-\n", b"maximum\n", b"1 2\n", b"1\n2\n", b"\xff", b"9" * 5000])
def test_what_is_no_number_is_malformed(data: bytes) -> None:
    for parse in (limit.parse, number.parse, flat_keyed.parse):
        with pytest.raises(Malformed):
            parse(data)


def test_number_and_keys() -> None:
    assert number.parse(b"42\n") == 42
    assert flat_keyed.parse(b"low 0\nhigh 3\nmax 12\noom 1\noom_kill 1\n") == {
        "low": 0,
        "high": 3,
        "max": 12,
        "oom": 1,
        "oom_kill": 1,
    }
    assert flat_keyed.parse(b"oom_kill 2\nbroken\noom_kill_disable x\n") == {"oom_kill": 2}


@pytest.mark.parametrize(
    ("data", "refaults"),
    [
        (b"anon 1\nworkingset_refault 7\n", 7),
        (b"anon 1\nworkingset_refault_anon 5\nworkingset_refault_file 6\n", 6),
        (b"anon 1\n", None),
    ],
    ids=["before Linux 5.9", "since", "neither"],
)
def test_a_figure_of_memory_stat_by_any_of_its_names(data: bytes, refaults: Optional[int]) -> None:
    parsed = stat.parse(data, interface.V2.stat)
    assert (parsed["anon_bytes"], parsed["refaults_file"]) == (1, refaults)
    assert set(parsed) == set(interface.V2.stat)


def test_an_empty_memory_stat_is_malformed() -> None:
    with pytest.raises(Malformed):
        stat.parse(b"", interface.V1.stat)
