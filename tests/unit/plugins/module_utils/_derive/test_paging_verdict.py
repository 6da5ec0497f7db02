# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict over rates, in the words of the lab."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.paging_verdict import verdict

MIB = 2.0**20


def spread(mean: float) -> dict[str, float]:
    return {"min": 0.0, "mean": mean, "max": 2 * mean}


def judge(faults: list[float] | None, full: float | None = 0.0, swap: float | None = 0.0, minor: float = 0.0):
    rates = {
        "minor_faults_per_second": spread(minor),
        "major_faults_per_second": None if faults is None else spread(sum(faults) / len(faults)),
        "swap_in_bytes_per_second": None if swap is None else spread(swap),
        "swap_out_bytes_per_second": None if swap is None else spread(swap / 2),
    }
    pressure = None if full is None else {"some_percent": spread(full), "full_percent": spread(full)}
    return verdict(faults, rates, pressure)


@pytest.mark.parametrize(
    ("faults", "full", "word"),
    [
        ([0, 0, 0, 0, 0], 0, "quiet"),
        ([0, 4, 0, 0, 0], 0, "quiet"),
        ([0, 5, 0, 0, 0], 0, "some_major_faults"),
        ([0.9, 0.9, 0.9, 0.9, 0.9], 0, "quiet"),
        ([200, 0, 0, 0, 0], 0, "some_major_faults"),
        ([9, 9, 0, 0], 0, "some_major_faults"),
        ([9, 9, 0, 9], 0, "consistent_major_faults"),
        ([1, 1, 1], 0, "consistent_major_faults"),
        ([999, 999, 999], 9.9, "consistent_major_faults"),
        ([999, 999], 0, "some_major_faults"),
        ([999], 0, "some_major_faults"),
        ([1000], 0, "severe_pressure"),
        ([0, 5000, 0, 0, 0], 0, "severe_pressure"),
        ([0, 0, 0], 10, "severe_pressure"),
        ([0, 0, 0], None, "quiet"),
        (None, 10, "severe_pressure"),
        (None, 9, None),
        (None, None, None),
    ],
)
def test_the_words(faults: list[float] | None, full: float | None, word: str | None) -> None:
    assert judge(faults, full)[0] == word


def test_minor_faults_are_no_pressure() -> None:
    assert judge([0.0] * 5, minor=1e6)[0] == "quiet"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (
            judge([0.0, 1.0, 0.0, 0.0, 0.0]),
            "Almost no major faults: 0.2 per second on average; all tasks waited for memory 0.0 % of the time.",
        ),
        (
            judge([0.0, 3000.0, 6000.0], full=42.25, swap=12 * MIB),
            "Severe pressure: 3000.0 major faults per second on average, some in 2 of 3 samples; 12.0 MiB per second "
            "swapped in and 6.0 out; all tasks waited for memory 42.2 % of the time.",
        ),
        (
            judge([2.0, 2.0, 2.0], full=None, swap=None),
            "Consistent major faults: 2.0 major faults per second on average, some in 3 of 3 samples.",
        ),
        (judge(None, full=None), "The major faults could not be measured."),
        (judge(None, full=3), "The major faults could not be measured; all tasks waited for memory 3.0 % of the time."),
    ],
)
def test_the_sentence_has_the_figures(found: tuple[str | None, str], reason: str) -> None:
    assert found[1] == reason
