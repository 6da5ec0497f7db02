# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._derive.sums import group, largest_first, sums
from hypothesis import given
from hypothesis import strategies as st


def process(command: str | None, rss: int | None, pss: int | None, swap: int = 0) -> dict:
    return {
        "command": command,
        "rss_bytes": rss,
        "pss_bytes": pss,
        "uss_bytes": pss,
        "swap_bytes": swap,
        "swap_pss_bytes": pss,
        "minor_faults": 3,
        "major_faults": 1,
    }


def test_all_read() -> None:
    result = sums([process("a", 100, 60, 7), process("a", 50, 30, 8)])
    assert result == {
        "count": 2,
        "rss_bytes": 150,
        "pss_bytes": 90,
        "pss_low_bytes": 90,
        "pss_high_bytes": 90,
        "uss_bytes": 90,
        "swap_bytes": 15,
        "swap_pss_bytes": 90,
        "minor_faults": 6,
        "major_faults": 2,
    }


def test_an_unread_process_makes_the_sum_unknown_and_the_bounds_wider() -> None:
    result = sums([process("a", 100, 60), process("a", 50, None)])
    assert (result["pss_bytes"], result["pss_low_bytes"], result["pss_high_bytes"]) == (None, 60, 110)
    assert result["uss_bytes"] is None


def test_no_process_holds_nothing() -> None:
    assert sums([])["pss_bytes"] == 0


def test_groups_come_largest_first_and_keep_the_nameless_together() -> None:
    groups = group([process("a", 10, 10), process(None, 50, 50), process("b", 90, None), process("a", 9, 9)], "command")
    assert [(item["key"], item["count"], item["pss_high_bytes"]) for item in groups] == [
        ("b", 1, 90),
        (None, 1, 50),
        ("a", 2, 19),
    ]


def test_unknown_comes_last() -> None:
    ordered = sorted([process("a", 1, 5), process("b", 2, None), process("c", 3, 9)], key=largest_first("pss_bytes"))
    assert [item["command"] for item in ordered] == ["c", "a", "b"]


@given(st.lists(st.tuples(st.integers(0, 2**40), st.floats(0, 1), st.booleans())))
def test_the_bounds_always_enclose_the_exact_sum(drawn: list[tuple[int, float, bool]]) -> None:
    exact = [(rss, int(rss * share)) for rss, share, _read in drawn]
    seen = [process("a", rss, pss if read else None) for (rss, pss), (_r, _s, read) in zip(exact, drawn, strict=True)]
    result = sums(seen)
    assert result["pss_low_bytes"] <= sum(pss for _rss, pss in exact) <= result["pss_high_bytes"]
