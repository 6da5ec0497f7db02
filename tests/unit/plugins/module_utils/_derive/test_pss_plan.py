# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner against hosts whose exact figures are known: pages that are mapped by some of the processes each."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import pss_total
from ansible_collections.fleet.memory.plugins.module_utils._derive.pss_plan import (
    SECONDS_EACH,
    SECONDS_PER_BYTE,
    Effort,
    Plan,
)
from ansible_collections.fleet.memory.plugins.module_utils._derive.sums import group
from hypothesis import given, settings
from hypothesis import strategies as st

MB = 1 << 20

Process = dict[str, Any]


def process(pid: int, rss: int, pss: int, anon: int | None = None, program: str = "a") -> Process:
    """A process as it is before its rollup is read; ``true_pss`` is what the rollup would tell."""
    return {
        "pid": pid,
        "executable": program,
        "command": program,
        "rss_bytes": rss,
        "rss_anon_bytes": rss if anon is None else anon,
        "pss_bytes": None,
        "uss_bytes": None,
        "swap_bytes": 0,
        "swap_pss_bytes": 0,
        "minor_faults": 0,
        "major_faults": 0,
        "true_pss": pss,
    }


def follow(
    processes: list[Process], effort: Effort, total: int | None, slowness: float = 1.0
) -> tuple[Plan, list[int], float]:
    """Does what the plan says: the plan, the pids in the order of reading, and the time that took."""
    plan = Plan(processes, effort, total)
    order: list[int] = []
    spent = 0.0
    while True:
        left = None if effort.budget_seconds is None else effort.budget_seconds - spent
        chosen = plan.next(left)
        if chosen is None:
            return plan, order, spent
        cost = SECONDS_EACH + chosen["rss_bytes"] * SECONDS_PER_BYTE * slowness
        spent += cost
        chosen["pss_bytes"] = chosen["true_pss"]
        plan.done(chosen, chosen["rss_bytes"], chosen["true_pss"], cost)
        order.append(chosen["pid"])


def total(processes: list[Process]) -> int:
    return sum(item["true_pss"] for item in processes)


def test_without_a_reason_to_stop_everything_is_read() -> None:
    processes = [process(pid, pid * MB, pid * MB) for pid in range(1, 9)]
    plan, order, _spent = follow(processes, Effort(), total(processes))
    assert sorted(order) == list(range(1, 9)) and plan.enough() and not list(plan.waiting)


