# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rates from counters: which counters each kernel has, what they are counted in, and counters that misbehave."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.paging_rates import (
    MAJOR_FAULTS,
    MINOR_FAULTS,
    NAMES,
    Sample,
    counts,
    per_sample,
    pressure,
    rates,
)
from ansible_collections.fleet.memory.plugins.module_utils._procfs import vmstat
from hypothesis import given
from hypothesis import strategies as st

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures"

PAGE = 4096

ZONES = ["dma", "dma32", "normal", "movable"]
STALLS = [f"allocstall_{zone}" for zone in ZONES]
EVERYWHERE = ["pgfault", "pgmajfault", "pswpin", "pswpout", "pgpgin", "pgpgout", "pgscan_direct_throttle"]

LINUX_3_10 = [
    *EVERYWHERE,
    *("allocstall", "kswapd_steal", "thp_fault_alloc"),
    *[f"pg{what}_{who}_{zone}" for what in ("scan", "steal") for who in ("kswapd", "direct") for zone in ZONES],
    *[f"pg{what}_{zone}" for what in ("alloc", "refill") for zone in ZONES],
]
"""As RHEL 7 has them: by zone, without workingset_refault and oom_kill."""

LINUX_4_18 = [
    *EVERYWHERE,
    *STALLS,
    *("pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd", "pgsteal_direct"),
    *("workingset_refault", "workingset_activate", "workingset_restore"),
    *("oom_kill", "thp_fault_alloc", "thp_fault_fallback"),
]
"""As RHEL 8 has them."""


def captured(tree: str) -> list[str]:
    return list(vmstat.parse((FIXTURES / tree / "proc/vmstat").read_bytes()))


KERNELS = {
    "3.10": LINUX_3_10,
    "4.18": LINUX_4_18,
    "5.10": captured("linux-5.10-debian-11"),
    "6.1": captured("linux-6.1-debian-12"),
    "6.1 UML": captured("linux-6.1-uml"),
    "6.12": captured("linux-6.12-debian-13"),
    "6.18": captured("linux-6.18-vm"),
}

BY_KIND = {
    "reclaim_scanned_pages_per_second": ["pgscan_anon", "pgscan_file"],
    "reclaim_stolen_pages_per_second": ["pgsteal_anon", "pgsteal_file"],
}
OLD = {
    "refaults_anon_per_second": None,
    "context_switches_per_second": None,
}
NOW = {
    **BY_KIND,
    "direct_reclaim_pages_per_second": ["pgsteal_direct"],
    "direct_stalls_per_second": STALLS,
    "refaults_anon_per_second": ["workingset_refault_anon"],
    "refaults_file_per_second": ["workingset_refault_file"],
    "thp_faults_per_second": ["thp_fault_alloc"],
    "oom_kills_per_second": ["oom_kill"],
}
EXPECTED: dict[str, dict[str, list[str] | None]] = {
    "3.10": {
        **OLD,
        "reclaim_scanned_pages_per_second": [f"pgscan_{who}_{zone}" for who in ("kswapd", "direct") for zone in ZONES],
        "reclaim_stolen_pages_per_second": [f"pgsteal_{who}_{zone}" for who in ("kswapd", "direct") for zone in ZONES],
        "direct_reclaim_pages_per_second": [f"pgsteal_direct_{zone}" for zone in ZONES],
        "direct_stalls_per_second": ["allocstall"],
        "refaults_file_per_second": None,
        "oom_kills_per_second": None,
    },
    "4.18": {
        **OLD,
        "reclaim_scanned_pages_per_second": ["pgscan_kswapd", "pgscan_direct"],
        "reclaim_stolen_pages_per_second": ["pgsteal_kswapd", "pgsteal_direct"],
        "direct_reclaim_pages_per_second": ["pgsteal_direct"],
        "direct_stalls_per_second": STALLS,
        "refaults_file_per_second": ["workingset_refault"],
        "oom_kills_per_second": ["oom_kill"],
    },
    "5.10": NOW,
    "6.1": {**NOW, "direct_stalls_per_second": [*STALLS, "allocstall_device"]},
    "6.1 UML": {
        **NOW,
        "direct_stalls_per_second": ["allocstall_normal", "allocstall_movable"],
        "thp_faults_per_second": None,
    },
    "6.12": {**NOW, "direct_stalls_per_second": [*STALLS, "allocstall_device"]},
    "6.18": {**NOW, "direct_stalls_per_second": [*STALLS, "allocstall_device"]},
}


def samples(*counters: dict[str, int], seconds: float = 1.0, **stalled: list[int]) -> list[Sample]:
    return [
        Sample(100 + number * seconds, counts(each, PAGE), {kind: totals[number] for kind, totals in stalled.items()})
        for number, each in enumerate(counters)
    ]


@pytest.mark.parametrize("kernel", KERNELS)
def test_each_kernels_counters_are_the_ones_that_are_summed(kernel: str) -> None:
    """Each counter stands for a digit of its own, so a counter too much or too little shows."""
    names = KERNELS[kernel]
    values = {name: 1 << place for place, name in enumerate(names)}
    found = counts(values, 1)
    for rate, expected in EXPECTED[kernel].items():
        assert found[rate] == (None if expected is None else sum(values[name] for name in expected)), rate
    assert found[MINOR_FAULTS] == values["pgfault"] and found[MAJOR_FAULTS] == values["pgmajfault"]


