# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.growth import growth
from hypothesis import given
from hypothesis import strategies as st

MIB = 1 << 20


def process(pid: int, start_ticks: int = 500, **figures: Any) -> dict[str, Any]:
    return {
        "pid": pid,
        "start_ticks": start_ticks,
        "command": f"p{pid}",
        "user": "web",
        "unit": "web.service",
        "user_unit": None,
        "started_at": "2026-11-25T10:00:00Z",
        "rss_bytes": 90 * MIB,
        "rss_exact": True,
        "rss_anon_bytes": 80 * MIB,
        "swap_bytes": 0,
        "vsz_bytes": 200 * MIB,
        "peak_rss_bytes": 90 * MIB,
        **figures,
    }


def snapshot(*processes: Any, uptime: Any = 1000.0, boot: Any = "b") -> dict[str, Any]:
    return {
        "taken_at": "2026-11-25T10:00:40Z",
        "memory": {"boot_id": boot, "uptime_seconds": uptime},
        "processes": {"processes": list(processes)},
    }


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Of the one process 7."""
    (found,) = growth(snapshot(process(7, **before)), snapshot(process(7, **after), uptime=1004.0))["processes"]
    return found


def test_a_process_that_grows() -> None:
    bigger = {"rss_bytes": 99 * MIB, "rss_anon_bytes": 88 * MIB, "vsz_bytes": 212 * MIB, "peak_rss_bytes": 99 * MIB}
    assert grown({}, bigger) == {
        "pid": 7,
        "command": "p7",
        "user": "web",
        "unit": "web.service",
        "rss_bytes": 99 * MIB,
        "swap_bytes": 0,
        "age_seconds": 40.0,
        "at_peak": True,
        "grown_bytes_per_second": 2 * MIB,
        "rss_bytes_per_second": 9 * MIB // 4,
        "anon_bytes_per_second": 2 * MIB,
        "swap_bytes_per_second": 0,
        "vsz_bytes_per_second": 3 * MIB,
        "seconds": 4.0,
    }


@pytest.mark.parametrize(
    ("before", "after", "rate"),
    [
        ({}, {}, 0),
        ({}, {"rss_anon_bytes": 72 * MIB}, -2 * MIB),
        # What is swapped out is still held.
        ({}, {"rss_anon_bytes": 40 * MIB, "swap_bytes": 44 * MIB}, MIB),
        # Files and shared memory that are touched for the first time are no leak.
        ({}, {"rss_bytes": 400 * MIB}, 0),
        # Before Linux 4.5 there is no RssAnon.
        ({"rss_anon_bytes": None}, {"rss_anon_bytes": None, "rss_bytes": 98 * MIB}, 2 * MIB),
        ({"swap_bytes": None}, {}, None),
        ({"rss_anon_bytes": None, "rss_bytes": None}, {}, None),
        # A rollup has shared memory in its swap, status has not.
        ({"rss_exact": False}, {"swap_bytes": 8 * MIB}, None),
        ({"rss_exact": False}, {"rss_anon_bytes": 84 * MIB}, MIB),
    ],
)
def test_what_counts_as_growth(before: dict[str, Any], after: dict[str, Any], rate: int | None) -> None:
    assert grown(before, after)["grown_bytes_per_second"] == rate


@pytest.mark.parametrize(
    ("figures", "at_peak"),
    [
        ({"rss_bytes": 99 * MIB, "peak_rss_bytes": 100 * MIB}, True),
        ({"rss_bytes": 98 * MIB, "peak_rss_bytes": 100 * MIB}, False),
        ({"rss_bytes": 9 * MIB, "swap_bytes": 90 * MIB, "peak_rss_bytes": 100 * MIB}, True),
        ({"peak_rss_bytes": None}, None),
    ],
)
def test_who_holds_more_than_ever(figures: dict[str, Any], at_peak: bool | None) -> None:
    assert grown({}, figures)["at_peak"] is at_peak


def test_a_pid_that_was_used_again_has_not_grown() -> None:
    found = growth(snapshot(process(7)), snapshot(process(7, 900, rss_anon_bytes=800 * MIB), uptime=1004.0))
    assert found["processes"] == []
    assert found["coverage"] == {"compared": 0, "began": 1, "ended": 1, "unread": 0}


def test_processes_come_and_go_and_the_one_that_grew_most_is_first() -> None:
    before = snapshot(process(1), process(2), process(3))
    after = snapshot(process(2), process(4), process(3, rss_anon_bytes=81 * MIB), uptime=1004.0)
    found = growth(before, after)
    assert [each["pid"] for each in found["processes"]] == [3, 2]
    assert found["coverage"] == {"compared": 2, "began": 1, "ended": 1, "unread": 0}


@pytest.mark.parametrize(
    ("before", "after", "file", "words"),
    [
        (snapshot(), snapshot(boot="c", uptime=12.0), "boot_id", "started again between"),
        (snapshot(boot=None), snapshot(boot=None, uptime=1004.0), "boot_id", "can't be told"),
        (snapshot(), snapshot(), "uptime", "how much time"),
        (snapshot(), snapshot(uptime=999.0), "uptime", "how much time"),
        (snapshot(), snapshot(uptime=None), "uptime", "how much time"),
        (snapshot(), snapshot(uptime=float("nan")), "uptime", "how much time"),
        (snapshot(), snapshot(uptime=float("inf")), "uptime", "how much time"),
        (snapshot(), snapshot(uptime="1004"), "uptime", "how much time"),
        (snapshot(), {**snapshot(uptime=1004.0), "processes": None}, "processes", "no list of processes"),
        ({}, {}, "boot_id", "can't be told"),
    ],
)
def test_what_cannot_be_known_has_a_reason(before: Any, after: Any, file: str, words: str) -> None:
    found = growth(before, after)
    assert (found["seconds"], found["processes"], found["coverage"]) == (None, None, None)
    assert words in found["unread"][file]


@pytest.mark.parametrize("forged", [2**63, 10**400, -1, 1.5, True, "9", None, [], {}, float("nan")])
@pytest.mark.parametrize("key", ["rss_bytes", "rss_anon_bytes", "swap_bytes", "vsz_bytes", "peak_rss_bytes"])
def test_a_forged_figure_is_unknown(key: str, forged: Any) -> None:
    found = grown({}, {key: forged})
    rate = {"rss_anon_bytes": "anon_bytes_per_second", "peak_rss_bytes": "at_peak"}.get(key, f"{key}_per_second")
    assert found[rate] is None


def test_huge_figures_are_figures() -> None:
    found = grown({"rss_anon_bytes": 0}, {"rss_anon_bytes": 2**63 - 1})
    assert found["grown_bytes_per_second"] == pytest.approx(2**61)


@pytest.mark.parametrize("entry", [None, 7, "x", [], {}, {"pid": 7}, {"pid": True, "start_ticks": 1}])
def test_a_forged_process_is_left_out(entry: Any) -> None:
    found = growth(snapshot(process(7), entry), snapshot(entry, process(7), uptime=1004.0))
    assert [each["pid"] for each in found["processes"]] == [7]


@pytest.mark.parametrize("moment", [None, 7, "", "yesterday", "2026-99-99T00:00:00Z"])
def test_a_process_of_unknown_age(moment: Any) -> None:
    assert grown({}, {"started_at": moment})["age_seconds"] is None


SAMPLE = snapshot(process(7), process(8))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in _places(inner, (*path, key)))]


@given(
    st.sampled_from([place for place in _places(SAMPLE) if place]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    ),
)
def test_no_snapshot_breaks_it(place: tuple[Any, ...], value: Any) -> None:
    forged = copy.deepcopy(SAMPLE)
    target: Any = forged
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    later = snapshot(process(7), process(8), uptime=1004.0)
    json.dumps([growth(forged, later), growth(later, forged), growth(SAMPLE, forged)])