def test_it_stops_when_the_rest_is_below_the_precision() -> None:
    processes = [process(1, 600 * MB, 590 * MB), process(2, 400 * MB, 400 * MB, program="b")]
    processes += [process(pid, 5 * MB, MB // 10, anon=0, program="small") for pid in range(3, 103)]
    plan, order, _spent = follow(processes, Effort(precision_percent=1.0), total(processes))
    assert order == [1, 2] and plan.enough() and len(list(plan.waiting)) == 100
    _plan, order, _spent = follow(fresh(processes), Effort(precision_percent=0.5), total(processes))
    assert len(order) == 2 + 50  # half of the small ones, 0.1 MB each of 1,000 MB


def fresh(processes: list[Process]) -> list[Process]:
    return [dict(item, pss_bytes=None) for item in processes]


def test_where_the_total_is_unknown_the_rss_of_the_rest_bounds_it() -> None:
    processes = [process(1, 1000 * MB, 1000 * MB), process(2, 9 * MB, MB), process(3, 8 * MB, MB)]
    plan, order, _spent = follow(processes, Effort(precision_percent=1.0), None)
    assert order == [1, 2] and plan.enough()  # 17 MB of RSS were still open, then 8 MB


def test_shared_memory_is_not_worth_its_reading_first() -> None:
    """A database's workers: each of them maps the whole 4 GB, and holds next to nothing of its own."""
    workers = [process(pid, 4096 * MB, 45 * MB, anon=4 * MB, program="postgres") for pid in range(1, 101)]
    processes = [*workers, process(200, 100 * MB, 100 * MB, program="java")]
    _plan, order, _spent = follow(processes, Effort(precision_percent=1.0), total(processes))
    assert order[0] == 200


def test_what_one_fork_held_is_expected_of_the_next() -> None:
    """Their anonymous pages are shared, which only the first rollup tells."""
    forks = [process(pid, 40 * MB, MB, program="prefork") for pid in range(1, 51)]
    others = [process(pid, 20 * MB, 20 * MB, program=str(pid)) for pid in range(100, 110)]
    _plan, order, _spent = follow([*forks, *others], Effort(precision_percent=1.0), None)
    assert order[0] in range(1, 51)
    assert set(order[1:11]) == set(range(100, 110))


@pytest.mark.parametrize(("budget", "read"), [(0.25, True), (0.16, False)])
def test_a_process_that_does_not_fit_into_the_budget_is_left_out(budget: float, read: bool) -> None:
    """8 GB take 168 ms. While the pace is unknown it is put off; the others tell the pace."""
    processes = [process(pid, 40 * MB, 40 * MB, program=str(pid)) for pid in range(1, 6)]
    processes.append(process(9, 8192 * MB, 8192 * MB, program="huge"))
    _plan, order, spent = follow(processes, Effort(budget_seconds=budget), total(processes))
    assert spent <= budget
    assert (9 in order) == read and set(order) >= set(range(1, 6))


def test_a_slow_host_is_found_out_before_the_budget_is_gone() -> None:
    processes = [process(pid, 40 * MB, 40 * MB, program=str(pid)) for pid in range(1, 6)]
    processes.append(process(9, 8192 * MB, 8192 * MB, program="huge"))
    plan, order, spent = follow(processes, Effort(budget_seconds=0.5), total(processes), slowness=10.0)
    assert 9 not in order and spent <= 0.5 and not plan.enough()


def test_it_ends_when_the_largest_are_certain() -> None:
    processes = [
        process(1, 100 * MB, 90 * MB, program="b"),
        process(2, 120 * MB, 80 * MB, program="c"),
        process(3, 85 * MB, 60 * MB, anon=0, program="d"),
        process(4, 79 * MB, 70 * MB, anon=0, program="d"),
    ]
    plan, order, _spent = follow(processes, Effort(top=2), None)
    assert order == [2, 1, 3] and plan.is_top_exact()  # 4 can't hold more than its RSS, and that is below 80 MB
    processes = [*processes[:2], process(3, 85 * MB, 60 * MB, anon=0, program="d")]
    plan, order, _spent = follow(fresh(processes), Effort(top=2), total(processes))
    assert order == [2, 1] and plan.is_top_exact()  # 60 MB are left of the total: 3 can't hold 80


def test_what_was_denied_may_be_the_largest() -> None:
    processes = [process(1, 100 * MB, 90 * MB), process(2, 200 * MB, 0)]
    plan = Plan(processes, Effort(top=1), None)
    plan.failed(processes[1])
    plan.done(processes[0], 100 * MB, 90 * MB, 0.001)
    assert plan.enough() and not plan.is_top_exact()


def test_what_has_ended_holds_nothing() -> None:
    processes = [process(1, 100 * MB, 90 * MB), process(2, 200 * MB, 0)]
    plan = Plan(processes, Effort(precision_percent=1.0), None)
    plan.ended(processes[1])
    plan.done(processes[0], 100 * MB, 90 * MB, 0.001)
    assert plan.enough() and not list(plan.waiting)


@st.composite
def hosts(draw: st.DrawFn) -> list[Process]:
    """Up to a dozen processes and the chunks of memory that they map, each by one or some of them."""
    count = draw(st.integers(1, 12))
    chunks = draw(
        st.lists(st.tuples(st.integers(1, 4096), st.sets(st.integers(0, count - 1), min_size=1)), max_size=30)
    )
    rss, pss = [0] * count, [0.0] * count
    for pages, mappers in chunks:
        for index in mappers:
            rss[index] += pages * 4096
            pss[index] += pages * 4096 / len(mappers)
    return [
        process(index + 1, rss[index], int(pss[index]), draw(st.sampled_from([None, 0, rss[index] // 2])), program)
        for index, program in enumerate(draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count)))
    ]


efforts = st.builds(
    Effort,
    st.none() | st.floats(0, 0.01),
    st.none() | st.floats(0, 20),
    st.none() | st.integers(1, 12),
)


@settings(max_examples=400)
@given(hosts(), efforts, st.booleans(), st.floats(0.1, 20))
def test_whatever_is_left_out_the_truth_lies_within_the_bounds(
    processes: list[Process], effort: Effort, total_known: bool, slowness: float
) -> None:
    truth = total(processes)
    # Each PSS is rounded down, as the kernel does: the kernel's own total may be above their sum.
    known = truth + len(processes) if total_known else None
    plan, order, _spent = follow(processes, effort, known, slowness)
    left = None if known is None else pss_total.left_bytes(known, sum(item["pss_bytes"] or 0 for item in processes))

    for members in group(processes, "executable", left):
        exact = sum(item["true_pss"] for item in processes if item["executable"] == members["key"])
        assert members["pss_low_bytes"] <= exact <= members["pss_high_bytes"]
        if members["pss_bytes"] is not None:
            assert members["pss_bytes"] == exact
    if plan.enough() and effort.precision_percent is not None:
        attributed = sum(item["true_pss"] for item in processes if item["pid"] in order)
        assert (truth - attributed) * 100 <= effort.precision_percent * truth + 1e-6 * truth + 1
    if effort.top and plan.is_top_exact():
        largest = sorted((item["true_pss"] for item in processes), reverse=True)[: effort.top]
        found = sorted((item["pss_bytes"] or 0 for item in processes), reverse=True)[: effort.top]
        assert found == largest
    if effort == Effort():
        assert len(order) == len(processes)


@pytest.mark.parametrize(
    ("low", "high", "gap", "percent"),
    [
        (1000, 1000, 0, 0.0),  # between what the kernel said before and after
        (990, 990, 0, 0.0),
        (1050, 1050, 40, 3.96),  # the processes hold more than is mapped
        (900, 900, -90, -8.91),  # something is mapped that no process holds
        (0, 2000, 0, 0.0),  # hardly anything was read: nothing is proven
    ],
)
def test_the_total_checks_a_scan(low: int, high: int, gap: int, percent: float) -> None:
    assert pss_total.check(pss_total.Total(990, 1010), low, high) == {
        "expected_bytes": 1010,
        "gap_bytes": gap,
        "gap_percent": percent,
    }


def test_where_not_all_is_seen_nothing_is_checked() -> None:
    nothing = {"expected_bytes": None, "gap_bytes": None, "gap_percent": None}
    assert pss_total.check(None, 5, 6) == nothing
    assert pss_total.total_bytes({"AnonPages": 3}) is None
    assert pss_total.total_bytes({"AnonPages": 3, "Mapped": 4}) == 7