def test_everything_in_its_own_unit() -> None:
    before = dict.fromkeys([*LINUX_4_18, "workingset_refault_anon", "ctxt"], 1000)
    steps = {
        "pgfault": 170,
        "pgmajfault": 20,
        "pswpin": 3,
        "pswpout": 4,
        "pgpgin": 5,
        "pgpgout": 6,
        "pgscan_kswapd": 70,
        "pgscan_direct": 7,
        "pgscan_direct_throttle": 10000,
        "pgsteal_kswapd": 8,
        "pgsteal_direct": 90,
        "allocstall_normal": 11,
        "allocstall_dma": 1,
        "workingset_refault": 13,
        "workingset_refault_anon": 14,
        "thp_fault_alloc": 15,
        "oom_kill": 1,
        "ctxt": 16,
    }
    after = {name: value + steps.get(name, 0) for name, value in before.items()}
    found, reasons = rates(samples(before, after, seconds=2))
    assert not reasons
    assert {name: rate["mean"] * 2 for name, rate in found.items()} == {
        "minor_faults_per_second": 150,
        "major_faults_per_second": 20,
        "swap_in_bytes_per_second": 3 * PAGE,
        "swap_out_bytes_per_second": 4 * PAGE,
        "page_in_bytes_per_second": 5 * 1024,
        "page_out_bytes_per_second": 6 * 1024,
        "reclaim_scanned_pages_per_second": 77,
        "reclaim_stolen_pages_per_second": 98,
        "direct_reclaim_pages_per_second": 90,
        "direct_stalls_per_second": 12,
        "refaults_anon_per_second": 14,
        "refaults_file_per_second": 13,
        "thp_faults_per_second": 15,
        "oom_kills_per_second": 1,
        "context_switches_per_second": 16,
    }


def test_lowest_mean_and_highest() -> None:
    taken = samples(*({"pswpin": total} for total in (5, 5, 11, 12)))
    assert rates(taken)[0]["swap_in_bytes_per_second"] == {
        "min": 0.0,
        "mean": round(7 * PAGE / 3, 2),
        "max": 6.0 * PAGE,
    }


def test_the_mean_is_over_the_time_not_over_the_samples() -> None:
    taken = [Sample(at, counts({"ctxt": total}, PAGE), {}) for at, total in ((0, 0), (1, 100), (10, 100))]
    assert rates(taken)[0]["context_switches_per_second"] == {"min": 0.0, "mean": 10.0, "max": 100.0}


@pytest.mark.parametrize("totals", [(7, 9, 8), (2**32 - 1, 3, 4)], ids=["goes back", "wraps at 32 bits"])
def test_a_counter_that_goes_back_is_unknown_and_never_negative(totals: tuple[int, ...]) -> None:
    found, reasons = rates(samples(*({"oom_kill": total, "ctxt": 5} for total in totals)))
    assert found["oom_kills_per_second"] is None and reasons["oom_kills_per_second"] == "malformed"
    assert found["context_switches_per_second"]["max"] == 0
    assert reasons["direct_stalls_per_second"] == "unsupported"


def test_a_counter_that_comes_and_goes_is_unknown() -> None:
    found, reasons = rates(samples({"oom_kill": 1}, {"pswpin": 1}))
    assert found["oom_kills_per_second"] is None and reasons["oom_kills_per_second"] == "unsupported"


def test_major_faults_that_still_wait_make_no_negative_minor_ones() -> None:
    taken = samples({"pgfault": 10, "pgmajfault": 1}, {"pgfault": 11, "pgmajfault": 5})
    assert per_sample(taken, MINOR_FAULTS) == [0.0]
    assert per_sample(taken, MAJOR_FAULTS) == [4.0]


def test_without_major_faults_the_minor_ones_are_unknown_too() -> None:
    assert per_sample(samples({"pgfault": 10}, {"pgfault": 11}), MINOR_FAULTS) is None


def test_two_samples_in_one_tick_of_the_clock() -> None:
    found, _reasons = rates(samples({"ctxt": 1}, {"ctxt": 2}, seconds=0))
    assert found["context_switches_per_second"]["mean"] > 0


def test_pressure_is_the_share_of_the_time() -> None:
    taken = samples({}, {}, {}, seconds=2, some=[0, 500_000, 2_500_000], full=[7, 7, 400_007])
    assert pressure(taken) == {
        "some_percent": {"min": 25.0, "mean": 62.5, "max": 100.0},
        "full_percent": {"min": 0.0, "mean": 10.0, "max": 20.0},
    }


def test_pressure_is_never_more_than_all_of_the_time() -> None:
    found = pressure(samples({}, {}, some=[0, 1_000_900]))
    assert found == {"some_percent": {"min": 100.0, "mean": 100.0, "max": 100.0}, "full_percent": None}


def test_no_psi_no_pressure() -> None:
    assert pressure(samples({}, {})) is None
    assert pressure(samples({}, {}, some=[5, 4])) is None


@given(st.lists(st.dictionaries(st.sampled_from(LINUX_4_18), st.integers(0, 2**64 - 1)), min_size=2, max_size=5))
def test_any_counters_give_ordered_rates_or_none_with_a_reason(counters: list[dict[str, int]]) -> None:
    found, reasons = rates(samples(*counters))
    assert set(found) == set(NAMES)
    for name, rate in found.items():
        if rate is None:
            assert reasons[name] in ("unsupported", "malformed")
        else:
            assert name not in reasons
            assert 0 <= rate["min"] <= rate["max"]
            assert rate["min"] * (1 - 1e-9) - 0.01 <= rate["mean"] <= rate["max"] * (1 + 1e-9) + 0.01
